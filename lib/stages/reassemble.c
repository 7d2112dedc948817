/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reassemble: fragments of IP packets are put together again.
 *
 * librte_ip_frag keeps them. Their messages end as they come in, and the mbuf in front of a whole
 * datagram becomes a message again. The library does not say how many packets a datagram was, so
 * l3_len marks their first mbufs: it is what that wants there, and zero in all others.
 */
#include <assert.h>
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_ip.h>
#include <rte_ip_frag.h>
#include <rte_net.h>

#include <lwkt_clock.h>
#include <lwkt_log.h>

#include "stages_pvt.h"

#define BUCKET_ENTRIES 4
#define LOOKS          16 /* in the time that a datagram has */

enum { DROP_TIMEOUT, DROP_FAILED };

struct reassemble_state {
	struct lwkt_reassemble_stats ra_stats; /* first */
	struct rte_ip_frag_tbl *ra_table;
	uint64_t ra_timeout_cyc;
	uint64_t ra_looked; /* TSC, for what is too old */
	uint32_t ra_held;   /* fragments in the table */
	struct rte_ip_frag_death_row ra_dead;
};

static int
reassemble_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_reassemble_conf defaults;
	const struct lwkt_reassemble_conf *ac = conf != NULL ? conf : &defaults;
	struct reassemble_state *ra = st->st_state;
	uint32_t datagrams = ac->ac_datagrams != 0 ? ac->ac_datagrams : LWKT_REASSEMBLE_DATAGRAMS;

	ra->ra_timeout_cyc = stage_cycles(
	    ac->ac_timeout_ms != 0 ? ac->ac_timeout_ms : LWKT_REASSEMBLE_TIMEOUT_MS, 1000);
	ra->ra_table = rte_ip_frag_table_create(rte_align32pow2(datagrams) / BUCKET_ENTRIES * 2,
	    BUCKET_ENTRIES, datagrams, ra->ra_timeout_cyc,
	    (int)rte_lcore_to_socket_id(st->st_lcore));
	if (ra->ra_table != NULL)
		return 0;
	lwkt_error(
	    "stage %s: no memory for %u datagrams; give EAL more (-m)", st->st_name, datagrams);
	return -ENOMEM;
}

/* Fragments that the library has given up. */
static __rte_cold void
reassemble_bury(struct lwkt_stage *st, unsigned int reason)
{
	struct reassemble_state *ra = st->st_state;
	unsigned int n = ra->ra_dead.cnt;

	ra->ra_dead.cnt = 0;
	ra->ra_held -= n;
	lwkt_stage_unhold(st, n);
	lwkt_stage_transmitted(st, ra->ra_dead.row, 0, n, reason);
}

/* Experimental in DPDK 22.11, and the only way to what is too old while nothing comes. */
static inline void
reassemble_find_old(struct reassemble_state *ra, uint64_t now)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	rte_ip_frag_table_del_expired_entries(ra->ra_table, &ra->ra_dead, now);
#pragma GCC diagnostic pop
}

static void
reassemble_expire(struct lwkt_stage *st, uint64_t now)
{
	struct reassemble_state *ra = st->st_state;

	do {
		reassemble_find_old(ra, now);
		if (ra->ra_dead.cnt == 0)
			return;
		reassemble_bury(st, DROP_TIMEOUT);
	} while (ra->ra_held > 0);
}

/*
 * Most credits are held here, and what is missing may be what they are wanted for: less time for
 * all.
 */
static __rte_cold void
reassemble_hurry(struct lwkt_stage *st, uint64_t now)
{
	const struct reassemble_state *ra = st->st_state;
	unsigned int most = lwkt_pipeline_window(st->st_pipeline) / 2;

	for (uint64_t less = ra->ra_timeout_cyc / 2; ra->ra_held > most && less > 0; less /= 2)
		reassemble_expire(st, now + ra->ra_timeout_cyc - less);
}

