/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callouts: one runs a function, one sends a message, one is stopped in time.
 *
 *      example_callout --no-huge -m 64 --no-pci -l 0
 */
#include <stdio.h>

#include <rte_eal.h>

#include <lwkt_callout.h>
#include <lwkt_msgport.h>
#include <lwkt_thread.h>

#define NS_PER_MS UINT64_C(1000000)

/* Runs inside transit, so it must not wait. */
static void
count(void *arg)
{
	++*(unsigned int *)arg;
}

int
main(int argc, char **argv)
{
	struct lwkt_callout function, message, never;
	unsigned int ran = 0, early = 0;
	struct lwkt_msg msg;
	lwkt_port_t port;
	int stopped;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	port = lwkt_thread_port(lwkt_curthread());
	lwkt_callout_init(&function);
	lwkt_callout_init(&message);
	lwkt_callout_init(&never);
	lwkt_callout_reset(&function, 1 * NS_PER_MS, count, &ran);
	lwkt_callout_reset(&never, 5 * NS_PER_MS, count, &early);
	lwkt_initmsg(&msg, port, MSGF_DROPABLE);
	lwkt_callout_reset_msg(&message, 2 * NS_PER_MS, port, &msg);
	stopped = lwkt_callout_stop(&never);
	lwkt_replymsg(lwkt_waitport(port, 0), 0); /* a CPU that waits serves its callouts */
	printf("the function ran %u time, the message came, %d stopped, which ran %u times\n", ran,
	    stopped, early);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
