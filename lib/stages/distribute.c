/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * distribute: each packet leaves by the output of its flow's bucket. How a bucket moves:
 * distribute_move.c.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include <lwkt_compat.h>
#include <lwkt_cpu.h>
#include <lwkt_pktmsg.h>
#include <lwkt_log.h>
#include <lwkt_telemetry.h>

#include "distribute_pvt.h"

/* What is of no use, though nothing is wrong with it: a line. */
static void
dist_doubt(const struct lwkt_flowhash_config *fc, const struct lwkt_stage_view *view, char *why,
    size_t bytes)
{
	int before = lwkt_stage_view_behind(view, &lwkt_stage_distribute);
	const struct lwkt_stage_row *row = before >= 0 ? &view->sv_rows[before] : NULL;
	const struct lwkt_distribute_conf *dc = row != NULL ? row->sr_conf : NULL;

	if (row != NULL && row->sr_out[1] != NULL && view->sv_nouts > 1 &&
	    fc->fc_seed == (dc != NULL ? dc->dc_hash.fc_seed : 0))
		snprintf(why, bytes,
		    "seed: stage %s before it has hashed its packets alike, so that some outputs get "
		    "none; write hash: mix and another seed",
		    row->sr_name);
	else if (!fc->fc_inner && fc->fc_nvxlan + fc->fc_ngeneve + fc->fc_ngtpu > 0)
		snprintf(why, bytes,
		    "inner: nothing looks into tunnels without it; write inner: yes, or leave their "
		    "ports out");
}

static int
dist_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	static const struct lwkt_flowhash_config none;
	const struct lwkt_distribute_conf *dc = conf;
	const char *wrong = dc != NULL ? lwkt_flowhash_check(&dc->dc_hash) : NULL;

	if (wrong != NULL) {
		snprintf(why, bytes, "hash: %s", wrong);
		return -EINVAL;
	}
	if (dc != NULL && dc->dc_nbuckets != 0 && dc->dc_nbuckets != LWKT_BUCKETS) {
		snprintf(why, bytes,
		    "buckets: %u outputs; write one for each of %u, or leave it out",
		    dc->dc_nbuckets, LWKT_BUCKETS);
		return -EINVAL;
	}
	for (unsigned int b = 0; dc != NULL && b < dc->dc_nbuckets; b++)
		if (dc->dc_bucket[b] >= view->sv_nouts) {
			snprintf(why, bytes, "buckets: no output %u; write at most %u",
			    dc->dc_bucket[b], view->sv_nouts - 1);
			return -EINVAL;
		}
	dist_doubt(dc != NULL ? &dc->dc_hash : &none, view, why, bytes);
	return 0;
}

static int
dist_init(struct lwkt_stage *st, const void *conf)
{
	static const struct lwkt_distribute_conf none;
	const struct lwkt_distribute_conf *dc = conf != NULL ? conf : &none;
	struct dist_state *ds = st->st_state;

	for (unsigned int b = 0; b < LWKT_BUCKETS; b++)
		ds->ds_output[b] =
		    (uint8_t)(dc->dc_nbuckets != 0 ? dc->dc_bucket[b] : b % st->st_nouts);
	ds->ds_pass = dc->dc_malformed == LWKT_MALFORMED_PASS;
	TAILQ_INIT(&ds->ds_kept);
	ds->ds_hash = lwkt_flowhash_create(&dc->dc_hash, (int)rte_lcore_to_socket_id(st->st_lcore));
	return ds->ds_hash != NULL ? 0 : -rte_errno;
}

static void
dist_fini(struct lwkt_stage *st)
{
	struct dist_state *ds = st->st_state;

	lwkt_flowhash_destroy(ds->ds_hash);
}

