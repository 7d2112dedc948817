/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow hash mix over patterns of real traffic: the flows spread over buckets and workers like
 * random ones, with each seed, and those of a bucket once more with another seed.
 */
#include <string.h>

#include <lwkt_flowhash.h>

#include "chi.h"
#include <lwkt_frame.h>
#include "test.h"

#define FLOWS   (100 * LWKT_FLOWHASH_BUCKETS)
#define WORKERS 64

/* Of flow i: what is added to the source and destination address, and the ports. */
struct ends {
	uint32_t src, dst;
	uint16_t sport, dport;
};

static struct ends
consecutive(unsigned int i)
{
	return (struct ends){i, 0, 40000, 443};
}

static struct ends
many_to_many(unsigned int i)
{
	return (struct ends){i / 160, i % 160, 5000, 5000};
}

static struct ends
paired_hosts(unsigned int i)
{
	return (struct ends){i, i, 500, 500};
}

static struct ends
address_and_port(unsigned int i)
{
	return (struct ends){i, 0, (uint16_t)(1024 + i), 80};
}

static struct ends
paired_with_ports(unsigned int i)
{
	return (struct ends){i, i, (uint16_t)(1024 + i), (uint16_t)(1024 + i)};
}

static struct ends
one_server(unsigned int i)
{
	return (struct ends){i / 8, 0, (uint16_t)(32768 + i % 8), 443};
}

static struct ends
one_nat_address(unsigned int i)
{
	return (struct ends){0, 0, (uint16_t)(1024 + i), 443};
}

static struct ends
high_bytes(unsigned int i)
{
	return (struct ends){i << 16, i << 12, 1, 1};
}

static struct ends (*const patterns[])(unsigned int i) = {consecutive, many_to_many, paired_hosts,
    address_and_port, paired_with_ports, one_server, one_nat_address, high_bytes};

static const char *const kinds[] = {"eth ip4 udp", "eth vlan ip4 tcp", "eth qinq vlan ip6 udp",
    "eth ip6 tcp", "eth pppoe ip4 tcp", "eth mplsbot ip6 udp", "eth ip4 udp vxlan eth ip4 tcp"};

static void
destroy(void *fh)
{
	lwkt_flowhash_destroy(fh);
}

static struct lwkt_flowhash *
create(const struct lwkt_flowhash_config *cfg)
{
	struct lwkt_flowhash *fh = lwkt_flowhash_create(cfg, SOCKET_ID_ANY);

	cr_assert_not_null(fh);
	test_at_end(destroy, fh);
	return fh;
}

static void
put32(uint8_t *p, uint32_t value)
{
	value = rte_cpu_to_be_32(value);
	memcpy(p, &value, sizeof(value));
}

static uint32_t
hash_of(const struct lwkt_flowhash *fh, struct lwkt_frame *fr)
{
	struct rte_mbuf m = {.buf_addr = fr->fr_data,
	    .data_len = (uint16_t)fr->fr_bytes,
	    .pkt_len = fr->fr_bytes,
	    .nb_segs = 1};
	uint32_t hash = 0;

	cr_assert_eq(lwkt_flowhash_compute(fh, &m, &hash), LWKT_FLOWHASH_OK);
	return hash;
}

static void
set_ends(struct lwkt_frame *fr, struct ends e)
{
	const struct lwkt_frame_ends *fe = &fr->fr_inner;

	put32(fr->fr_data + fe->fe_src + fe->fe_bytes - 4, 0x0a000000 + e.src);
	put32(fr->fr_data + fe->fe_dst + fe->fe_bytes - 4, 0x0a010000 + e.dst);
	put32(fr->fr_data + fe->fe_ports, (uint32_t)e.sport << 16 | e.dport);
}

/* A worker has the buckets that are its number, modulo the workers. */
static void
expect_workers(const unsigned int *bucket, const char *what, unsigned int pattern)
{
	for (unsigned int workers = 2; workers <= WORKERS; workers++) {
		unsigned int count[WORKERS] = {0};
		double share[WORKERS] = {0};

		for (unsigned int b = 0; b < LWKT_FLOWHASH_BUCKETS; b++) {
			count[b % workers] += bucket[b];
			share[b % workers] += 1.0 / LWKT_FLOWHASH_BUCKETS;
		}
		cr_expect(chi_random(count, share, workers), "%s, pattern %u, %u workers", what,
		    pattern, workers);
	}
}

