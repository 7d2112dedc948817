/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as blocks of a pcapng file, and which of them (capture.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <pcap/pcap.h>
#include <rte_bpf.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_pcapng.h>

#include <lwkt_compat.h>
#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>

#include "capture.h"

#define FRAME_BYTES   2048 /* of a packet in one buffer; larger ones take more */
#define COMMENT_BYTES 200  /* at most */

/* pcapng: a packet's block, in bytes before the packet, and two of its words; a comment's code. */
#define BLOCK_BYTES    28
#define LENGTH_AT      1
#define KEPT_AT        5
#define OPTION_COMMENT 1

/*
 * Filters
 */

/* libpcap's program for libpcap's packets becomes DPDK's for mbufs. */
static struct rte_bpf *
load_filter(const struct bpf_program *program, char *why, size_t bytes)
{
	struct rte_bpf_prm *prm = rte_bpf_convert(program);
	struct rte_bpf *bpf = prm != NULL ? rte_bpf_load(prm) : NULL;

	if (bpf == NULL)
		snprintf(why, bytes, "DPDK cannot run it (%s); a simpler one may do",
		    rte_strerror(rte_errno));
	rte_free(prm);
	return bpf;
}

struct rte_bpf *
capture_filter(const char *text, char *why, size_t bytes)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, UINT16_MAX);
	struct bpf_program program;
	struct rte_bpf *bpf = NULL;

	if (pcap == NULL) {
		snprintf(why, bytes, "no memory");
		return NULL;
	}
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		bpf = load_filter(&program, why, bytes);
		pcap_freecode(&program);
	} else {
		snprintf(
		    why, bytes, "%s; pcap-filter(7) says how one is written", pcap_geterr(pcap));
	}
	pcap_close(pcap);
	return bpf;
}

void
capture_match(
    const struct rte_bpf *bpf, struct rte_mbuf *const *pkts, unsigned int n, uint64_t *want)
{
	void *ctx[LWKT_STAGE_BURST];

	for (unsigned int i = 0; i < n; i++) {
		ctx[i] = pkts[i];
		want[i] = 1;
	}
	if (bpf != NULL)
		rte_bpf_exec_burst(bpf, ctx, want, n);
}

/*
 * Copies
 */

struct rte_mempool *
capture_pool(void)
{
	return lwkt_pktmbuf_pool_create(CAPTURE_POOL, CAPTURE_PACKETS, 0, 0,
	    (uint16_t)(rte_pcapng_mbuf_size(FRAME_BYTES) + COMMENT_BYTES), SOCKET_ID_ANY);
}

/* "stage tx0, dropped: tx_full, hash 0x1234abcd" */
static size_t
comment_of(const struct lwkt_tap_view *view, const struct rte_mbuf *m, char *text)
{
	const struct lwkt_stage *st = view->tv_stage;
	const char *what = "in", *arg = "";
	char hash[32] = "";

	if (view->tv_point == LWKT_TAP_OUT) {
		what = "out to ";
		arg = st->st_out[view->tv_output].ed_to->st_name;
	} else if (view->tv_point == LWKT_TAP_DROP) {
		what = "dropped: ";
		arg = view->tv_reason;
	}
	if ((m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0)
		snprintf(hash, sizeof(hash), ", hash 0x%08x", m->hash.rss);
	snprintf(text, COMMENT_BYTES, "stage %s, %s%s%s", st->st_name, what, arg, hash);
	return strlen(text);
}

/*
 * Where DPDK's options end: at "no more options", which not every DPDK writes, or at the block's
 * second length. They are in the last buffer, as they were appended in one piece.
 */
static char *
end_of_options(struct rte_mbuf *m, size_t *left)
{
	const uint32_t *block = rte_pktmbuf_mtod(m, const uint32_t *);
	size_t fixed = BLOCK_BYTES + RTE_ALIGN_CEIL(block[KEPT_AT], sizeof(uint32_t));
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m);
	char *end = rte_pktmbuf_mtod_offset(last, char *, last->data_len - sizeof(uint32_t));
	char *at = end - (m->pkt_len - fixed - sizeof(uint32_t));
	uint16_t option[2]; /* code, bytes */

	while (at < end) {
		memcpy(option, at, sizeof(option));
		if (option[0] == 0)
			break;
		at += sizeof(option) + RTE_ALIGN_CEIL(option[1], sizeof(uint32_t));
	}
	*left = (size_t)(end - at) + sizeof(uint32_t);
	return at;
}

/* Behind DPDK's options comes the comment: the copy function of DPDK 22.11 has none. */
static void
add_comment(struct rte_mbuf *m, const char *text, size_t n)
{
	const uint16_t comment[2] = {OPTION_COMMENT, (uint16_t)n};
	size_t padded = RTE_ALIGN_CEIL(n, sizeof(uint32_t)), left;
	char *at = end_of_options(m, &left);
	uint32_t end[2] = {0}; /* no more options; the block's length */
	uint16_t more = (uint16_t)(sizeof(comment) + padded + sizeof(end) - left);

	if (rte_pktmbuf_append(m, more) == NULL)
		return;
	end[1] = m->pkt_len;
	rte_pktmbuf_mtod(m, uint32_t *)[LENGTH_AT] = m->pkt_len;
	memcpy(at, comment, sizeof(comment));
	memset(at + sizeof(comment), 0, padded);
	memcpy(at + sizeof(comment), text, n);
	memcpy(at + sizeof(comment) + padded, end, sizeof(end));
}

struct rte_mbuf *
capture_copy(const struct lwkt_tap_view *view, unsigned int i, uint16_t ethdev, bool out,
    struct rte_mempool *pool)
{
	const struct rte_mbuf *m = view->tv_pkts[i];
	enum rte_pcapng_direction direction =
	    out ? RTE_PCAPNG_DIRECTION_OUT : RTE_PCAPNG_DIRECTION_IN;
	uint16_t queue = 0, own;
	struct rte_mbuf *copy;
	char text[COMMENT_BYTES];
	size_t n;

	(void)lwkt_ethdev_of(view->tv_stage, &own, &queue);
	copy = lwkt_pcapng_copy(ethdev, queue, m, pool, m->pkt_len, direction);
	/* Its last buffer may be too full for what stands behind a packet: then cut it. */
	if (copy == NULL && m->pkt_len > FRAME_BYTES)
		copy =
		    lwkt_pcapng_copy(ethdev, queue, m, pool, m->pkt_len - COMMENT_BYTES, direction);
	if (copy != NULL) {
		n = comment_of(view, m, text);
		add_comment(copy, text, n);
	}
	return copy;
}
