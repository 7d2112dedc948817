/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_flowhash: any bytes as a packet, cut into segments anywhere, through the flow hash.
 *
 *      input: settings (bits: 1 inner headers, 2 a key that is not symmetric, 4 mix, 8 MAC
 * addresses of PPPoE and MPLS) · bytes of the first three segments · the frame
 *
 * It must not read a byte that is not the packet's (head- and tailroom are poisoned), say the same
 * of the packet in one piece and in pieces, agree with DPDK's rte_softrss(), and take no notice of
 * the direction.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_thash.h>

#include <lwkt_flowhash.h>

#include "flowhash_pvt.h"
#include <lwkt_frame.h>

#define INNER      1
#define ASYMMETRIC 2
#define MIX        4
#define L2_OUTER   8
#define CUTS       3
#define HEAD       (1 + CUTS)
#define FRAME_MOST 1500

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes);

static struct rte_mempool *pool;
static struct lwkt_flowhash *hashes[16]; /* by settings; mix knows no key */

#define must(cond)                                                                        \
	do {                                                                              \
		if (!(cond)) {                                                            \
			fprintf(stderr, "fuzz_flowhash: line %d: %s\n", __LINE__, #cond); \
			abort();                                                          \
		}                                                                         \
	} while (0)

/* EAL leaves it. */
static void
remove_runtime_dir(void)
{
	rmdir(rte_eal_get_runtime_dir());
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char args[][32] = {"fuzz_flowhash", "--no-huge", "-m", "64", "--no-pci",
	    "--no-shconf", "--no-telemetry", "-l", "0", "--log-level=3", "--file-prefix=lwkt-fuzz"};
	char *eal_argv[RTE_DIM(args) + 1] = {NULL};
	uint8_t key[40];

	(void)argc;
	(void)argv;
	for (unsigned int i = 0; i < RTE_DIM(args); i++)
		eal_argv[i] = args[i];
	must(rte_eal_init(RTE_DIM(args), eal_argv) >= 0);
	atexit(remove_runtime_dir);
	pool = rte_pktmbuf_pool_create("fuzz", 15, 0, 0, 2048, SOCKET_ID_ANY);
	must(pool != NULL);
	for (unsigned int i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * i + 3 * i + 0x6d);
	for (unsigned int i = 0; i < RTE_DIM(hashes); i++) {
		bool keyed = (i & (ASYMMETRIC | MIX)) == ASYMMETRIC;
		const struct lwkt_flowhash_config cfg = {
		    .fc_inner = i & INNER,
		    .fc_asymmetric = keyed,
		    .fc_key = keyed ? key : NULL,
		    .fc_key_bytes = sizeof(key),
		    .fc_kind = i & MIX ? LWKT_FLOWHASH_MIX : LWKT_FLOWHASH_TOEPLITZ,
		    .fc_l2 = i & L2_OUTER ? LWKT_FLOWHASH_L2_OUTER : LWKT_FLOWHASH_L2_INNER,
		};

		hashes[i] = lwkt_flowhash_create(&cfg, SOCKET_ID_ANY);
		must(hashes[i] != NULL);
	}
	return 0;
}

/* A segment with so much headroom, of which only the data may be touched. */
static struct rte_mbuf *
segment(const uint8_t *data, size_t bytes, uint16_t headroom)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	char *begin, *end;

	must(m != NULL);
	m->data_off = headroom;
	m->data_len = (uint16_t)bytes;
	m->pkt_len = (uint32_t)bytes;
	begin = rte_pktmbuf_mtod(m, char *);
	end = begin + bytes;
	memcpy(begin, data, bytes);
	ASAN_POISON_MEMORY_REGION(m->buf_addr, headroom);
	ASAN_POISON_MEMORY_REGION(end, (char *)m->buf_addr + m->buf_len - end);
	return m;
}

static void
release(struct rte_mbuf *m)
{
	for (struct rte_mbuf *s = m; s != NULL; s = s->next)
		ASAN_UNPOISON_MEMORY_REGION(s->buf_addr, s->buf_len);
	rte_pktmbuf_free(m);
}