/* The flows of which the hash with seed 0 has bits 0 to 3 zero are a sixteenth, say of a worker. */
static void
expect_random(const struct lwkt_flowhash *first, const struct lwkt_flowhash *second,
    const char *words, unsigned int pattern)
{
	static unsigned int low[256], high[256], table[64], other[256];
	struct lwkt_frame fr;

	memset(low, 0, sizeof(low));
	memset(high, 0, sizeof(high));
	memset(table, 0, sizeof(table));
	memset(other, 0, sizeof(other));
	lwkt_frame_make(&fr, words, 1);
	for (unsigned int i = 0; i < FLOWS; i++) {
		uint32_t hash, again;

		set_ends(&fr, patterns[pattern](i));
		hash = hash_of(first, &fr);
		again = hash_of(second, &fr);
		low[lwkt_flowhash_bucket(hash)]++;
		high[hash >> 24]++;
		other[lwkt_flowhash_bucket(again)]++;
		table[again % 64] += hash % 16 == 0;
	}
	cr_expect(chi_random(low, NULL, 256), "%s, pattern %u: buckets", words, pattern);
	cr_expect(chi_random(high, NULL, 256), "%s, pattern %u: high bits", words, pattern);
	cr_expect(chi_random(other, NULL, 256), "%s, pattern %u: second seed", words, pattern);
	cr_expect(chi_random(table, NULL, 64), "%s, pattern %u: of one worker", words, pattern);
	expect_workers(low, words, pattern);
	expect_workers(other, words, pattern);
}

LWKT_TEST(flowhash, N85_flows_of_any_pattern_spread_like_random_ones)
{
	const struct lwkt_flowhash_config cfg[] = {
	    {.fc_inner = true}, {.fc_inner = true, .fc_seed = LWKT_FLOWHASH_TABLE_SEED}};
	const struct lwkt_flowhash *first = create(&cfg[0]), *second = create(&cfg[1]);

	for (unsigned int k = 0; k < RTE_DIM(kinds); k++)
		for (unsigned int p = 0; p < RTE_DIM(patterns); p++)
			expect_random(first, second, kinds[k], p);
}

/* This is why there is mix; and a test of the test. */
LWKT_TEST(flowhash, N85_the_repeated_key_does_not_spread_pairs)
{
	const struct lwkt_flowhash_config cfg = {.fc_kind = LWKT_FLOWHASH_TOEPLITZ};
	const struct lwkt_flowhash *fh = create(&cfg);
	unsigned int count[LWKT_FLOWHASH_BUCKETS] = {0};
	struct lwkt_frame fr;

	lwkt_frame_make(&fr, "eth ip4 udp", 1);
	for (unsigned int i = 0; i < FLOWS; i++) {
		set_ends(&fr, paired_hosts(i));
		count[lwkt_flowhash_bucket(hash_of(fh, &fr))]++;
	}
	cr_expect_not(chi_random(count, NULL, LWKT_FLOWHASH_BUCKETS));
}

/* What tells flows between two MAC addresses apart: sessions, labels where no IP is behind them. */
LWKT_TEST(flowhash, N86_sessions_and_labels_spread)
{
	static const struct {
		const char *words;
		unsigned int at; /* 16 bits of the session or label, in the second header */
	} cases[] = {
	    {"eth pppoe ip4 tcp", 2}, {"eth mplsbot data", 0}, {"eth mpls mplsbot data", 0}};
	const struct lwkt_flowhash_config cfg[] = {{0}, {.fc_kind = LWKT_FLOWHASH_TOEPLITZ}};

	for (unsigned int i = 0; i < RTE_DIM(cases) * RTE_DIM(cfg); i++) {
		const struct lwkt_flowhash *fh = create(&cfg[i % 2]);
		unsigned int count[LWKT_FLOWHASH_BUCKETS] = {0};
		struct lwkt_frame fr;

		lwkt_frame_make(&fr, cases[i / 2].words, 1);
		for (unsigned int k = 0; k < FLOWS; k++) {
			uint8_t *p = fr.fr_data + fr.fr_layer[1] + cases[i / 2].at;

			p[0] = (uint8_t)(k >> 8);
			p[1] = (uint8_t)k;
			fr.fr_data[fr.fr_layer[fr.fr_layers - 1]] = 0x50; /* data: no IP */
			count[lwkt_flowhash_bucket(hash_of(fh, &fr))]++;
		}
		cr_expect(chi_random(count, NULL, LWKT_FLOWHASH_BUCKETS), "%s", cases[i / 2].words);
	}
}