int
lwkt_dispatch_buckets(const struct lwkt_stage *st, struct lwkt_bucket_stats *stats)
{
	const struct dist_state *ds = st->st_state;

	if (st->st_kind != &lwkt_stage_distribute)
		return -EINVAL;
	for (unsigned int b = 0; b < LWKT_BUCKETS; b++) {
		stats[b].bs_packets = __atomic_load_n(&ds->ds_packets[b], __ATOMIC_RELAXED);
		stats[b].bs_output = __atomic_load_n(&ds->ds_output[b], __ATOMIC_ACQUIRE); /* E22 */
		if (stats[b].bs_output == KEPT)
			stats[b].bs_output = (uint8_t)__atomic_load_n(&ds->ds_to, __ATOMIC_RELAXED);
	}
	return 0;
}

int
lwkt_dispatch_move_bucket(struct lwkt_stage *st, unsigned int bucket, unsigned int output)
{
	struct dist_move mv = {.mv_stage = st, .mv_bucket = bucket, .mv_output = output};
	int rc;

	if (st->st_kind != &lwkt_stage_distribute || bucket >= LWKT_BUCKETS ||
	    output >= st->st_nouts)
		return -EINVAL;
	rc = dist_move_begin(&mv);
	if (rc <= 0)
		return rc;
	lwkt_waitmsg(&mv.mv_fence.fe_msg, 0);
	return mv.mv_error;
}

/*
 * Dispatching
 */

/* A burst, to be sorted by output: no room for a burst of each, handlers call each other. */
struct sorted {
	uint32_t so_used; /* outputs that have some */
	uint8_t so_n[LWKT_STAGE_OUTS];
	uint8_t so_at[LWKT_STAGE_OUTS];      /* where its next one goes */
	uint8_t so_output[LWKT_STAGE_BURST]; /* of packet i, or KEPT */
	struct rte_mbuf *so_pkt[LWKT_STAGE_BURST];
};

static_assert(LWKT_STAGE_OUTS <= 32, "a bit for each output");
static_assert(KEPT >= LWKT_STAGE_OUTS, "no output");

static inline void
sort_count(struct sorted *so, unsigned int i, unsigned int output)
{
	so->so_output[i] = (uint8_t)output;
	if ((so->so_used & (1u << output)) == 0) {
		so->so_used |= 1u << output;
		so->so_n[output] = 0;
	}
	so->so_n[output]++;
}

/* All are counted: put them where they belong. */
static inline void
sort_place(struct sorted *so, struct rte_mbuf **pkts, unsigned int n)
{
	unsigned int at = 0;

	for (uint32_t used = so->so_used; used != 0; used &= used - 1) {
		unsigned int output = (unsigned int)__builtin_ctz(used);

		so->so_at[output] = (uint8_t)at;
		at += so->so_n[output];
	}
	for (unsigned int i = 0; i < n; i++)
		if (likely(so->so_output[i] != KEPT))
			so->so_pkt[so->so_at[so->so_output[i]]++] = pkts[i];
}

/* Malformed packets get bucket 0, or go and the others close ranks. Returns how many are left. */
static __rte_cold unsigned int
sort_out_malformed(
    struct lwkt_stage *st, struct rte_mbuf **pkts, const uint8_t *reasons, unsigned int n)
{
	const struct dist_state *ds = st->st_state;
	unsigned int left = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (reasons[i] != LWKT_FLOWHASH_OK && !ds->ds_pass) {
			lwkt_stage_drop(st, reasons[i] - 1u, &pkts[i], 1);
			continue;
		}
		if (reasons[i] != LWKT_FLOWHASH_OK)
			pkts[i]->hash.rss = 0; /* for us: its flag is not set */
		pkts[left++] = pkts[i];
	}
	return left;
}

static void
dist_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct dist_state *ds = st->st_state;
	uint8_t reasons[LWKT_STAGE_BURST];
	struct sorted so;

	if (unlikely(ds->ds_moving))
		dist_end_move(st);
	if (unlikely(lwkt_flowhash_burst(ds->ds_hash, pkts, n, reasons) > 0))
		n = sort_out_malformed(st, pkts, reasons, n);
	so.so_used = 0;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int bucket = lwkt_flowhash_bucket(pkts[i]->hash.rss);
		unsigned int output = ds->ds_output[bucket];

		lwkt_stage_count(&ds->ds_packets[bucket], 1);
		if (unlikely(output == KEPT)) {
			so.so_output[i] = KEPT;
			dist_keep_back(st, pkts[i]);
		} else {
			sort_count(&so, i, output);
		}
	}
	sort_place(&so, pkts, n);
	for (unsigned int at = 0; so.so_used != 0; so.so_used &= so.so_used - 1) {
		unsigned int output = (unsigned int)__builtin_ctz(so.so_used);

		lwkt_stage_emit(st, output, so.so_pkt + at, so.so_n[output]);
		at += so.so_n[output];
	}
}

