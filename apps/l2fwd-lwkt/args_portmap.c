/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --portmap=(A,B)[,(C,D)]...
 */
#include <ctype.h>
#include <stdlib.h>

#include <rte_common.h>

#include "args_pvt.h"

static int
malformed_portmap(const char *s, struct l2fwd_err *err)
{
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "--portmap %s: not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)", s);
}

static bool
portmap_has(const struct l2fwd_args *args, unsigned int ethdev)
{
	for (unsigned int i = 0; i < args->npairs; i++)
		if (args->pair[i][0] == ethdev || args->pair[i][1] == ethdev)
			return true;
	return false;
}

static int
add_pair(struct l2fwd_args *args, const char *s, const unsigned int pair[2], struct l2fwd_err *err)
{
	bool twice0 = portmap_has(args, pair[0]);

	if (twice0 || portmap_has(args, pair[1]) || pair[0] == pair[1])
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "--portmap %s: ethdev %u is named twice; name each once", s,
		    pair[twice0 ? 0 : 1]);
	if (args->npairs == L2FWD_MAX_PAIRS)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "--portmap %s: more than %u pairs; give fewer", s, L2FWD_MAX_PAIRS);
	args->pair[args->npairs][0] = (uint16_t)pair[0];
	args->pair[args->npairs][1] = (uint16_t)pair[1];
	args->npairs++;
	return 0;
}

/* Scan "(A)" or "(A,B)" and move *at behind it. @return how many ethdevs it names, 0: malformed. */
static unsigned int
scan_group(const char **at, unsigned int pair[2])
{
	const char *c = *at;
	unsigned int members = 0;

	do {
		char *end;

		if (*c++ != (members == 0 ? '(' : ',') || !isdigit((unsigned char)*c))
			return 0;
		pair[members++] = (unsigned int)RTE_MIN(strtoul(c, &end, 10), 65535UL);
		c = end;
	} while (*c == ',' && members < 2);
	if (*c != ')')
		return 0;
	*at = c + 1;
	return members;
}

int
l2fwd_parse_portmap(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	const char *at = s;

	args->npairs = 0;
	do {
		unsigned int pair[2];
		unsigned int members = scan_group(&at, pair);

		if (members == 0 || (*at != ',' && *at != '\0'))
			return malformed_portmap(s, err);
		if (members == 1)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--portmap %s: ethdev %u has no partner; name pairs, as (0,1)", s,
			    pair[0]);
		if (add_pair(args, s, pair, err) < 0)
			return -1;
	} while (*at++ == ',');
	return 0;
}