/* Is it a fragment that can be put together? Then its lengths are where the library wants them. */
static bool
reassemble_look(struct rte_mbuf *m, bool *ipv4)
{
	const struct rte_ipv6_fragment_ext *ext;
	struct rte_net_hdr_lens lens;
	struct rte_ipv6_hdr *ip;
	uint32_t ptype =
	    rte_net_get_ptype(m, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);

	if (likely((ptype & RTE_PTYPE_L4_MASK) != RTE_PTYPE_L4_FRAG))
		return false;
	*ipv4 = RTE_ETH_IS_IPV4_HDR(ptype);
	if (!*ipv4) {
		lens.l3_len = sizeof(*ip) + sizeof(*ext);
		ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, lens.l2_len);
		if (rte_pktmbuf_data_len(m) < lens.l2_len + lens.l3_len)
			return false;
		ext = rte_ipv6_frag_get_ipv6_fragment_header(ip);
		/* One that is all of its packet is nobody's fragment. */
		if (ext == NULL ||
		    (ext->frag_data & RTE_BE16(RTE_IPV6_EHDR_FO_MASK | RTE_IPV6_EHDR_MF_MASK)) == 0)
			return false;
	}
	m->tx_offload = 0;
	m->l2_len = lens.l2_len;
	m->l3_len = lens.l3_len;
	for (struct rte_mbuf *more = m->next; unlikely(more != NULL); more = more->next)
		more->tx_offload = 0;
	return rte_pktmbuf_data_len(m) >= lens.l2_len + lens.l3_len;
}

/* What the devices and stages before have found out about a fragment is not true of the whole. */
static void
reassemble_finish(struct rte_mbuf *m, bool ipv4)
{
	struct rte_ipv4_hdr *ip;

	m->ol_flags &= ~(RTE_MBUF_F_RX_RSS_HASH | RTE_MBUF_F_RX_L4_CKSUM_MASK);
	m->packet_type = RTE_PTYPE_UNKNOWN;
	if (!ipv4)
		return;
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, m->l2_len);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* How many packets it was. */
static unsigned int
reassemble_count(const struct rte_mbuf *m)
{
	unsigned int n = 0;

	for (; m != NULL; m = m->next)
		n += m->l3_len != 0;
	return n;
}

/* One more fragment. Returns the datagram that it makes whole, or NULL. */
static struct rte_mbuf *
reassemble_add(struct lwkt_stage *st, struct rte_mbuf *m, bool ipv4, uint64_t now)
{
	struct reassemble_state *ra = st->st_state;
	void *ip = rte_pktmbuf_mtod_offset(m, void *, m->l2_len);
	struct rte_mbuf *whole;
	unsigned int n;

	lwkt_stage_release(st, &m, 1);
	lwkt_stage_hold(st, 1);
	ra->ra_held++;
	stage_add(&ra->ra_stats.as_fragments, 1);
	if (ipv4)
		whole = rte_ipv4_frag_reassemble_packet(ra->ra_table, &ra->ra_dead, m, now, ip);
	else
		whole = rte_ipv6_frag_reassemble_packet(ra->ra_table, &ra->ra_dead, m, now, ip,
		    (struct rte_ipv6_fragment_ext *)((struct rte_ipv6_hdr *)ip + 1));
	if (unlikely(ra->ra_dead.cnt > 0))
		reassemble_bury(st, DROP_FAILED);
	if (whole == NULL)
		return NULL;
	n = reassemble_count(whole);
	ra->ra_held -= n;
	lwkt_stage_unhold(st, n);
	lwkt_stage_merged(st, n - 1);
	lwkt_stage_resume(st, &whole, 1);
	reassemble_finish(whole, ipv4);
	stage_add(&ra->ra_stats.as_datagrams, 1);
	return whole;
}

