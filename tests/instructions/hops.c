/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of a message, to be counted by callgrind (scripts/instructions.sh): one thread plays
 * both CPUs, so that nothing waits and every run executes the same instructions.
 *
 * Each step is done in chunks of CHUNK messages: what comes before and after it is not counted.
 * Some are counted again with bells, which CPUs have where there are many (-bells).
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <valgrind/callgrind.h>

#include <lwkt_ipicall.h>
#include <lwkt_ipiq.h>
#include <lwkt_msgport.h>

#include "cpu_pvt.h"

#define CHUNK  32
#define CHUNKS 320

/* A step: before and after are not counted. */
struct step {
	const char *st_name;
	void (*st_before)(void);
	void (*st_step)(void);
	void (*st_after)(void);
	bool st_bells; /* bells make a difference: it is counted with them too */
};

static struct lwkt_msg msg[CHUNK];
static lwkt_msg_t all[CHUNK], got[CHUNK];
static lwkt_port_t client, server;
static struct lwkt_port here, inline_port;

static void
need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "hops: %s\n", what);
	exit(1);
}

static int
answer(lwkt_port_t port, lwkt_msg_t m)
{
	(void)port;
	(void)m;
	return 0;
}

/*
 * Before and after
 */

static void
as_client(void)
{
	cpu_impersonate(0);
}

static void
as_server_sent(void)
{
	cpu_impersonate(0);
	lwkt_sendmsg_burst(server, all, CHUNK);
	cpu_impersonate(1);
}

static void
as_server_got(void)
{
	as_server_sent();
	need(lwkt_getport_burst(server, got, CHUNK) == CHUNK, "a message did not arrive");
}

static void
as_client_back(void)
{
	cpu_impersonate(0);
	lwkt_poll();
	need(lwkt_getport_burst(client, got, CHUNK) == CHUNK, "a reply did not arrive");
	need(lwkt_poll() == 0, "something is left over");
}

static void
reply_got(void)
{
	lwkt_replymsg_burst(got, CHUNK, 0);
	as_client_back();
}

static void
get_and_reply(void)
{
	cpu_impersonate(1);
	lwkt_poll();
	need(lwkt_getport_burst(server, got, CHUNK) == CHUNK, "a message did not arrive");
	reply_got();
}

static void
reply_forwarded(void)
{
	cpu_impersonate(0);
	lwkt_poll();
	need(lwkt_getport_burst(&here, got, CHUNK) == CHUNK, "a message was not forwarded");
	reply_got();
}

static void
nothing(void)
{
}

/*
 * The steps
 */

static void
send_single(void)
{
	for (int i = 0; i < CHUNK; i++)
		lwkt_sendmsg(server, all[i]);
}

static void
send_burst(void)
{
	lwkt_sendmsg_burst(server, all, CHUNK);
}

static void
get_single(void)
{
	lwkt_poll();
	for (int i = 0; i < CHUNK; i++)
		got[i] = lwkt_getport(server);
}

static void
get_burst(void)
{
	lwkt_getport_burst(server, got, CHUNK);
}

static void
poll_get_burst(void)
{
	lwkt_poll();
	lwkt_getport_burst(server, got, CHUNK);
}

static void
reply_single(void)
{
	for (int i = 0; i < CHUNK; i++)
		lwkt_replymsg(got[i], 0);
}

static void
reply_burst(void)
{
	lwkt_replymsg_burst(got, CHUNK, 0);
}

static void
forward(void)
{
	for (int i = 0; i < CHUNK; i++)
		lwkt_forwardmsg(&here, got[i]);
}

static void
do_inline(void)
{
	for (int i = 0; i < CHUNK; i++)
		lwkt_domsg(&inline_port, all[i], 0);
}

static void
oncpu(void)
{
	for (int i = 0; i < CHUNK; i++) {
		lwkt_sendmsg(&here, all[i]);
		lwkt_replymsg(lwkt_getport(&here), 0);
		got[i] = lwkt_getport(client);
	}
}

