/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture: packets from the socket to a file, as they come.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"

static int stream = -1; /* for the handler of signals */

static void
end_stream(int sig)
{
	static volatile sig_atomic_t again;

	(void)sig;
	/* What the program has still comes; but not for the second one. */
	shutdown(stream, again ? SHUT_RDWR : SHUT_WR);
	again = 1;
}

static json_t *
params_of(const struct capture_want *want)
{
	json_t *params = json_object();
	char points[16];

	snprintf(points, sizeof(points), "%s%s%s", want->cw_in ? ",in" : "",
	    want->cw_out ? ",out" : "", want->cw_drop ? ",drop" : "");
	if (want->cw_stage != NULL)
		json_object_set_new(params, "stage", json_string(want->cw_stage));
	if (want->cw_ethdev != UINT_MAX)
		json_object_set_new(params, "ethdev", json_integer(want->cw_ethdev));
	if (points[0] != '\0')
		json_object_set_new(params, "points", json_string(points + 1));
	if (want->cw_filter != NULL)
		json_object_set_new(params, "filter", json_string(want->cw_filter));
	json_object_set_new(params, "count", json_integer((json_int_t)want->cw_count));
	json_object_set_new(params, "milliseconds", json_integer(want->cw_ms));
	return params;
}

/* @return 0 or a negative errno. */
static int
write_whole(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t did = write(fd, bytes, n);

		if (did < 0 && errno != EINTR)
			return -errno;
		bytes += did > 0 ? did : 0;
		n -= did > 0 ? (size_t)did : 0;
	}
	return 0;
}

/* @return 0 or a negative errno: of the file. */
static int
copy_stream(int from, int to)
{
	char bytes[65536];
	ssize_t n;
	int rc = 0;

	while (
	    rc == 0 && ((n = recv(from, bytes, sizeof(bytes), 0)) > 0 || (n < 0 && errno == EINTR)))
		rc = n > 0 ? write_whole(to, bytes, (size_t)n) : 0;
	return rc;
}

/* On standard error: standard output may be the file. */
static void
say_counts(const char *path, int timeout_ms)
{
	struct ctl ct = {.ct_fd = -1, .ct_timeout_ms = timeout_ms};
	json_t *counts = ctl_connect(&ct, path) == 0 ? ctl_ask(&ct, "captured", NULL) : NULL;

	if (counts != NULL)
		fprintf(stderr, "%" PRId64 " packets captured, %" PRId64 " lost\n",
		    (int64_t)json_integer_value(json_object_get(counts, "written")),
		    (int64_t)json_integer_value(json_object_get(counts, "lost")));
	else
		fprintf(stderr, "how many are captured and lost is not known: %s\n", ct.ct_error);
	json_decref(counts);
	ctl_close(&ct);
}

int
capture_run(struct ctl *ct, const char *path, const struct capture_want *want)
{
	const struct sigaction ends = {.sa_handler = end_stream};
	bool out = strcmp(want->cw_write, "-") == 0;
	json_t *answer;
	int rc, fd;

	if (ctl_connect(ct, path) < 0 || (answer = ctl_ask(ct, "capture", params_of(want))) == NULL)
		return ct->ct_code;
	json_decref(answer);
	fd = out ? STDOUT_FILENO
	         : open(want->cw_write, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		ctl_fail(ct, CTL_FAILED, "-w %s: %s; name a file that can be written",
		    want->cw_write, strerror(errno));
		return ct->ct_code;
	}
	stream = ct->ct_fd;
	sigaction(SIGINT, &ends, NULL);
	sigaction(SIGTERM, &ends, NULL);
	rc = copy_stream(ct->ct_fd, fd);
	if (!out && close(fd) < 0 && rc == 0)
		rc = -errno;
	ctl_close(ct);
	say_counts(path, ct->ct_timeout_ms);
	if (rc < 0)
		ctl_fail(ct, CTL_FAILED, "-w %s: %s", want->cw_write, strerror(-rc));
	return rc < 0 ? ct->ct_code : 0;
}
