/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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
