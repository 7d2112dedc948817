/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads: the traffic of traffic.h over every backend, forwarded, with priorities, among
 * function IPIs, with owners that move, through small and large rings.
 */
#include "traffic.h"

#define STRESS_ENV(name, env, ...)                                   \
	LWKT_TEST_ENV(stress, name, env)                             \
	{                                                            \
		static const struct traffic variant = {__VA_ARGS__}; \
		traffic_run(&variant);                               \
	}
#define STRESS(name, ...) STRESS_ENV(name, .te_bare = false, __VA_ARGS__)
#define RING(n)           .te_config.cf_ring_size = (n)

STRESS(M20_two_cpus_lose_double_and_reorder_nothing, .tr_cpus = 2, .tr_messages = 2 * MILLION)
STRESS(M20_four_cpus_lose_double_and_reorder_nothing, .tr_cpus = 4, .tr_messages = 3 * MILLION)
STRESS(M19_forwards_keep_the_order, .tr_cpus = 4, .tr_messages = MILLION, .tr_hops = 2)
STRESS(P21_priorities_and_a_quota, .tr_cpus = 4, .tr_messages = MILLION, .tr_priority = 3,
    .tr_quota = 2, .tr_hops = 1)
STRESS(I66_functions_among_messages, .tr_cpus = 4, .tr_messages = MILLION, .tr_calls = true)
STRESS(T34a_owners_move_under_load, .tr_cpus = 4, .tr_messages = MILLION, .tr_moves = true,
    .tr_calls = true)
STRESS(T34a_owners_move_forwards_and_priorities, .tr_cpus = 4, .tr_messages = MILLION / 2,
    .tr_moves = true, .tr_hops = 2, .tr_priority = 2)

STRESS(S37_spin_ports_with_one_getter, .tr_cpus = 4, .tr_messages = MILLION / 2,
    .tr_server = SERVE_SPIN, .tr_home = HOME_SPIN, .tr_hops = 1, .tr_priority = 1)
STRESS(S37_a_spin_port_with_four_getters, .tr_cpus = 4, .tr_messages = MILLION / 2,
    .tr_server = SERVE_SHARED_SPIN, .tr_home = HOME_THREAD)
STRESS(S37_replies_to_spin_ports, .tr_cpus = 3, .tr_messages = MILLION / 2, .tr_home = HOME_SPIN)
STRESS(Z43_serializer_ports, .tr_cpus = 4, .tr_messages = MILLION / 2,
    .tr_server = SERVE_SERIALIZER, .tr_home = HOME_SERIALIZER, .tr_hops = 1)
STRESS(Z43_serializer_ports_and_thread_homes, .tr_cpus = 4, .tr_messages = MILLION / 2,
    .tr_server = SERVE_SERIALIZER, .tr_calls = true)

STRESS(X45_replyonly_null, .tr_cpus = 4, .tr_messages = MILLION / 2, .tr_home = HOME_NULL)
STRESS(X45_replyonly_and_putonly, .tr_cpus = 4, .tr_messages = MILLION / 2,
    .tr_home = HOME_FUNCTION, .tr_front = true, .tr_priority = 1)
STRESS(X45_putonly_before_thread_ports, .tr_cpus = 4, .tr_messages = MILLION / 2, .tr_front = true,
    .tr_hops = 1)

STRESS_ENV(I69_rings_of_one, RING(1), .tr_cpus = 4, .tr_messages = MILLION / 2, .tr_calls = true,
    .tr_hops = 1)
STRESS_ENV(I69_rings_of_one_moves, RING(1), .tr_cpus = 4, .tr_messages = MILLION / 4,
    .tr_calls = true, .tr_moves = true, .tr_priority = 4, .tr_quota = 1)

LWKT_TEST_ENV(stress, I68_four_cpus_through_full_rings, RING(3))
{
	static const struct traffic variant = {.tr_cpus = 4, .tr_messages = MILLION / 2};
	struct lwkt_transit_stats ts;
	uint64_t spilled = 0;

	traffic_run(&variant);
	for (unsigned int from = 0; from < 4; from++)
		for (unsigned int to = 0; to < 4; to++)
			if (lwkt_transit_stats(from, to, &ts) == 0)
				spilled += ts.ts_spill_high;
	cr_expect_gt(spilled, 0, "the test was to fill rings");
}
