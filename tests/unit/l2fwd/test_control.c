/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: clients that behave, and each kind that does not. One thread plays both
 * sides, and the clock is the test's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "control.h"

#define BIG   (1u << 20) /* bytes of an answer that no socket takes at once */
#define CROWD 1000

static struct control co;
static uint64_t now_ms = 1000;
static char dir[] = "/tmp/lwkt-control-XXXXXX", path[64];

static json_t *
small(struct rpc_call *call, const json_t *params)
{
	(void)call;
	(void)params;
	return json_true();
}

static json_t *
big(struct rpc_call *call, const json_t *params)
{
	char *text = malloc(BIG);
	json_t *string;

	(void)call;
	(void)params;
	memset(text, 'x', BIG);
	string = json_stringn(text, BIG);
	free(text);
	return string;
}

static int handed = -2; /* what hand() was given; -2: it was not called */

static void
hand(int fd)
{
	handed = fd;
}

/* Takes the connection over. */
static json_t *
take_over(struct rpc_call *call, const json_t *params)
{
	(void)params;
	((struct control_client *)call->rc_context)->cc_hand = hand;
	return json_true();
}

static const struct rpc_method methods[] = {
    {"take", "the connection", take_over, {{NULL}}},
    {"small", "little", small, {{NULL}}},
    {"big", "much", big, {{NULL}}},
    {NULL, NULL, NULL, {{NULL}}},
};

#define ASK(method) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"id\":1}\n"
#define TRUE        "{\"jsonrpc\":\"2.0\",\"result\":true,\"id\":1}\n"

static void
begin(void)
{
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	cr_assert_eq(control_open(&co, path, NULL, methods), 0);
}

static void
end(void)
{
	control_close(&co);
	cr_expect_neq(access(path, F_OK), 0, "the socket is left");
	cr_expect_eq(rmdir(dir), 0);
}

static int
join(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	strcpy(at.sun_path, path);
	cr_assert_eq(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	control_serve(&co, now_ms);
	return fd;
}

static void
say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	control_serve(&co, now_ms);
}

/* What has come; "": nothing; "closed". */
static const char *
heard(int fd)
{
	static char text[4096];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return errno == EAGAIN ? "" : "closed";
	text[n] = '\0';
	return n > 0 ? text : "closed";
}

static unsigned int
clients(void)
{
	struct pollfd fds[CONTROL_FDS];

	return control_fds(&co, fds) - 1;
}

Test(control, API_a_client_is_answered)
{
	struct stat st;
	int fd;

	begin();
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	fd = join();
	say(fd, ASK("small"));
	cr_expect_str_eq(heard(fd), TRUE);
	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"sm"); /* in pieces */
	cr_expect_str_eq(heard(fd), "");
	say(fd, "all\",\"id\":1}\n");
	cr_expect_str_eq(heard(fd), TRUE);
	say(fd, "nonsense\n");
	cr_expect(strstr(heard(fd), "-32700") != NULL);
	close(fd);
	control_serve(&co, now_ms);
	cr_expect_eq(clients(), 0);
	end();
}

Test(control, API_a_method_may_take_the_connection_when_its_answer_is_out)
{
	int fd;

	begin();
	fd = join();
	say(fd, ASK("take") ASK("small"));
	cr_expect_str_eq(heard(fd), TRUE);
	cr_assert_geq(handed, 0);
	cr_expect_eq(clients(), 0, "its place is free");
	control_serve(&co, now_ms + CONTROL_IDLE_MS);
	cr_expect_eq(send(handed, "!", 1, 0), 1, "it is the method's");
	cr_expect_str_eq(heard(fd), "!");
	close(handed);
	close(fd);
	handed = -2;
	fd = join(); /* no answer is wanted, so none is out: the client goes before */
	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"take\"}\n");
	cr_expect_eq(handed, -2);
	close(fd);
	control_serve(&co, now_ms);
	cr_expect_eq(handed, -1);
	cr_expect_eq(clients(), 0);
	end();
}

/* One a turn, so that others have theirs; and who waits with a request is not waited for. */
Test(control, API_requests_in_a_row_are_answered_one_a_turn)
{
	struct pollfd fds[CONTROL_FDS];
	int fd, other;

	begin();
	fd = join();
	other = join();
	cr_assert_geq(send(other, ASK("small"), strlen(ASK("small")), 0), 0);
	say(fd, ASK("small") ASK("small") ASK("small"));
	cr_expect_str_eq(heard(fd), TRUE);
	cr_expect_str_eq(heard(other), TRUE);
	cr_expect_eq(poll(fds, control_fds(&co, fds), 0), 1, "there is more to do");
	control_serve(&co, now_ms);
	cr_expect_str_eq(heard(fd), TRUE);
	shutdown(fd, SHUT_WR); /* what was asked before is answered */
	control_serve(&co, now_ms);
	cr_expect_str_eq(heard(fd), TRUE);
	control_serve(&co, now_ms);
	cr_expect_str_eq(heard(fd), "closed");
	end();
}

