/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that lines are appended to: each whole or not at all, whatever the disk or the reader of a
 * FIFO does. It never waits. A line that cannot be written is lost; later ones are tried again.
 */
#ifndef COMMON_LINES_H
#define COMMON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines {
	int li_fd;            /* -1: there is none */
	bool li_file;         /* a regular file: what was written of a line can be taken back */
	int li_error;         /* why lines are lost, a positive errno; 0: they are not */
	uint64_t li_lost;     /* lines, since they are */
	char *li_rest;        /* of a line that a pipe has the begin of; NULL: none */
	size_t li_rest_bytes; /* of it */
};

/* What a line has come to. */
enum lines_state {
	LINES_WRITTEN,
	LINES_AGAIN, /* written, and li_lost before it were not */
	LINES_LOST,  /* the first that is: li_error says why */
	LINES_LOST_TOO,
};

/*
 * Take a descriptor (output_open()). One that was open before is closed; what a reader of it still
 * has to get of a line is lost.
 */
void lines_open(struct lines *li, int fd);
void lines_close(struct lines *li);

/*
 * Append a line. Who writes to a FIFO without a reader has SIGPIPE blocked; it is taken here.
 *
 * @param text  with its '\n'.
 */
enum lines_state lines_write(struct lines *li, const char *text, size_t bytes);

#endif /* COMMON_LINES_H */
