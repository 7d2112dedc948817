/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options that are right one by one, and whether they go together.
 */
#include <inttypes.h>
#include <stddef.h>

#include "args_pvt.h"

int
l2fwd_args_check(const struct l2fwd_args *args, const char *shaping, struct l2fwd_err *err)
{
	if (args->config != NULL && shaping != NULL)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s: with --config the file says this; take the option away", shaping);
	if (args->config != NULL)
		return 0;
	if (args->graph)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "--graph: it looks at a file; give one with --config FILE");
	if (args->mask == 0)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p: not given behind the \"--\"; say which ethdevs to use, -p 3 means ethdevs 0 and 1");
	for (unsigned int i = 0; i < 2 * args->npairs; i++) {
		unsigned int ethdev = args->pair[i / 2][i % 2];

		if (ethdev >= 64 || (args->mask >> ethdev & 1) == 0)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--portmap: ethdev %u is not in -p 0x%" PRIx64 "; "
			    "set its bit, or leave it out of the map",
			    ethdev, args->mask);
	}
	for (unsigned int i = 0; i < L2FWD_MAX_ETHDEVS; i++)
		if (args->mtu_of[i] != 0 && (args->mask >> i & 1) == 0)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--mtu: ethdev %u is not in -p 0x%" PRIx64 "; "
			    "set its bit, or leave it out",
			    i, args->mask);
	return 0;
}
