/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A call that gives up. The server is busy with something else; when the time of the call is over the
 * message is aborted, and the server, which looks at what has been aborted, replies EINTR. Until then
 * the message, on the caller's stack, is the server's.
 *
 *      example_timed_call --no-huge -m 64 --no-pci -l 0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include <lwkt_msgport.h>
#include <lwkt_thread.h>

static const char ident; /* what the server sleeps on */
static lwkt_msg_t aborted;

/* Runs in the thread that is late. */
static void
abort_request(lwkt_msg_t msg)
{
	aborted = msg;
	lwkt_wakeup(&ident);
}

static void
server(void *arg)
{
	lwkt_msg_t msg = lwkt_waitport(lwkt_thread_port(lwkt_curthread()), 0);

	(void)arg;
	while (aborted != msg) /* it has no answer yet */
		lwkt_tsleep(&ident, 0, "answer", 0);
	lwkt_replymsg(msg, EINTR);
}

static void
caller(void *arg)
{
	uint64_t start = rte_rdtsc(), hz = rte_get_tsc_hz();
	struct lwkt_msg msg;
	int error;

	lwkt_initmsg_abortable(&msg, lwkt_thread_port(lwkt_curthread()), 0, abort_request);
	error = lwkt_domsg_until(arg, &msg, 0, start + hz / 100);
	printf("gave up after %s 10 ms: %s\n",
	    rte_rdtsc() - start >= hz / 100 ? "at least" : "less than", strerror(error));
}

int
main(int argc, char **argv)
{
	struct lwkt_thread *td[2];

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	if (lwkt_create(server, NULL, &td[0], NULL, 0, -1, "server") != 0 ||
	    lwkt_create(caller, lwkt_thread_port(td[0]), &td[1], NULL, 0, -1, "caller") != 0)
		return 1;
	lwkt_join(td[1]);
	lwkt_join(td[0]);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
