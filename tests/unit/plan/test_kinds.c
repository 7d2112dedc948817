/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The account of every kind of stage that there is, with every policy (contract N93):
 *
 *      source (1) ──▶ the kind (2) ──▶ sink (3), slow
 *
 * Both outputs have the policy that is tried. Whenever all stand still, received = transmitted +
 * consumed + dropped + held, to the packet, and in the end nothing is held. The pipelines are made
 * from files; a kind that is not in the table below fails the test.
 */
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>

#include <lwkt_plan.h>
#include <lwkt_stages.h>

#include "tools.h"

#define PACKETS 600
#define DEVICE  "net_null0"

/* How a kind is tried: what it is told, and how often its way on is to be given. */
struct kind_case {
	const char *kc_kind, *kc_params;
	unsigned int kc_outs;
	const char *kc_first; /* the kind before it, on the same CPU as the source; NULL: none */
};

static const struct kind_case cases[] = {
    {"check", "", 0, NULL},
    {"counter", "", 1, NULL},
    {"distribute", "", 1, NULL},
    {"ethdev_rx", "ethdev: n", 1, NULL}, /* in the source's place */
    {"ethdev_tx", "ethdev: n", 0, NULL},
    {"l2fwd", "routes: [0], mac_updating: no", 1, NULL},
    {"gro", "", 1, NULL},
    {"gso", "", 1, NULL},
    {"ipfrag", "", 1, NULL},
    {"reassemble", "", 1, NULL},
    {"l2switch", "ports: [0, 1, 2]", 3, NULL},
    {"meter", "cir: 1000000, cbs: 4000, ebs: 4000, yellow: pass", 1, NULL},
    {"mirror", "every: 3", 2, NULL},
    {"reorder", "timeout_us: 100", 1, "sequence"},
    {"route", "gateway: 02:00:00:00:00:01, address: 10.0.0.1", 1, NULL},
    {"sequence", "", 1, NULL},
    {"sink", "cost_ns: 1000", 0, NULL},
    {"source", "pool: acc", 1, NULL}, /* the same */
    {"vlan", "action: push, vlan: 5", 1, NULL},
};

static const char *const messages[] = {"packet", "vector"};
static const char *const policies[] = {"credit", "tail", "oldest"};

static const struct kind_case *
case_of(const char *kind)
{
	for (unsigned int i = 0; i < RTE_DIM(cases); i++)
		if (strcmp(cases[i].kc_kind, kind) == 0)
			return &cases[i];
	return NULL;
}

static bool
is_source(const struct kind_case *kc)
{
	return lwkt_stage_kind_find(kc->kc_kind)->sk_poll != NULL;
}

static bool
needs_ethdev(const struct kind_case *kc)
{
	return strstr(kc->kc_params, "ethdev:") != NULL || strstr(kc->kc_params, "routes:") != NULL;
}

/* The file: stages a, perhaps b, k and s. */
static void
write_file(FILE *f, const struct kind_case *kc, const char *message, const char *policy)
{
	char out[64];

	snprintf(out, sizeof(out), "message: %s, overflow: %s, limit: 64", message, policy);
	fprintf(f, "pipeline: {name: p, window: 256}\n");
	if (needs_ethdev(kc))
		fprintf(f, "ethdevs: [{name: n, device: " DEVICE ", rxd: 64, txd: 64}]\n");
	fprintf(f, "stages:\n  - {name: s, kind: sink, cpu: 3, params: {cost_ns: 2000}}\n");
	if (is_source(kc)) {
		fprintf(f,
		    "  - {name: k, kind: %s, cpu: 1, params: {%s}, outputs: [{to: s, %s}]}\n",
		    kc->kc_kind, kc->kc_params, out);
		return;
	}
	fprintf(f, "  - {name: a, kind: source, cpu: 1, params: {pool: acc, burst: 16, flows: 7}");
	if (kc->kc_first != NULL)
		fprintf(f, ", outputs: [b]}\n  - {name: b, kind: %s, cpu: 1", kc->kc_first);
	fprintf(f, ", outputs: [{to: k, %s}]}\n  - {name: k, kind: %s, cpu: 2, params: {%s}", out,
	    kc->kc_kind, kc->kc_params);
	for (unsigned int o = 0; o < kc->kc_outs; o++)
		fprintf(f, "%s{to: s, %s}", o == 0 ? ", outputs: [" : ", ", out);
	fprintf(f, kc->kc_outs > 0 ? "]}\n" : "}\n");
	if (kc->kc_outs == 0) /* so that the sink has something */
		fprintf(f,
		    "  - {name: c, kind: source, cpu: 2, params: {pool: acc}, "
		    "outputs: [{to: s, %s}]}\n",
		    out);
}

