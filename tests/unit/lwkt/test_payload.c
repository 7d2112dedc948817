/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a sender wrote before it sent is there when the receiver looks: real threads, each item
 * published by itself while the receiver polls.
 */
#include "calls.h"

#define ITEMS (TEST_TSAN || TEST_ASAN ? 5000u : 50000u)
#define WORDS 5

static struct loaded {
	struct node node; /* first */
	uint64_t word[WORDS];
} loaded[50000];

static unsigned int expected; /* the receiver's */

static uint64_t
word(unsigned int seq, unsigned int i)
{
	return UINT64_C(0x9e3779b97f4a7c15) * (seq + 1) + i;
}

static void
check_words(struct node *node)
{
	const struct loaded *load = (const struct loaded *)(const void *)node;

	test_check(node->seq == expected);
	for (unsigned int i = 0; i < WORDS; i++)
		test_check(load->word[i] == word(expected, i));
	expected++;
}

static void
check_id(void *arg)
{
	test_check(as_id(arg) == expected);
	expected++;
}

static void
send_loaded(unsigned int n)
{
	int stop = 0;

	fake_on_arrival = check_words;
	test_launch(1, serve_until_set, &stop);
	for (unsigned int seq = 0; seq < n; seq++) {
		for (unsigned int i = 0; i < WORDS; i++)
			loaded[seq].word[i] = word(seq, i);
		fake_send(&loaded[seq].node, 1, seq);
	}
	lwkt_wait_ipiq(1, lwkt_send_ipiq(1, run_note_id, NULL)); /* behind them all */
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
	cr_expect_eq(expected, n);
}

LWKT_TEST_ENV(payload, I67_what_was_written_before_a_send_is_there, .te_config.cf_flush_count = 1)
{
	send_loaded(ITEMS);
}

/* Each slot is written again while the receiver is near. */
LWKT_TEST_ENV(payload, I67_what_was_written_is_there_round_a_short_ring,
    .te_config = {.cf_flush_count = 1, .cf_ring_size = 3})
{
	send_loaded(2000);
}

LWKT_TEST_ENV(payload, I67_a_function_finds_its_argument, .te_config.cf_flush_count = 1)
{
	uint64_t last = 0;
	int stop = 0;

	test_launch(1, serve_until_set, &stop);
	for (unsigned int id = 0; id < ITEMS; id++)
		last = lwkt_send_ipiq(1, check_id, as_arg(id));
	lwkt_wait_ipiq(1, last);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	test_join(1);
	cr_expect_eq(expected, ITEMS);
}
