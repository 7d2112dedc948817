/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines are appended whole or not at all: to a file that may not grow, and to pipes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lines.h"
#include "output.h"

static struct lines li = {.li_fd = -1};

static enum lines_state
add(const char *text)
{
	return lines_write(&li, text, strlen(text));
}

static void
allow_bytes(rlim_t bytes)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(lines, API_a_full_disk_has_whole_lines_and_gets_more_when_there_is_room)
{
	char path[] = "/tmp/lwkt-lines-XXXXXX", text[64] = "";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	signal(SIGXFSZ, SIG_IGN);
	fd = output_open(path, true);
	cr_assert_geq(fd, 0);
	lines_open(&li, fd);
	cr_expect_eq(add("one\n"), LINES_WRITTEN);
	allow_bytes(10); /* a disk that takes six bytes more of it */
	cr_expect_eq(add("two two two\n"), LINES_LOST);
	cr_expect_eq(li.li_error, EFBIG);
	cr_expect_eq(add("two two two\n"), LINES_LOST_TOO);
	allow_bytes(RLIM_INFINITY);
	cr_expect_eq(add("three\n"), LINES_AGAIN);
	cr_expect_eq(li.li_lost, 2);
	cr_expect_eq(add("four\n"), LINES_WRITTEN);
	lines_close(&li);
	fd = open(path, O_RDONLY);
	cr_expect_gt(read(fd, text, sizeof(text) - 1), 0);
	cr_expect_str_eq(text, "one\nthree\nfour\n");
	close(fd);
	unlink(path);
}

static char *
long_line(size_t bytes)
{
	char *text = malloc(bytes + 2);

	cr_assert_not_null(text);
	memset(text, 'x', bytes);
	strcpy(text + bytes, "\n");
	return text;
}

/* Read all that is there. @return lines, of which each has to be whole. */
static unsigned int
read_lines(int fd, size_t long_bytes)
{
	static char text[1 << 20];
	size_t n = 0, bytes;
	unsigned int lines = 0;
	ssize_t got;

	while ((got = read(fd, text + n, sizeof(text) - n)) > 0)
		n += (size_t)got;
	for (size_t at = 0; at < n; at += bytes + 1, lines++) {
		bytes = (size_t)((char *)memchr(text + at, '\n', n - at) - (text + at));
		cr_expect(bytes == 5 || bytes == long_bytes, "%zu bytes", bytes);
	}
	return lines;
}

/* Nobody reads: nothing waits, and what is read later is whole. */
Test(lines, API_a_pipe_that_is_full_gets_whole_lines)
{
	static char first[50001];
	char *text = long_line(50000);
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	lines_open(&li, fds[1]);
	alarm(10);
	cr_expect_eq(add(text), LINES_WRITTEN);
	cr_expect_eq(add(text), LINES_WRITTEN, "its begin is in the pipe, its rest will be");
	cr_expect_eq(add(text), LINES_LOST);
	cr_expect_eq(li.li_error, EAGAIN);
	cr_expect_eq(add("short\n"), LINES_LOST_TOO);
	cr_expect_gt(read(fds[0], first, sizeof(first)), 0);
	cr_expect_eq(add("again\n"), LINES_AGAIN);
	cr_expect_eq(li.li_lost, 2);
	cr_expect_eq(read_lines(fds[0], 50000), 2);
	free(text);
	lines_close(&li);
}

/* And it does not die of it. */
Test(lines, API_a_fifo_whose_reader_has_gone_is_written_again_to_the_next)
{
	char path[] = "/tmp/lwkt-lines-XXXXXX", fifo[64], text[16] = "";
	sigset_t set;
	int reader;

	cr_assert_not_null(mkdtemp(path));
	snprintf(fifo, sizeof(fifo), "%s/fifo", path);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	cr_expect_eq(output_open(fifo, false), -ENXIO, "nobody is waited for");
	reader = open(fifo, O_RDONLY | O_NONBLOCK);
	lines_open(&li, output_open(fifo, false));
	cr_expect_eq(add("one\n"), LINES_WRITTEN);
	cr_expect_eq(read(reader, text, sizeof(text) - 1), 4);
	close(reader);
	cr_expect_eq(add("two\n"), LINES_LOST);
	cr_expect_eq(li.li_error, EPIPE);
	sigpending(&set);
	cr_expect_eq(sigismember(&set, SIGPIPE), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK);
	cr_expect_eq(add("three\n"), LINES_AGAIN);
	cr_expect_gt(read(reader, text, sizeof(text) - 1), 0);
	cr_expect_str_eq(text, "three\n");
	close(reader);
	lines_close(&li);
	unlink(fifo);
	rmdir(path);
}