static struct lwkt_pipeline_file *
file_of(const struct kind_case *kc, const char *message, const char *policy)
{
	char text[2048];
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct lwkt_pipeline_file *file;

	write_file(f, kc, message, policy);
	fclose(f);
	file = lwkt_pipeline_file_parse(kc->kc_kind, text, strlen(text));
	cr_assert_not_null(file, "%s", text);
	return file;
}

/* @return the account in the end. */
static struct lwkt_account
run(const struct kind_case *kc, const char *message, const char *policy)
{
	struct lwkt_pipeline_file *file = file_of(kc, message, policy);
	struct lwkt_pipeline *pl;
	struct lwkt_account ac;

	if (needs_ethdev(kc)) /* closing the file closes it */
		cr_assert_eq(rte_eal_hotplug_add("vdev", DEVICE, "copy=0"), 0);
	pl = lwkt_pipeline_file_create(file);
	cr_assert_not_null(pl, "%s, %s, %s", kc->kc_kind, message, policy);
	cr_assert_eq(lwkt_pipeline_limit(pl, PACKETS), 0);
	ac = run_audited(pl, PACKETS);
	cr_expect_eq(ac.ac_received, ac.ac_transmitted + ac.ac_consumed + ac.ac_dropped,
	    "%s, %s, %s", kc->kc_kind, message, policy);
	lwkt_pipeline_file_stop(file);
	lwkt_pipeline_file_close(file);
	cr_expect_eq(lwkt_pipeline_file_mbufs_in_use(file), 0);
	lwkt_pipeline_file_destroy(file);
	if (needs_ethdev(kc))
		rte_eal_hotplug_remove("vdev", DEVICE);
	return ac;
}

static void
try_all(const char *policy)
{
	struct rte_mempool *pool =
	    lwkt_pktmbuf_pool_create("acc", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	cr_assert_not_null(pool);
	for (unsigned int i = 0; lwkt_stage_kind_at(i) != NULL; i++) {
		const char *kind = lwkt_stage_kind_at(i)->sk_name;
		const struct kind_case *kc = case_of(kind);

		cr_assert_not_null(kc, "kind %s is not tried here; say how", kind);
		for (unsigned int m = 0; m < RTE_DIM(messages); m++) {
			struct lwkt_account ac = run(kc, messages[m], policy);

			if (strcmp(policy, "credit") == 0 && strcmp(kind, "meter") != 0)
				cr_expect_eq(ac.ac_dropped, 0, "%s loses packets", kind);
		}
	}
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
}

#define NULL_DEVICE .te_eal = {"-d", "librte_net_null.so"}

LWKT_TEST_ENV(kinds, N93_each_kind_accounts_where_sources_wait, NULL_DEVICE)
{
	try_all(policies[0]);
}

LWKT_TEST_ENV(kinds, N93_each_kind_accounts_where_the_newest_are_dropped, NULL_DEVICE)
{
	try_all(policies[1]);
}

LWKT_TEST_ENV(kinds, N93_each_kind_accounts_where_the_oldest_are_dropped, NULL_DEVICE)
{
	try_all(policies[2]);
}
