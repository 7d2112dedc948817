/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * faults EAL-OPTIONS -- NAME: a program that breaks one rule, for install.sh. It knows nothing of
 * invariants: the libraries that it is started with make the difference.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include <lwkt_cpu.h>
#include <lwkt_pipeline.h>
#include <lwkt_pktmsg.h>
#include <lwkt_stages.h>
#include <lwkt_thread.h>

static struct rte_mempool *pool;
static unsigned int output, reason;

static unsigned int
faulty_poll(struct lwkt_stage *st)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	if (m == NULL)
		return 0;
	lwkt_stage_brought(st, &m, 1);
	if (reason != 0)
		lwkt_stage_drop(st, reason, &m, 1);
	else
		lwkt_stage_emit(st, output, &m, 1);
	return 1;
}

static const char *const faulty_drops[] = {"one", NULL};
static const struct lwkt_stage_kind kind_faulty = {
    .sk_name = "faulty", .sk_poll = faulty_poll, .sk_drop_names = faulty_drops};

/* Some packets of a stage that does the wrong thing. */
static void
pipeline(void)
{
	const struct lwkt_stage_row rows[] = {
	    {.sr_name = "in", .sr_kind = &kind_faulty, .sr_lcore = 1, .sr_out = {"out"}},
	    {.sr_name = "out", .sr_kind = &lwkt_stage_sink, .sr_lcore = 1},
	};
	struct lwkt_pipeline *pl = lwkt_pipeline_create("p", rows, 2);
	struct lwkt_account ac;

	if (pool == NULL || pl == NULL || lwkt_pipeline_start(pl, LWKT_IDLE_YIELD) < 0)
		exit(3);
	do
		lwkt_pipeline_account(pl, &ac);
	while (ac.ac_received < 100);
	lwkt_pipeline_stop(pl);
	lwkt_pipeline_destroy(pl);
}

static void
misaligned(void)
{
	char *memory = rte_zmalloc("port", 2 * sizeof(struct lwkt_port), 64);

	lwkt_initport_spin((lwkt_port_t)(void *)(memory + 8), NULL, false);
}

static void
send_freed(void)
{
	static struct lwkt_port port;
	static struct lwkt_msg msg;

	lwkt_initport_thread(&port, lwkt_curthread());
	lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
	memset(&port, 0, sizeof(port)); /* as rte_free() leaves memory */
	lwkt_sendmsg(&port, &msg);
}

static void
end_at_once(void *arg)
{
	(void)arg;
}

static void
send_ended(void)
{
	static struct lwkt_msg msg;
	struct lwkt_thread *td;

	if (lwkt_create(end_at_once, NULL, &td, NULL, 0, 0, "ended") != 0)
		exit(4);
	lwkt_hold(td); /* so its memory stays, which lwkt_join() would give back */
	lwkt_join(td);
	lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_sendmsg(lwkt_thread_port(td), &msg);
}

static void
send_twice(void)
{
	static struct lwkt_msg msgs[2];
	static struct lwkt_port port;

	lwkt_initport_thread(&port, lwkt_cpu_thread(1));
	for (int i = 0; i < 2; i++)
		lwkt_initmsg(&msgs[i], lwkt_thread_port(lwkt_curthread()), 0);
	lwkt_sendmsg(&port, &msgs[0]);
	lwkt_sendmsg(&port, &msgs[0]);
	lwkt_wind_down(1000);
	printf("%u violations\n", (unsigned int)lwkt_violations(1));
}

int
main(int argc, char **argv)
{
	const char *fault = argv[argc - 1];

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	if (strcmp(fault, "pool") == 0)
		pool = rte_pktmbuf_pool_create("plain", 255, 0, 64, 2048, SOCKET_ID_ANY);
	else
		pool = lwkt_pktmbuf_pool_create("packets", 255, 0, 0, 2048, SOCKET_ID_ANY);
	output = strcmp(fault, "output") == 0;
	reason = strcmp(fault, "reason") == 0 ? 7 : 0;
	if (strcmp(fault, "misaligned") == 0)
		misaligned();
	else if (strcmp(fault, "freed") == 0)
		send_freed();
	else if (strcmp(fault, "ended") == 0)
		send_ended();
	else if (strcmp(fault, "twice") == 0)
		send_twice();
	else
		pipeline();
	puts("went on");
	fflush(stdout);
	_Exit(0); /* a fault's messages are where they are */
}
