/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket, from the client's side: lines of JSON-RPC 2.0 (docs/reference/rpc.md).
 */
#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "output.h"

#define ANSWER_MAX (64u << 20) /* bytes of a line, its '\n' too */
#define PIECE      65536       /* and the first room for one */

int
ctl_fail(struct ctl *ct, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ct->ct_error, sizeof(ct->ct_error), fmt, ap);
	va_end(ap);
	output_plain(ct->ct_error);
	ct->ct_code = code;
	return -1;
}

/*
 * Where it is
 */

/* @return a descriptor, or a negative errno. */
static int
connect_to(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd, rc;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/* EAL's directories: root's, services' (lwkt-l2fwd@.service), an ordinary user's. */
static void
find_sockets(glob_t *found)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char pattern[300];

	glob("/var/run/dpdk/*/lwkt_control", 0, NULL, found);
	glob("/run/lwkt-*/dpdk/*/lwkt_control", GLOB_APPEND, NULL, found);
	snprintf(pattern, sizeof(pattern), "%.200s/dpdk/*/lwkt_control",
	    runtime != NULL && *runtime != '\0' ? runtime : "/tmp");
	glob(pattern, GLOB_APPEND, NULL, found);
}

/* The one that answers. */
static int
connect_to_any(struct ctl *ct)
{
	glob_t found = {0};
	const char *first = NULL, *second = NULL, *closed = NULL;
	int fd, rc;

	ct->ct_fd = -1;
	find_sockets(&found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		fd = connect_to(found.gl_pathv[i]);
		if (fd == -EACCES || fd == -EPERM)
			closed = found.gl_pathv[i];
		if (fd < 0)
			continue;
		if (first == NULL) {
			ct->ct_fd = fd;
			first = found.gl_pathv[i];
			continue;
		}
		second = found.gl_pathv[i];
		close(fd);
	}
	if (second != NULL)
		rc = ctl_fail(ct, CTL_USAGE,
		    "several run (%.120s, %.120s): say which one by --socket", first, second);
	else if (first == NULL && closed != NULL)
		rc = ctl_fail(ct, CTL_FAILED,
		    "no right to use %.200s; be who runs it, or see --control-group", closed);
	else if (first == NULL)
		rc = ctl_fail(ct, CTL_FAILED,
		    "no lwkt-l2fwd runs here, or none that this user may ask; --socket names one");
	else
		rc = 0;
	if (rc < 0 && ct->ct_fd >= 0)
		close(ct->ct_fd);
	globfree(&found);
	return rc;
}

int
ctl_connect(struct ctl *ct, const char *path)
{
	if (path == NULL)
		return connect_to_any(ct);
	ct->ct_fd = connect_to(path);
	if (ct->ct_fd >= 0)
		return 0;
	return ctl_fail(ct, CTL_FAILED,
	    "--socket %.200s: %s; is it the one of a program that runs?", path,
	    strerror(-ct->ct_fd));
}

void
ctl_close(struct ctl *ct)
{
	if (ct->ct_fd >= 0)
		close(ct->ct_fd);
	ct->ct_fd = -1;
}

/*
 * Asking
 */

static long
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
send_request(struct ctl *ct, const char *method, json_t *params)
{
	json_t *request = json_pack(
	    "{s:s, s:s, s:i, s:o*}", "jsonrpc", "2.0", "method", method, "id", 1, "params", params);
	char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
	int rc = 0;

	json_decref(request);
	if (text == NULL)
		return ctl_fail(ct, CTL_FAILED, "%s: no memory", method);
	if (send(ct->ct_fd, text, strlen(text), MSG_NOSIGNAL | MSG_MORE) < 0 ||
	    send(ct->ct_fd, "\n", 1, MSG_NOSIGNAL) < 0)
		rc = ctl_fail(ct, CTL_FAILED, "%s: %s; has it ended?", method, strerror(errno));
	free(text);
	return rc;
}

/* Up to the end of a line: what is behind it is not an answer. @return as recv(). */
static ssize_t
receive_piece(int fd, char *piece, size_t room)
{
	ssize_t n = recv(fd, piece, room, MSG_PEEK);
	const char *end = n > 0 ? memchr(piece, '\n', (size_t)n) : NULL;

	return n > 0 ? recv(fd, piece, end != NULL ? (size_t)(end - piece) + 1 : (size_t)n, 0) : n;
}

/* A line, without its '\n'. @return for free(); NULL: ct_error says why not. */
static char *
receive_line(struct ctl *ct, const char *method)
{
	long end = clock_ms() + ct->ct_timeout_ms, left;
	size_t bytes = 0, room = 0;
	char *line = NULL, *more;
	ssize_t n = 0;

	while ((left = end - clock_ms()) > 0) {
		struct pollfd pfd = {.fd = ct->ct_fd, .events = POLLIN};

		if (poll(&pfd, 1, (int)left) <= 0)
			continue;
		if (bytes == room) {
			room = room > 0 ? 2 * room : PIECE;
			more = room <= ANSWER_MAX ? realloc(line, room + 1) : NULL;
			if (more == NULL)
				break;
			line = more;
		}
		n = receive_piece(ct->ct_fd, line + bytes, room - bytes);
		if (n <= 0)
			break;
		bytes += (size_t)n;
		line[bytes] = '\0';
		if (line[bytes - 1] == '\n')
			return line;
	}
	free(line);
	if (left <= 0)
		ctl_fail(ct, CTL_FAILED,
		    "%s: no answer within %g s; its main lcore may stand still", method,
		    ct->ct_timeout_ms / 1e3);
	else if (bytes == ANSWER_MAX)
		ctl_fail(ct, CTL_FAILED,
		    "%s: the answer has more than %u bytes; is this lwkt-l2fwd's socket?", method,
		    ANSWER_MAX);
	else
		ctl_fail(ct, CTL_FAILED, "%s: no whole answer (%s); has it ended?", method,
		    n < 0 ? strerror(errno) : "closed");
	return NULL;
}

json_t *
ctl_ask(struct ctl *ct, const char *method, json_t *params)
{
	char *line = send_request(ct, method, params) == 0 ? receive_line(ct, method) : NULL;
	json_t *answer = line != NULL ? json_loads(line, 0, NULL) : NULL, *result, *error;

	if (line != NULL && answer == NULL)
		ctl_fail(ct, CTL_FAILED, "%s: the answer is no JSON; is this lwkt-l2fwd's socket?",
		    method);
	free(line);
	result = json_incref(json_object_get(answer, "result"));
	error = json_object_get(answer, "error");
	if (answer != NULL && result == NULL)
		ctl_fail(ct, CTL_USAGE, "%s",
		    json_is_object(error) ? json_string_value(json_object_get(error, "message"))
		                          : "neither a result nor an error");
	json_decref(answer);
	return result;
}