static struct rte_mbuf *
packet(const uint8_t *frame, size_t bytes, const uint8_t *cut)
{
	struct rte_mbuf *m = NULL;

	for (unsigned int i = 0; i <= CUTS; i++) {
		size_t part = i < CUTS ? RTE_MIN(bytes, cut[i]) : bytes;
		struct rte_mbuf *s = segment(frame, part, (uint16_t)(64 + i));

		if (m == NULL)
			m = s;
		else
			must(rte_pktmbuf_chain(m, s) == 0);
		frame += part;
		bytes -= part;
	}
	return m;
}

struct verdict {
	enum lwkt_flowhash_reason reason;
	uint32_t hash;
};

static struct verdict
judge(const struct lwkt_flowhash *fh, const uint8_t *frame, size_t bytes)
{
	struct rte_mbuf *m = segment(frame, bytes, RTE_PKTMBUF_HEADROOM);
	struct verdict v = {.hash = 0};

	v.reason = lwkt_flowhash_compute(fh, m, &v.hash);
	must(v.reason < LWKT_FLOWHASH_REASONS);
	if (v.reason == LWKT_FLOWHASH_OK && fh->fh_function.ff_kind == LWKT_FLOWHASH_TOEPLITZ) {
		struct flowhash_tuple ft;
		uint32_t word[FLOWHASH_WORDS];
		unsigned int n;

		must(flowhash_parse(m, &fh->fh_function.ff_look, &ft) == LWKT_FLOWHASH_OK);
		n = flowhash_words(&ft, word);
		must(n >= 2 && n <= FLOWHASH_WORDS);
		for (unsigned int i = 0; i < n; i++)
			word[i] = rte_be_to_cpu_32(word[i]);
		must(v.hash == (rte_softrss(word, n, fh->fh_function.ff_key) ^ ft.ft_extra));
	}
	release(m);
	return v;
}

/*
 * Turn the direction of what is found without effort: MACs, and IP behind no VLAN tag. False: there
 * may be ports that have not been turned, behind extension headers, which only toeplitz ignores.
 */
static bool
turn(uint8_t *frame, size_t bytes)
{
	unsigned int l4 = 0, proto = 0;

	if (bytes < 14)
		return true;
	lwkt_frame_swap_bytes(frame, frame + 6, 6);
	if (frame[12] == 0x08 && frame[13] == 0x00 && bytes >= 34) {
		lwkt_frame_swap_bytes(frame + 26, frame + 30, 4);
		if ((frame[20] & 0x3f) == 0 && frame[21] == 0) {
			l4 = 14 + (frame[14] & 15) * 4u;
			proto = frame[23];
		}
	} else if (frame[12] == 0x86 && frame[13] == 0xdd && bytes >= 54) {
		lwkt_frame_swap_bytes(frame + 22, frame + 38, 16);
		l4 = 54;
		proto = frame[20];
	}
	if ((proto == 6 || proto == 17 || proto == 132) && bytes >= l4 + 4)
		lwkt_frame_swap_bytes(frame + l4, frame + l4 + 2, 2);
	return l4 != 54 || (proto != 0 && proto != 43 && proto != 51 && proto != 60);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes)
{
	const struct lwkt_flowhash *fh;
	uint8_t frame[FRAME_MOST];
	struct verdict whole, turned;
	struct rte_mbuf *m;

	if (bytes < HEAD || bytes > HEAD + sizeof(frame))
		return -1;
	fh = hashes[input[0] % RTE_DIM(hashes)];
	bytes -= HEAD;
	memcpy(frame, input + HEAD, bytes);

	whole = judge(fh, frame, bytes);
	m = packet(frame, bytes, input + 1);
	must(lwkt_flowhash_pkt(fh, m) == whole.reason);
	must(whole.reason != LWKT_FLOWHASH_OK || m->hash.rss == whole.hash);
	release(m);

	for (unsigned int settings = 0; settings <= MIX; settings += MIX) {
		bool all = turn(frame, bytes);

		turned = judge(hashes[settings], frame, bytes);
		turn(frame, bytes);
		whole = judge(hashes[settings], frame, bytes);
		must(turned.reason == whole.reason &&
		     (turned.hash == whole.hash || (settings == MIX && !all)));
	}
	must(rte_mempool_in_use_count(pool) == 0);
	return 0;
}
