/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket (control.h).
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "place.h"

#define BACKLOG 64 /* also how many are accepted in a call */

/*
 * The socket
 */

/* @return 0 or a negative errno: a getgrnam() that finds none sets no errno. */
static int
give_to_group(const char *path, const char *group)
{
	const struct group *gr;

	errno = 0;
	gr = getgrnam(group);
	if (gr == NULL)
		return errno != 0 ? -errno : -ENOENT;
	return chown(path, (uid_t)-1, gr->gr_gid) < 0 || chmod(path, 0660) < 0 ? -errno : 0;
}

int
control_open(
    struct control *co, const char *path, const char *group, const struct rpc_method *methods)
{
	struct l2fwd_place at;
	int fd, rc;

	*co = (struct control){.co_fd = -1, .co_path = path, .co_methods = methods};
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		co->co_client[i].cc_fd = -1;
	rc = l2fwd_place_unix(path, &at);
	if (rc < 0)
		return rc;
	fd = l2fwd_place_listen(&at, BACKLOG);
	if (fd < 0)
		return fd;
	rc = group != NULL ? give_to_group(path, group) : 0;
	if (rc < 0) {
		close(fd);
		unlink(path);
		return rc;
	}
	co->co_fd = fd;
	return 0;
}

/*
 * Clients
 */

static void
client_close(struct control_client *cc)
{
	if (cc->cc_fd >= 0)
		close(cc->cc_fd);
	if (cc->cc_hand != NULL)
		cc->cc_hand(-1);
	free(cc->cc_in);
	free(cc->cc_out);
	free(cc->cc_own);
	*cc = (struct control_client){.cc_fd = -1};
}

void
control_close(struct control *co)
{
	if (co->co_path == NULL || co->co_fd < 0)
		return;
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		if (co->co_client[i].cc_fd >= 0)
			client_close(&co->co_client[i]);
	unlink(co->co_path);
	close(co->co_fd);
	co->co_fd = -1;
}

unsigned int
control_fds(const struct control *co, struct pollfd *fds)
{
	unsigned int n = 0;

	if (co->co_path == NULL || co->co_fd < 0)
		return 0;
	fds[n++] = (struct pollfd){.fd = co->co_fd, .events = POLLIN};
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++) {
		const struct control_client *cc = &co->co_client[i];

		if (cc->cc_fd >= 0)
			fds[n++] = (struct pollfd){.fd = cc->cc_fd,
			    /* With a line that is not looked at yet: at once. */
			    .events =
			        cc->cc_out != NULL || cc->cc_seen < cc->cc_nin ? POLLOUT : POLLIN};
	}
	return n;
}

/* A slot, or that of a client who has long said nothing; NULL: all have something to do. */
static struct control_client *
client_slot(struct control *co, uint64_t now_ms)
{
	struct control_client *idle = NULL;

	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *cc = &co->co_client[i];

		if (cc->cc_fd < 0)
			return cc;
		if (now_ms - cc->cc_since_ms > CONTROL_SLOW_MS &&
		    (idle == NULL || cc->cc_since_ms < idle->cc_since_ms))
			idle = cc;
	}
	if (idle != NULL)
		client_close(idle);
	return idle;
}

static void
turn_away(struct control *co, int fd)
{
	size_t bytes = 0;
	char *text = rpc_no(RPC_BUSY, "as many clients as there may be; come again", &bytes);

	co->co_refused++;
	if (text != NULL)
		(void)!send(fd, text, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	free(text);
	close(fd);
}

static void
accept_clients(struct control *co, uint64_t now_ms)
{
	for (unsigned int i = 0; i < BACKLOG; i++) {
		int fd = accept4(co->co_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct control_client *cc = fd >= 0 ? client_slot(co, now_ms) : NULL;
		char *in = cc != NULL ? malloc(CONTROL_REQUEST) : NULL;

		if (fd < 0)
			return;
		if (in == NULL)
			turn_away(co, fd);
		else
			*cc = (struct control_client){
			    .cc_fd = fd, .cc_since_ms = now_ms, .cc_in = in};
	}
}

/* A method wants the connection for itself. */
static void
client_hand_over(struct control_client *cc)
{
	void (*hand)(int fd) = cc->cc_hand;
	int fd = cc->cc_fd;

	cc->cc_hand = NULL;
	cc->cc_fd = -1;
	client_close(cc);
	hand(fd);
}

/* @return whether the client is still there. */
static bool
client_write(struct control_client *cc, uint64_t now_ms)
{
	ssize_t n = send(cc->cc_fd, cc->cc_out + cc->cc_written, cc->cc_nout - cc->cc_written,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	cc->cc_since_ms = now_ms;
	cc->cc_written += (size_t)n;
	if (cc->cc_written < cc->cc_nout)
		return true;
	free(cc->cc_out);
	cc->cc_out = NULL;
	if (cc->cc_hand != NULL)
		client_hand_over(cc);
	return !cc->cc_ending;
}

/* Answer the first whole line, if there is one. */
static void
client_answer(struct control *co, struct control_client *cc)
{
	const char *end = memchr(cc->cc_in + cc->cc_seen, '\n', cc->cc_nin - cc->cc_seen);
	size_t line;

	cc->cc_seen = cc->cc_nin;
	if (end != NULL) {
		line = (size_t)(end - cc->cc_in);
		cc->cc_out = rpc_answer(co->co_methods, cc, cc->cc_in, line, &cc->cc_nout);
		cc->cc_nin -= line + 1;
		memmove(cc->cc_in, end + 1, cc->cc_nin);
		cc->cc_seen = 0;
	} else if (cc->cc_nin == CONTROL_REQUEST) {
		co->co_refused++;
		cc->cc_ending = true;
		cc->cc_out = rpc_no(
		    RPC_TOO_LARGE, "a request has at most 16384 bytes in one line", &cc->cc_nout);
	}
	cc->cc_written = 0;
}

/* @return whether the client is still there. */
static bool
client_read(struct control_client *cc, uint64_t now_ms)
{
	ssize_t n;

	if (cc->cc_nin == CONTROL_REQUEST)
		return true;
	n = recv(cc->cc_fd, cc->cc_in + cc->cc_nin, CONTROL_REQUEST - cc->cc_nin, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	cc->cc_nin += (size_t)n;
	if (n > 0)
		cc->cc_since_ms = now_ms;
	/* Who will say no more gets answers to what is here; what is less than a line is nothing. */
	return n > 0 || memchr(cc->cc_in, '\n', cc->cc_nin) != NULL;
}

static void
client_serve(struct control *co, struct control_client *cc, uint64_t now_ms)
{
	uint64_t ms = now_ms - cc->cc_since_ms;
	bool here = ms < (cc->cc_out != NULL || cc->cc_nin > 0 ? CONTROL_SLOW_MS : CONTROL_IDLE_MS);

	if (here && cc->cc_out == NULL) {
		here = client_read(cc, now_ms);
		if (here)
			client_answer(co, cc);
	}
	if (here && cc->cc_out != NULL)
		here = client_write(cc, now_ms);
	if (!here && cc->cc_fd >= 0)
		client_close(cc);
}

void
control_serve(struct control *co, uint64_t now_ms)
{
	if (co->co_path == NULL || co->co_fd < 0)
		return;
	for (unsigned int i = 0; i < CONTROL_CLIENTS; i++)
		if (co->co_client[i].cc_fd >= 0)
			client_serve(co, &co->co_client[i], now_ms);
	accept_clients(co, now_ms);
}