static unsigned int
dist_work(struct lwkt_stage *st)
{
	const struct dist_state *ds = st->st_state;

	return unlikely(ds->ds_moving) ? dist_end_move(st) : 0;
}

/* A message takes the way of its flow's packets (K120). */
static void
dist_flow(struct lwkt_stage *st, uint32_t hash, lwkt_msg_t msg)
{
	struct dist_state *ds = st->st_state;
	unsigned int output;

	if (ds->ds_moving)
		dist_end_move(st);
	output = ds->ds_output[lwkt_flowhash_bucket(hash)];
	if (output == KEPT)
		TAILQ_INSERT_TAIL(&ds->ds_kept, msg, ms_node);
	else
		lwkt_stage_pass(st, output, msg);
}

static_assert(LWKT_STAGE_FLOWS == LWKT_BUCKETS, "the low bits are the bucket");

static void
dist_purge(struct lwkt_stage *st)
{
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	lwkt_msg_t msg;
	unsigned int n;

	do {
		while ((n = dist_take_kept(st, pkts, LWKT_STAGE_BURST)) > 0)
			lwkt_stage_purge(st, pkts, n);
		msg = dist_take_message(st);
		if (msg != NULL)
			lwkt_stage_cancel(st, msg);
	} while (msg != NULL);
}

static_assert(LWKT_FLOWHASH_REASONS - 1 <= LWKT_STAGE_DROPS, "a counter for each reason");

static const char *const malformed_words[] = {
    [LWKT_MALFORMED_DROP] = "drop", [LWKT_MALFORMED_PASS] = "pass", NULL};

static const char *const hash_words[] = {[LWKT_FLOWHASH_AUTO] = "auto",
    [LWKT_FLOWHASH_MIX] = "mix",
    [LWKT_FLOWHASH_TOEPLITZ] = "toeplitz",
    NULL};

static const char *const l2_words[] = {
    [LWKT_FLOWHASH_L2_INNER] = "inner", [LWKT_FLOWHASH_L2_OUTER] = "outer", NULL};

static const struct lwkt_param dist_params[] = {
    {.pa_name = "buckets",
        .pa_type = LWKT_PARAM_LIST,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_bucket),
        .pa_item_bytes = 1,
        .pa_count_offset = offsetof(struct lwkt_distribute_conf, dc_nbuckets),
        .pa_max = LWKT_STAGE_OUTS - 1,
        .pa_help = "output by bucket, 256 items; default: bucket modulo outputs"},
    {.pa_name = "nic_hash",
        .pa_type = LWKT_PARAM_BOOL,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_nic),
        .pa_help = "take the NIC's hash; it has our key"},
    {.pa_name = "inner",
        .pa_type = LWKT_PARAM_BOOL,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_inner),
        .pa_help = "tunnels: hash what they carry"},
    {.pa_name = "hash",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_kind),
        .pa_words = hash_words,
        .pa_help = "mix spreads any flows; toeplitz is what RSS computes; auto: toeplitz with "
                   "nic_hash, else mix"},
    {.pa_name = "seed",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_seed),
        .pa_max = UINT64_MAX,
        .pa_help = "of mix; one distribute stage behind another needs a different one"},
    {.pa_name = "l2",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_l2),
        .pa_words = l2_words,
        .pa_help = "PPPoE and MPLS: hash what they carry, or MAC addresses alone"},
    {.pa_name = "vxlan_ports",
        .pa_type = LWKT_PARAM_LIST,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_vxlan),
        .pa_item_bytes = sizeof(uint16_t),
        .pa_count_offset = offsetof(struct lwkt_distribute_conf, dc_hash.fc_nvxlan),
        .pa_max = UINT16_MAX,
        .pa_help = "UDP ports of VXLAN, with inner; 0: none; default: 4789 and 8472"},
    {.pa_name = "geneve_ports",
        .pa_type = LWKT_PARAM_LIST,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_geneve),
        .pa_item_bytes = sizeof(uint16_t),
        .pa_count_offset = offsetof(struct lwkt_distribute_conf, dc_hash.fc_ngeneve),
        .pa_max = UINT16_MAX,
        .pa_help = "UDP ports of Geneve, with inner; 0: none; default: 6081"},
    {.pa_name = "gtpu_ports",
        .pa_type = LWKT_PARAM_LIST,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_hash.fc_gtpu),
        .pa_item_bytes = sizeof(uint16_t),
        .pa_count_offset = offsetof(struct lwkt_distribute_conf, dc_hash.fc_ngtpu),
        .pa_max = UINT16_MAX,
        .pa_help = "UDP ports of GTP-U, with inner; 0: none; default: 2152"},
    {.pa_name = "malformed",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_distribute_conf, dc_malformed),
        .pa_words = malformed_words,
        .pa_help =
            "what becomes of packets whose headers cannot be right; those that pass are one flow"},
    {.pa_name = NULL},
};

