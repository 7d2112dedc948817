/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --mtu BYTES or --mtu N=BYTES[,N=BYTES]...
 */
#include <ctype.h>
#include <stdlib.h>

#include "args_pvt.h"

static int
malformed(const char *s, struct l2fwd_err *err)
{
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "--mtu %s: not bytes, %u to %u, nor a list of ethdevs and bytes; write 9000, or "
	    "0=9000,1=1500",
	    s, L2FWD_MIN_MTU, L2FWD_MAX_MTU);
}

/* @return a number below 100,000 and *at behind it; -1: there is none. */
static long
number(const char **at)
{
	long v = 0;

	if (!isdigit((unsigned char)**at))
		return -1;
	while (isdigit((unsigned char)**at) && v < 10000)
		v = v * 10 + (*(*at)++ - '0');
	return isdigit((unsigned char)**at) ? -1 : v;
}

static bool
may_be(long mtu)
{
	return mtu >= L2FWD_MIN_MTU && mtu <= L2FWD_MAX_MTU;
}

int
l2fwd_parse_mtu(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	const char *at = s;
	long ethdev = number(&at), mtu;

	if (*at == '\0' && may_be(ethdev)) {
		args->mtu = (uint16_t)ethdev;
		return 0;
	}
	for (;; ethdev = number(&at)) {
		if (ethdev < 0 || ethdev >= L2FWD_MAX_ETHDEVS || *at++ != '=')
			return malformed(s, err);
		mtu = number(&at);
		if (!may_be(mtu) || (*at != ',' && *at != '\0'))
			return malformed(s, err);
		args->mtu_of[ethdev] = (uint16_t)mtu;
		if (*at++ == '\0')
			return 0;
	}
}