static void
idle_poll(void)
{
	for (int i = 0; i < CHUNK; i++)
		lwkt_poll();
}

/* Two threads take turns until each has yielded half a chunk; the CPU's own context is behind. */
static void
yielder(void *unused)
{
	(void)unused;
	for (;;) {
		for (int i = 0; i < CHUNK / 2; i++)
			lwkt_yield();
		lwkt_deschedule_self();
		lwkt_switch();
	}
}

static void
yielders_wait(void)
{
	static struct lwkt_thread *td[2];

	lwkt_setpri_self(0);
	for (int i = 0; i < 2; i++) {
		if (td[i] == NULL)
			need(lwkt_create(yielder, NULL, &td[i], NULL, TDF_NOSTART, -1, "yielder") ==
			         0,
			    "no thread");
		lwkt_schedule(td[i]);
	}
}

/*
 * Calls in a slot
 */

static uint64_t ticket[CHUNK];

static void
called(uint64_t a[5])
{
	a[0]++;
}

static void
call_single(void)
{
	const uint64_t a[5] = {1};

	for (int i = 0; i < CHUNK; i++)
		ticket[i] = lwkt_call(1, called, a);
}

static void
run_calls(void)
{
	lwkt_poll();
}

static void
take_calls(void)
{
	uint64_t a[5];

	for (int i = 0; i < CHUNK; i++)
		need(lwkt_call_poll(1, ticket[i], a) == 1, "a call was not answered");
}

static void
as_server_called(void)
{
	cpu_impersonate(0);
	call_single();
	cpu_impersonate(1);
}

static void
as_client_answered(void)
{
	as_server_called();
	run_calls();
	cpu_impersonate(0);
}

static void
take_called(void)
{
	cpu_impersonate(0);
	take_calls();
}

static void
run_and_take(void)
{
	cpu_impersonate(1);
	run_calls();
	take_called();
}

/*
 * A burst waits. While it does, CPU 0 runs a function by which CPU 1 serves: the one side's row
 * leaves out what the other one does.
 */

static bool counting; /* not the first time */

static void
toggle(void)
{
	if (counting)
		CALLGRIND_TOGGLE_COLLECT;
}

static void
serve_meanwhile(void *arg)
{
	(void)arg;
	toggle();
	cpu_impersonate(1);
	lwkt_poll();
	cpu_impersonate(0);
	toggle();
}

static void
as_client_served(void)
{
	cpu_impersonate(1);
	lwkt_send_ipiq(0, serve_meanwhile, NULL);
	lwkt_flush();
	cpu_impersonate(0);
}

static void
call_burst(void)
{
	static uint64_t a[CHUNK][5];

	lwkt_call_burst(1, called, a, CHUNK);
}

static void
run_call_burst(void)
{
	toggle();
	call_burst();
	toggle();
}

/* Calls last: a pair that has called costs each poll a look. */
/*
 * Calls of CHUNK threads of CPU 0: each goes on and calls again; CPU 1 answers; the answers arrive and
 * wake them. The CPU's own context comes behind them.
 */
static void
caller(void *unused)
{
	struct lwkt_msg call;

	(void)unused;
	lwkt_initmsg(&call, lwkt_thread_port(lwkt_curthread()), 0);
	for (;;)
		lwkt_domsg(server, &call, 0);
}

static void
calls_ask(void)
{
	lwkt_yield();
}

static void
calls_serve(void)
{
	unsigned int n = lwkt_getport_burst(server, got, CHUNK);

	if (n < CHUNK) {
		lwkt_poll();
		n += lwkt_getport_burst(server, got + n, CHUNK - n);
	}
	need(n == CHUNK, "a call did not arrive");
	lwkt_replymsg_burst(got, CHUNK, 0);
}

static void
calls_wake(void)
{
	lwkt_poll();
}