Test(control, API_a_request_that_is_too_large_is_refused)
{
	char *line = malloc(CONTROL_REQUEST + 1);
	int fd;

	begin();
	fd = join();
	memset(line, ' ', CONTROL_REQUEST);
	line[CONTROL_REQUEST] = '\0';
	say(fd, line);
	cr_expect(strstr(heard(fd), "-32001") != NULL);
	cr_expect_str_eq(heard(fd), "closed");
	cr_expect_eq(clients(), 0);
	fd = join();
	memcpy(line + CONTROL_REQUEST - strlen(ASK("small")), ASK("small"), strlen(ASK("small")));
	say(fd, line); /* just not */
	cr_expect_str_eq(heard(fd), TRUE);
	free(line);
	end();
}

Test(control, API_slow_and_idle_clients_are_closed_when_their_time_is_over)
{
	int half, deaf, idle;

	begin();
	half = join();
	deaf = join();
	idle = join();
	say(half, "{");
	say(deaf, ASK("big"));
	now_ms += CONTROL_SLOW_MS - 1;
	control_serve(&co, now_ms);
	cr_expect_eq(clients(), 3);
	now_ms++;
	control_serve(&co, now_ms);
	cr_expect_eq(clients(), 1);
	cr_expect_str_eq(heard(half), "closed");
	say(idle, ASK("small"));
	cr_expect_str_eq(heard(idle), TRUE);
	now_ms += CONTROL_IDLE_MS;
	control_serve(&co, now_ms);
	cr_expect_str_eq(heard(idle), "closed");
	cr_expect_eq(clients(), 0);
	end();
}

Test(control, API_a_big_answer_comes_whole_to_who_reads)
{
	size_t got = 0;
	const char *text;
	int fd;

	begin();
	fd = join();
	say(fd, ASK("big"));
	for (text = heard(fd); strchr(text, '\n') == NULL; text = heard(fd)) {
		got += strlen(text);
		if (*text == '\0') {
			now_ms += CONTROL_SLOW_MS / 2; /* slowly, but it reads */
			control_serve(&co, now_ms);
		}
		cr_assert_str_neq(text, "closed");
	}
	cr_expect_gt(got + strlen(text), BIG);
	end();
}

Test(control, API_a_crowd_is_turned_away_and_the_first_stay)
{
	struct rlimit files = {CROWD + 200, CROWD + 200};
	int fds[CROWD], answered = 0;

	setrlimit(RLIMIT_NOFILE, &files);
	begin();
	for (unsigned int i = 0; i < CROWD; i++)
		fds[i] = join();
	cr_expect_eq(clients(), CONTROL_CLIENTS);
	cr_expect_eq(co.co_refused, CROWD - CONTROL_CLIENTS);
	cr_expect(strstr(heard(fds[CROWD - 1]), "-32000") != NULL);
	cr_expect_str_eq(heard(fds[CROWD - 1]), "closed");
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++) {
		say(fds[i], ASK("small"));
		answered += strcmp(heard(fds[i]), TRUE) == 0;
	}
	cr_expect_eq(answered, CONTROL_CLIENTS);
	now_ms += CONTROL_SLOW_MS + 1; /* who says nothing makes room */
	say(join(), ASK("small"));
	cr_expect_eq(co.co_refused, CROWD - CONTROL_CLIENTS);
	end();
}

Test(control, API_only_a_socket_that_nobody_serves_is_replaced)
{
	struct control second;
	char file[80], long_name[200];
	int fd;

	begin();
	cr_expect_eq(control_open(&second, path, NULL, methods), -EADDRINUSE);
	close(co.co_fd); /* as if it had been killed */
	co.co_fd = -1;
	cr_expect_eq(control_open(&co, path, NULL, methods), 0);
	snprintf(file, sizeof(file), "%s/file", dir);
	fd = open(file, O_CREAT | O_WRONLY, 0600);
	cr_expect_eq(control_open(&second, file, NULL, methods), -EEXIST);
	close(fd);
	unlink(file);
	cr_expect_eq(control_open(&second, file, "no-such-group", methods), -ENOENT);
	cr_expect_neq(access(file, F_OK), 0);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	cr_expect_eq(control_open(&second, long_name, NULL, methods), -ENAMETOOLONG);
	end();
}