static const char *const dist_counters[] = {"moves", NULL};

const struct lwkt_stage_kind lwkt_stage_distribute = {
    .sk_name = "distribute",
    .sk_state_bytes = sizeof(struct dist_state),
    .sk_check = dist_check,
    .sk_init = dist_init,
    .sk_handle = dist_handle,
    .sk_work = dist_work,
    .sk_purge = dist_purge,
    .sk_flow = dist_flow,
    .sk_fini = dist_fini,
    .sk_drop_names = lwkt_flowhash_reasons,
    .sk_counter_names = dist_counters,
    .sk_params = dist_params,
    .sk_conf_bytes = sizeof(struct lwkt_distribute_conf),
    .sk_min_outs = 1,
    .sk_serve_port = true,
    .sk_plain = true,
};

/*
 * Telemetry: an output's share of the buckets, and what has passed these
 */

static void
dist_tell(struct lwkt_tel_page *tp, const struct lwkt_stage *st)
{
	struct lwkt_bucket_stats bs[LWKT_BUCKETS];
	uint64_t packets[LWKT_STAGE_OUTS] = {0};
	unsigned int buckets[LWKT_STAGE_OUTS] = {0};

	if (lwkt_dispatch_buckets(st, bs) < 0)
		return;
	for (unsigned int b = 0; b < LWKT_BUCKETS; b++) {
		packets[bs[b].bs_output] += bs[b].bs_packets;
		buckets[bs[b].bs_output]++;
	}
	for (unsigned int o = 0; o < st->st_nouts; o++) {
		struct rte_tel_data *entry = lwkt_tel_entry(tp);

		if (entry == NULL)
			continue;
		rte_tel_data_add_dict_string(entry, "pipeline", tp->tp_pipeline);
		rte_tel_data_add_dict_string(entry, "stage", st->st_name);
		rte_tel_data_add_dict_string(entry, "to", st->st_out[o].ed_to->st_name);
		lwkt_tel_add_uint(entry, "output", o);
		lwkt_tel_add_uint(entry, "lcore", st->st_out[o].ed_to->st_lcore);
		lwkt_tel_add_uint(entry, "buckets", buckets[o]);
		lwkt_tel_add_uint(entry, "packets", packets[o]);
	}
}

static void
dist_tell_all(struct lwkt_tel_page *tp, const struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++)
		dist_tell(tp, lwkt_pipeline_stage(pl, i));
}

static int
dist_telemetry(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	(void)cmd;
	return lwkt_tel_list(reply, params, dist_tell_all);
}

RTE_INIT(dist_telemetry_init)
{
	rte_telemetry_register_cmd("/lwkt/balance", dist_telemetry,
	    "Outputs of distributors with their buckets. Parameters: first entry");
}
