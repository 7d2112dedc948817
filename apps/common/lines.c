/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lines.h"

void
lines_close(struct lines *li)
{
	if (li->li_fd >= 0)
		close(li->li_fd);
	free(li->li_rest);
	*li = (struct lines){.li_fd = -1};
}

void
lines_open(struct lines *li, int fd)
{
	struct stat st = {0};

	lines_close(li);
	li->li_fd = fd;
	li->li_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!li->li_file)
		fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
}

static void
take_sigpipe(void)
{
	const struct timespec none = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	while (sigtimedwait(&set, NULL, &none) == SIGPIPE)
		;
}

/* @return bytes that were written; fewer than there are: *error says why. */
static size_t
write_some(struct lines *li, const char *text, size_t bytes, int *error)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = write(li->li_fd, text + done, bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*error = n < 0 ? errno : ENOSPC;
			break;
		}
		done += (size_t)n;
	}
	if (done < bytes && *error == EPIPE)
		take_sigpipe();
	return done;
}

/* Nobody else has appended meanwhile, or what is taken back could be theirs. */
static void
take_back(struct lines *li, off_t before, size_t written)
{
	struct stat st;

	if (fstat(li->li_fd, &st) == 0 && st.st_size == before + (off_t)written &&
	    ftruncate(li->li_fd, before) < 0)
		return; /* the line stays as it is: there is no other way */
}

/* Of a line before. @return whether nothing is left of it. */
static bool
write_rest(struct lines *li, int *error)
{
	size_t done;

	if (li->li_rest == NULL)
		return true;
	done = write_some(li, li->li_rest, li->li_rest_bytes, error);
	if (done < li->li_rest_bytes && *error != EPIPE) {
		li->li_rest_bytes -= done;
		memmove(li->li_rest, li->li_rest + done, li->li_rest_bytes);
		return false;
	}
	/* Whoever reads it next has not had the begin of it. */
	free(li->li_rest);
	li->li_rest = NULL;
	return done == li->li_rest_bytes;
}

/* @return 0 if it is written, or will be; else why not. */
static int
write_whole(struct lines *li, const char *text, size_t bytes)
{
	struct stat st = {0};
	int error = 0;
	size_t done;

	if (li->li_file && fstat(li->li_fd, &st) < 0)
		return errno;
	if (!write_rest(li, &error))
		return error;
	done = write_some(li, text, bytes, &error);
	if (done == bytes)
		return 0;
	if (li->li_file)
		take_back(li, st.st_size, done);
	else if (done > 0 && error != EPIPE) {
		li->li_rest = malloc(bytes - done);
		if (li->li_rest == NULL)
			return ENOMEM;
		memcpy(li->li_rest, text + done, bytes - done);
		li->li_rest_bytes = bytes - done;
		return 0;
	}
	return error;
}

enum lines_state
lines_write(struct lines *li, const char *text, size_t bytes)
{
	int before = li->li_error;

	li->li_error = write_whole(li, text, bytes);
	if (li->li_error == 0)
		return before == 0 ? LINES_WRITTEN : LINES_AGAIN;
	if (before == 0)
		li->li_lost = 0;
	li->li_lost++;
	return before == 0 ? LINES_LOST : LINES_LOST_TOO;
}
