/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

int
output_end(const char *program, int code)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return code;
	fprintf(stderr, "%s: cannot write to standard output: %s; the rest of it is lost\n",
	    program, errno != 0 ? strerror(errno) : "an earlier write failed");
	return code == 0 ? OUTPUT_FAILED : code;
}

int
output_open(const char *name, bool wait)
{
	int fd =
	    open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (wait ? 0 : O_NONBLOCK), 0666);

	if (fd < 0)
		return -errno;
	if (!wait && fcntl(fd, F_SETFL, O_APPEND) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

bool
output_at_once(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		struct pollfd pfd = {.fd = fd, .events = POLLOUT};
		ssize_t n;

		/* A pipe that is ready takes so much without blocking. */
		if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
			return false;
		n = write(fd, text, bytes < PIPE_BUF ? bytes : PIPE_BUF);
		if (n <= 0)
			return false;
		text += n;
		bytes -= (size_t)n;
	}
	return true;
}

void
output_plain(char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || (c >= 0x7f && c < 0xa0))
			*text = '?';
	}
}

void
output_error(const char *fmt, ...)
{
	const size_t n = strlen(fmt);
	const bool ends = n > 0 && fmt[n - 1] == '\n';
	char text[2048];
	va_list ap;
	size_t bytes;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	bytes = strlen(text);
	if (ends && text[bytes - 1] == '\n')
		text[bytes - 1] = '\0';
	output_plain(text);
	fprintf(stderr, "%s%s", text, ends ? "\n" : "");
}
