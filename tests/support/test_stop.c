/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Broken contracts: does a call stop the program, and with which text? Criterion's own .signal
 * does not look at the text.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "test.h"

#define OUTPUT_BYTES 16384

static void
aborted(int sig)
{
	test_coverage_write();
	signal(sig, SIG_DFL);
	raise(sig);
}

__attribute__((noreturn)) static void
child(int out, void (*fn)(void *), void *arg)
{
	const struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGABRT, aborted);
	dup2(out, STDERR_FILENO);
	alarm(60);
	fn(arg);
	test_coverage_write();
	_exit(0);
}

static void
read_all(int fd, char *buf, size_t bytes)
{
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, buf + have, bytes - 1 - have)) > 0 || (n < 0 && errno == EINTR))
		have += n > 0 ? (size_t)n : 0;
	buf[have] = '\0';
}

static bool
line_has_all(const char *line, const char *const *texts)
{
	if (strncmp(line, "lwkt: ", 6) != 0)
		return false;
	for (; *texts != NULL; texts++)
		if (strstr(line, *texts) == NULL)
			return false;
	return true;
}

static bool
output_has_all(const char *output, const char *const *texts)
{
	char copy[OUTPUT_BYTES], *rest = copy, *line;

	strcpy(copy, output);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line_has_all(line, texts))
			return true;
	return false;
}

bool
test_stops(void (*fn)(void *), void *arg, const char *const *texts)
{
	char output[OUTPUT_BYTES];
	int fds[2], status = 0;
	bool ok;
	pid_t pid;

	cr_assert_eq(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		child(fds[1], fn, arg);
	close(fds[1]);
	read_all(fds[0], output, sizeof(output));
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;

	ok = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && output_has_all(output, texts);
	if (!ok) {
		fprintf(stderr, "wanted an abort with:");
		for (; *texts != NULL; texts++)
			fprintf(stderr, " [%s]", *texts);
		fprintf(stderr, "\ngot status 0x%x and: %s\n", (unsigned int)status, output);
	}
	return ok;
}
