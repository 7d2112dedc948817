/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server and 1,000 clients, all threads, all plain code that waits. The clients share one CPU, the
 * server has another. A call switches to the next client, so the requests of many go together.
 *
 *      example_thread_server --no-huge -m 64 --no-pci -l 0,1
 */
#include <stdio.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>
#include <lwkt_thread.h>

#define CLIENTS 1000
#define CALLS   20

struct add {
	struct lwkt_msg ad_msg; /* first */
	int ad_one, ad_other;
};

static unsigned int right; /* of the clients, which share a CPU: no lock, nothing atomic */
static int stop;           /* atomic */

static void
server(void *arg)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());

	(void)arg;
	for (unsigned int i = 0; i < CLIENTS * CALLS; i++) {
		struct add *ad = lwkt_waitport(port, 0);

		ad->ad_msg.u.ms_result = ad->ad_one + ad->ad_other;
		lwkt_replymsg(&ad->ad_msg, 0);
	}
}

static void
client(void *arg)
{
	struct add ad;

	lwkt_initmsg(&ad.ad_msg, lwkt_thread_port(lwkt_curthread()), 0);
	for (int i = 0; i < CALLS; i++) {
		ad.ad_one = i;
		ad.ad_other = 2 * i;
		if (lwkt_domsg(arg, &ad.ad_msg, 0) == 0 && ad.ad_msg.u.ms_result == 3 * i)
			right++;
	}
}

/* A CPU that has nothing but threads. */
static int
worker(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		lwkt_yield();
	return 0;
}

int
main(int argc, char **argv)
{
	struct lwkt_thread *td, *clients[CLIENTS];
	unsigned int lcore, i, made;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lcore = rte_get_next_lcore(-1, 1, 0);
	if (lcore == RTE_MAX_LCORE) {
		fprintf(stderr, "thread_server: one lcore; give two (-l 0,1)\n");
		return 1;
	}
	rte_eal_remote_launch(worker, NULL, lcore);
	if (lwkt_create(server, NULL, &td, NULL, 0, (int)lcore, "server") != 0)
		return 1;
	for (made = 0; made < CLIENTS; made++)
		if (lwkt_create(client, lwkt_thread_port(td), &clients[made], NULL, 0, -1,
		        "client%u", made) != 0)
			return 1;
	for (i = 0; i < made; i++)
		lwkt_join(clients[i]); /* they run meanwhile */
	lwkt_join(td);
	printf("%u clients had %u right answers\n", made, right);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	rte_eal_mp_wait_lcore();
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