static void
reassemble_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct reassemble_state *ra = st->st_state;
	unsigned int left = 0;
	uint64_t now = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		bool ipv4;

		if (unlikely(reassemble_look(m, &ipv4))) {
			if (now == 0) {
				now = lwkt_clock();
				reassemble_expire(st, now);
			}
			m = reassemble_add(st, m, ipv4, now);
		}
		if (m != NULL)
			pkts[left++] = m;
	}
	if (left > 0)
		lwkt_stage_emit(st, 0, pkts, left);
	if (unlikely(ra->ra_held > lwkt_pipeline_window(st->st_pipeline) / 2))
		reassemble_hurry(st, now);
}

static unsigned int
reassemble_work(struct lwkt_stage *st)
{
	struct reassemble_state *ra = st->st_state;
	uint32_t held = ra->ra_held;
	uint64_t now;

	if (likely(held == 0))
		return 0;
	now = lwkt_clock();
	if (now - ra->ra_looked < ra->ra_timeout_cyc / LOOKS)
		return 0;
	ra->ra_looked = now;
	reassemble_expire(st, now);
	return held - ra->ra_held;
}

static void
reassemble_purge(struct lwkt_stage *st)
{
	struct reassemble_state *ra = st->st_state;
	unsigned int n, i;

	do {
		reassemble_find_old(ra, UINT64_MAX);
		n = ra->ra_dead.cnt;
		ra->ra_dead.cnt = 0;
		ra->ra_held -= n;
		lwkt_stage_unhold(st, n);
		lwkt_stage_resume(st, ra->ra_dead.row, n);
		for (i = 0; i < n; i += LWKT_STAGE_BURST)
			lwkt_stage_purge(st, &ra->ra_dead.row[i],
			    RTE_MIN(n - i, (unsigned int)LWKT_STAGE_BURST));
	} while (n > 0);
}

static void
reassemble_fini(struct lwkt_stage *st)
{
	struct reassemble_state *ra = st->st_state;

	rte_ip_frag_table_destroy(ra->ra_table);
}

int
lwkt_reassemble_stats(const struct lwkt_stage *st, struct lwkt_reassemble_stats *stats)
{
	return stage_copy_counters(st, &lwkt_stage_reassemble, stats, sizeof(*stats));
}

static const char *const reassemble_drops[] = {
    [DROP_TIMEOUT] = "timeout", [DROP_FAILED] = "failed", NULL};

/* As struct lwkt_reassemble_stats. */
static const char *const reassemble_counters[] = {"fragments", "datagrams", NULL};

static_assert(
    RTE_DIM(reassemble_counters) - 1 == sizeof(struct lwkt_reassemble_stats) / sizeof(uint64_t),
    "a name each");

static const struct lwkt_param reassemble_params[] = {
    {.pa_name = "timeout_ms",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_reassemble_conf, ac_timeout_ms),
        .pa_min = 1,
        .pa_max = 60000,
        .pa_default = LWKT_REASSEMBLE_TIMEOUT_MS,
        .pa_help = "a datagram's other fragments are waited for so long, ms"},
    {.pa_name = "datagrams",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_reassemble_conf, ac_datagrams),
        .pa_min = 16,
        .pa_max = 65536,
        .pa_default = LWKT_REASSEMBLE_DATAGRAMS,
        .pa_help = "incomplete datagrams at a time"},
    {.pa_name = NULL},
};

const struct lwkt_stage_kind lwkt_stage_reassemble = {
    .sk_name = "reassemble",
    .sk_state_bytes = sizeof(struct reassemble_state),
    .sk_init = reassemble_init,
    .sk_handle = reassemble_handle,
    .sk_work = reassemble_work,
    .sk_purge = reassemble_purge,
    .sk_fini = reassemble_fini,
    .sk_drop_names = reassemble_drops,
    .sk_counter_names = reassemble_counters,
    .sk_params = reassemble_params,
    .sk_conf_bytes = sizeof(struct lwkt_reassemble_conf),
    .sk_mbufs = LWKT_REASSEMBLE_FRAGMENTS,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};
