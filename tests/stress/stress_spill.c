/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sender at full rate, and a receiver that looks away.
 *
 *     sender    ──────────────────────────────────────────────▶  as fast as it can, numbered
 *     receiver  │ polls 5 ms │ stalls 5 ms │ polls 5 ms │ ...     checks the numbers
 *
 * While the receiver stalls the ring fills, and the sender keeps what does not fit on its spill
 * list, which is made of the messages themselves: no memory is taken for it. It ends there: a
 * sender has only so many messages (WINDOW) and goes on polling until some have come through.
 */
#include <stdio.h>

#include <rte_cycles.h>

#include "traffic.h"

#define WINDOW   (1u << 15)
#define STALL_MS 5
#define SEND_MS  1000

static struct {
	struct lwkt_port *port, null;
	struct lwkt_msg msg[WINDOW];
	alignas(64) uint64_t total; /* atomic: messages there are to come; UINT64_MAX: not known */
	/* The receiver's; received is atomic, so is gone. */
	alignas(64) uint64_t received;
	unsigned int stalls;
	bool gone;
} spill;

/* Bytes of address space that this process has. */
static unsigned long
spill_memory(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return pages * 4096;
}

/* Take what there is; numbers count up. */
static void
spill_receive(uint64_t *expected)
{
	lwkt_msg_t msgs[BURST];
	unsigned int n = lwkt_getport_burst(spill.port, msgs, BURST);

	if (n == 0)
		lwkt_poll();
	for (unsigned int i = 0; i < n; i++)
		test_check((uint64_t)msgs[i]->u.ms_result64 == (*expected)++);
	lwkt_replymsg_burst(msgs, n, 0);
	__atomic_store_n(&spill.received, spill.received + n, __ATOMIC_RELEASE);
}

static int
spill_receiver(void *arg)
{
	const uint64_t stall = STALL_MS * rte_get_tsc_hz() / 1000;
	uint64_t expected = 0, next = rte_rdtsc() + stall;

	(void)arg;
	while (spill.received < __atomic_load_n(&spill.total, __ATOMIC_ACQUIRE)) {
		spill_receive(&expected);
		stress_check_enough();
		if (rte_rdtsc() < next)
			continue;
		while (rte_rdtsc() < next + stall)
			test_relax();
		next = rte_rdtsc() + stall;
		spill.stalls++;
	}
	lwkt_flush();
	__atomic_store_n(&spill.gone, true, __ATOMIC_RELEASE);
	return 0;
}

/* Returns how many were sent. */
static uint64_t
spill_send(void)
{
	uint64_t end = rte_rdtsc() + SEND_MS * rte_get_tsc_hz() / 1000, sent = 0;
	lwkt_msg_t msgs[BURST];

	while (rte_rdtsc() < end) {
		if (sent + BURST > __atomic_load_n(&spill.received, __ATOMIC_ACQUIRE) + WINDOW) {
			lwkt_poll();
			continue;
		}
		for (unsigned int i = 0; i < BURST; i++) {
			msgs[i] = &spill.msg[(sent + i) % WINDOW];
			msgs[i]->u.ms_result64 = (int64_t)(sent + i);
		}
		lwkt_sendmsg_burst(spill.port, msgs, BURST);
		sent += BURST;
	}
	__atomic_store_n(&spill.total, sent, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&spill.gone, __ATOMIC_ACQUIRE))
		lwkt_poll();
	return sent;
}

LWKT_TEST_ENV(stress_spill, I68_full_rate_to_a_receiver_that_stalls, .te_config.cf_ring_size = 255)
{
	struct lwkt_transit_stats ts;
	unsigned long before;
	uint64_t sent;

	stress_begin();
	lwkt_initport_replyonly_null(&spill.null);
	for (unsigned int i = 0; i < WINDOW; i++)
		lwkt_initmsg(&spill.msg[i], &spill.null, 0);
	spill.port = lwkt_thread_port(lwkt_cpu_thread(1));
	spill.total = UINT64_MAX;
	test_launch(1, spill_receiver, NULL);
	before = spill_memory();
	sent = spill_send();
#if !TEST_TSAN && !TEST_ASAN
	cr_expect_eq(spill_memory(), before, "spilling takes memory");
#else
	(void)before;
#endif
	test_join(1);
	cr_expect_eq(spill.received, sent);
	cr_expect_gt(spill.stalls, 0, "the receiver was to stall");
	cr_assert_eq(lwkt_transit_stats(0, 1, &ts), 0);
	cr_expect_gt(ts.ts_ring_full, 0, "the test was to fill the ring");
	cr_expect(ts.ts_spill_high > 0 && ts.ts_spill_high <= WINDOW);
	stress_end(sent);
}
