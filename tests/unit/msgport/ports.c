/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include <lwkt_ipiq.h>
#include <lwkt_thread.h>

#include "ports.h"

void
tmsgs_init(struct tmsg *t, unsigned int n, lwkt_port_t reply_port, int flags)
{
	memset(t, 0, n * sizeof(*t));
	for (unsigned int i = 0; i < n; i++) {
		lwkt_initmsg(&t[i].msg, reply_port, flags);
		t[i].seq = i;
	}
}

int
get_seq(lwkt_port_t port)
{
	struct tmsg *t = lwkt_getport(port);

	return t != NULL ? (int)t->seq : -1;
}

const char *const kind_names[KINDS] = {"thread port", "spin port", "spin port of a fixed CPU"};

void
kind_init(lwkt_port_t port, enum port_kind kind)
{
	cr_assert_eq(lwkt_mycpuid(), 0);
	if (kind == KIND_THREAD)
		lwkt_initport_thread(port, lwkt_curthread());
	else
		lwkt_initport_spin(port, lwkt_curthread(), kind == KIND_SPIN_FIXED);
}

const char *
ptr_text(const void *ptr)
{
	static char texts[8][24];
	static unsigned int next;
	char *text = texts[next++ % RTE_DIM(texts)];

	snprintf(text, sizeof(texts[0]), "%p", ptr);
	return text;
}

unsigned int inline_puts;
lwkt_msg_t inline_last;
int inline_flags;

int
put_inline_5(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	inline_puts++;
	inline_last = msg;
	inline_flags = msg->ms_flags;
	return 5;
}

int
put_accept(lwkt_port_t port, lwkt_msg_t msg)
{
	put_inline_5(port, msg);
	return EASYNC;
}

static struct waiting_for {
	void (*fn)(void *);
	void *arg;
} waiting_for[8];

static void
run_as_cpu1(void *arg)
{
	const struct waiting_for *wf = arg;

	cpu_impersonate(1);
	wf->fn(wf->arg);
	lwkt_flush();
	cpu_impersonate(0);
}

void
when_waiting(void (*fn)(void *), void *arg)
{
	static unsigned int next;
	struct waiting_for *wf = &waiting_for[next++ % RTE_DIM(waiting_for)];
	unsigned int before = lwkt_mycpuid();

	wf->fn = fn;
	wf->arg = arg;
	cpu_impersonate(1);
	lwkt_send_ipiq(0, run_as_cpu1, wf);
	lwkt_flush();
	cpu_impersonate(before);
}

void
run_as(unsigned int cpu)
{
	cpu_impersonate(cpu);
	lwkt_setpri_self(0);
	for (unsigned int i = 0; i < 40; i++)
		lwkt_yield();
	lwkt_setpri_self(LWKT_PRI_DEFAULT);
	lwkt_flush();
	cpu_impersonate(0);
}

static int yielding_stopped; /* atomic */

int
yield_until_stopped(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&yielding_stopped, __ATOMIC_ACQUIRE)) {
		lwkt_yield();
		test_relax();
	}
	return 0;
}

void
stop_yielding(void)
{
	__atomic_store_n(&yielding_stopped, 1, __ATOMIC_RELEASE);
	for (unsigned int cpu = 1; cpu < TEST_CPUS; cpu++)
		test_join(cpu);
	test_check(lwkt_wind_down(10000) == 0); /* a wakeup that nobody needs any more */
}
