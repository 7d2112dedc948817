/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --log: what is said goes to a file. Standard output and standard error become that file, so that
 * DPDK's lines are there too.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ending.h"
#include "l2fwd.h"
#include "output.h"

/* @return 0 or a negative errno; then all is as it was. */
static int
open_onto_output(const char *name, bool wait)
{
	int fd = output_open(name, wait), rc = 0;

	if (fd < 0)
		return fd;
	fflush(stdout);
	fflush(stderr);
	if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

int
l2fwd_log_open(const struct l2fwd_args *args, struct l2fwd_err *err)
{
	int rc = 0;

	ending_enter(ENDING_START, "it opens the file of --log");
	if (args->log != NULL)
		rc = open_onto_output(args->log, true);
	if (rc == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_ENV,
	    "--log %.200s: cannot be opened (%s); name a file that can be written", args->log,
	    strerror(-rc));
}

void
l2fwd_log_reopen(const struct l2fwd_args *args)
{
	int rc = args->log != NULL ? open_onto_output(args->log, false) : 0;

	if (rc < 0)
		l2fwd_say("--log %s: cannot be opened again (%s); going on with the old file",
		    args->log, strerror(-rc));
}