static void
callers_ready(void)
{
	static bool made;

	cpu_impersonate(0);
	lwkt_setpri_self(0);
	for (int i = 0; i < CHUNK && !made; i++)
		need(lwkt_create(caller, NULL, NULL, NULL, 0, -1, "caller%d", i) == 0, "no thread");
	made = true;
}

static void
calls_asked(void)
{
	callers_ready();
	calls_ask();
	lwkt_flush();
	cpu_impersonate(1);
}

static void
calls_served(void)
{
	calls_asked();
	calls_serve();
	lwkt_flush();
	cpu_impersonate(0);
}

static void
calls_wake_served(void)
{
	lwkt_flush();
	cpu_impersonate(0);
	calls_wake();
}

static void
calls_serve_wake(void)
{
	lwkt_flush();
	cpu_impersonate(1);
	calls_serve();
	calls_wake_served();
}

static const struct step steps[] = {
    {"sendmsg", as_client, send_single, get_and_reply, false},
    {"sendmsg_burst-32", as_client, send_burst, get_and_reply, false},
    {"poll+getport", as_server_sent, get_single, reply_got, false},
    {"poll+getport_burst-32", as_server_sent, poll_get_burst, reply_got, true},
    {"getport_burst-32", as_server_sent, get_burst, reply_got, true},
    {"replymsg", as_server_got, reply_single, as_client_back, false},
    {"replymsg_burst-32", as_server_got, reply_burst, as_client_back, false},
    {"forwardmsg", as_server_got, forward, reply_forwarded, false},
    {"domsg-inline", as_client, do_inline, nothing, false},
    {"oncpu", as_client, oncpu, nothing, false},
    {"yield", yielders_wait, lwkt_yield, nothing, false},
    {"idle-poll", as_client, idle_poll, nothing, true},
    {"call", as_client, call_single, run_and_take, false},
    {"poll-call", as_server_called, run_calls, take_called, true},
    {"take-call", as_client_answered, take_calls, nothing, false},
    {"call_burst-32", as_client_served, call_burst, nothing, false},
    {"poll-call_burst-32", as_client_served, run_call_burst, nothing, false},
    {"calls-ask", callers_ready, calls_ask, calls_serve_wake, false},
    {"calls-serve", calls_asked, calls_serve, calls_wake_served, false},
    {"calls-wake", calls_served, calls_wake, nothing, false},
};

static void
run(const struct step *step, const char *suffix)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", step->st_name, suffix);
	for (int i = 0; i <= CHUNKS; i++) {
		counting = false;
		step->st_before();
		counting = i > 0; /* the first resolves symbols and touches pages */
		toggle();
		step->st_step();
		toggle();
		step->st_after();
	}
	CALLGRIND_DUMP_STATS_AT(name);
	printf("%s %d\n", name, CHUNKS * CHUNK);
}

static void
run_all(bool bells)
{
	bells_from = bells ? 1 : RTE_MAX_LCORE;
	need(lwkt_init(NULL) == 0 && lwkt_ncpus() == 2, "needs two lcores, 0 and 1");
	client = lwkt_thread_port(lwkt_cpu_thread(0));
	server = lwkt_thread_port(lwkt_cpu_thread(1));
	lwkt_initport_thread(&here, lwkt_cpu_thread(0));
	lwkt_initport_putonly(&inline_port, answer);
	for (int i = 0; i < CHUNK; i++) {
		all[i] = &msg[i];
		lwkt_initmsg(all[i], client, 0);
	}
	for (size_t i = 0; i < RTE_DIM(steps); i++)
		if (steps[i].st_bells || !bells)
			run(&steps[i], bells ? "-bells" : "");
	cpu_impersonate(0);
	lwkt_fini();
}

int
main(int argc, char **argv)
{
	need(rte_eal_init(argc, argv) >= 0, "EAL does not start");
	run_all(false);
	run_all(true);
	return 0;
}
