/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every kind with every parameter at, below and above its limits, zero, and of another type: what
 * the check of a file accepts starts and runs, and what cannot start the check refuses.
 * Limit: FLOW_ID_MAX, LWKT_L2SWITCH_TABLE_MAX, LWKT_METER_CIR_MAX, LWKT_REORDER_WINDOW_MAX,
 * LWKT_VLAN_MAX
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <lwkt_pktmsg.h>

#include "config_world.h"
#include "test.h"

#define DEVICE  "net_null7"
#define PACKETS 64

struct range_case {
	const char *rc_kind;
	const char *rc_params; /* what a file has to say at least, or what is said besides */
	unsigned int rc_outs;
};

static const struct range_case cases[] = {
    {"check", "", 0},
    {"counter", "", 1},
    {"distribute", "", 2},
    {"ethdev_rx", "ethdev: n", 1},
    {"ethdev_tx", "ethdev: n", 0},
    {"gro", "", 1},
    {"gso", "", 1},
    {"ipfrag", "", 1},
    {"l2fwd", "mac_updating: no", 1},
    {"l2switch", "ports: [0, 1]", 2},
    {"meter", "cir: 1000000, cbs: 4000", 1},
    {"mirror", "", 2},
    {"reassemble", "", 1},
    {"reorder", "", 1},
    {"route", "gateway: 02:00:00:00:00:01", 1},
    {"sequence", "", 1},
    {"sink", "", 0},
    {"source", "pool: acc", 1},
    {"vlan", "action: push, vlan: 5", 1},
};

/* Parameters that only together cannot be. */
static const struct range_case together[] = {
    {"check", "flows: 2, first_flow: 4294967295", 0},
    {"distribute", "inner: yes, geneve_ports: [4789]", 2},
    {"distribute", "inner: yes, vxlan_ports: [0], geneve_ports: [4789]", 2},
    {"distribute", "hash: mix, nic_hash: yes", 2},
    {"l2switch", "ports: [0, 0]", 2},
    {"l2switch", "ports: [0]", 2},
    {"l2switch", "ports: [0, 1], pool: nobody", 2},
    {"l2switch", "", 2},
    {"meter", "cir: 1, cbs: 0", 1},
    {"meter", "cir: 1, cbs: 0, ebs: 2000", 1},
    {"meter", "cir: 1, cbs: 1", 1},
    {"meter", "cir: 1000, cbs: 4000, red: divert", 1},
    {"meter", "cir: 1000, cbs: 4000, yellow: divert", 1},
    {"meter", "cir: 1000, cbs: 4000, red: divert", 2},
    {"reorder", "window: 1000", 1},
    {"reorder", "window: 65535", 1},
    {"source", "pool: acc, size: 2049", 1},
    {"source", "pool: acc, flows: 2, first_flow: 16777215", 1},
    {"source", "pool: acc, flows: 1, first_flow: 16777215", 1},
    {"vlan", "action: push, vlan: 5, from: 6", 1},
    {"vlan", "action: push, vlan: 5", 2},
    {"vlan", "action: pop, vlan: 5, pcp: 3", 1},
    {"vlan", "action: translate, vlan: 5", 1},
    {"vlan", "action: translate, vlan: 5, from: 6", 2},
};

static bool
is_source(const char *kind)
{
	return lwkt_stage_kind_find(kind)->sk_poll != NULL;
}

static bool
needs_ethdev(const char *params)
{
	return strstr(params, "ethdev:") != NULL;
}

/* a ─ n ─ k ─ s0, s1, ...; or k is the source. */
static void
write_file(FILE *f, const char *kind, const char *params, unsigned int outs)
{
	fprintf(f, "pipeline: {name: p}\npool: {cache: 32}\n");
	if (needs_ethdev(params))
		fprintf(f, "ethdevs: [{name: n, device: " DEVICE ", rxd: 64, txd: 64}]\n");
	fprintf(f, "stages:\n");
	if (!is_source(kind))
		fprintf(f,
		    "  - {name: a, kind: source, cpu: 1, params: {pool: acc}, outputs: [n]}\n"
		    "  - {name: n, kind: sequence, cpu: 1, outputs: [k]}\n");
	for (unsigned int o = 0; o < outs; o++)
		fprintf(f, "  - {name: s%u, kind: sink, cpu: 2}\n", o);
	fprintf(f, "  - {name: k, kind: %s, cpu: 1, params: {%s}, outputs: [", kind, params);
	for (unsigned int o = 0; o < outs; o++)
		fprintf(f, "%ss%u", o > 0 ? ", " : "", o);
	fprintf(f, "]}\n");
}

/* For a moment. */
static void
run_moment(struct lwkt_pipeline *pl)
{
	struct lwkt_account ac;

	cr_expect_eq(lwkt_pipeline_limit(pl, PACKETS), 0);
	cr_expect_eq(lwkt_pipeline_start(pl, LWKT_IDLE_YIELD), 0);
	for (unsigned int i = 0; i < 50; i++) {
		usleep(100);
		test_relax();
		lwkt_pipeline_account(pl, &ac);
		if (ac.ac_received >= PACKETS)
			break;
	}
	cr_expect_eq(lwkt_pipeline_drain(pl, 20000), 0);
	cr_expect_eq(lwkt_pipeline_stop(pl), 0);
}

/* @return whether it has started. */
static bool
try_file(const char *kind, const char *params, unsigned int outs)
{
	char text[8192];
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct lwkt_pipeline_file *file;
	struct lwkt_pipeline *pl = NULL;
	int rc = -EINVAL, error;
	const char *log;

	write_file(f, kind, params, outs);
	fclose(f);
	if (needs_ethdev(params))
		cr_assert_eq(rte_eal_hotplug_add("vdev", DEVICE, "copy=0"), 0);
	test_log_begin();
	file = lwkt_pipeline_file_parse(kind, text, strlen(text));
	if (file != NULL) {
		rc = lwkt_pipeline_file_check(file, NULL);
		pl = lwkt_pipeline_file_create(file);
	}
	error = rte_errno;
	log = test_log_end();
	cr_expect((rc == 0) == (pl != NULL) || (file != NULL && error == ENOMEM),
	    "%s {%s}, %u outputs: the check says %d, the start %d: %s", kind, params, outs, rc,
	    error, log);
	if (pl != NULL)
		run_moment(pl);
	lwkt_pipeline_file_destroy(file);
	if (needs_ethdev(params))
		rte_eal_hotplug_remove("vdev", DEVICE);
	return pl != NULL;
}

static const struct range_case *
case_of(const char *kind)
{
	for (unsigned int i = 0; i < RTE_DIM(cases); i++)
		if (strcmp(cases[i].rc_kind, kind) == 0)
			return &cases[i];
	return NULL;
}

/* The case's parameters, with another value for one of them. */
static void
try_value(const struct range_case *rc, const struct lwkt_param *pa, const char *value)
{
	char params[4096], key[64], base[256], *at;
	size_t n;

	snprintf(base, sizeof(base), "%s", rc->rc_params);
	snprintf(key, sizeof(key), "%s:", pa->pa_name);
	at = strstr(base, key);
	if (at != NULL) { /* take it out: up to the comma behind its value */
		n = strcspn(at, "[,");
		if (at[n] == '[')
			n = strcspn(at, "]") + 1;
		n += strspn(at + n, ", ");
		memmove(at, at + n, strlen(at + n) + 1);
	}
	n = strlen(base);
	while (n > 0 && (base[n - 1] == ' ' || base[n - 1] == ','))
		base[--n] = '\0';
	snprintf(params, sizeof(params), "%s%s%s %s", base, n > 0 ? ", " : "", key, value);
	try_file(rc->rc_kind, params, rc->rc_outs);
}

static void
try_number(const struct range_case *rc, const struct lwkt_param *pa, uint64_t value)
{
	char text[32];
	bool list = pa->pa_type == LWKT_PARAM_LIST;

	snprintf(text, sizeof(text), list ? "[%llu]" : "%llu", (unsigned long long)value);
	try_value(rc, pa, text);
}

static void
try_long_list(const struct range_case *rc, const struct lwkt_param *pa, unsigned int n)
{
	char text[2048] = "[";

	for (unsigned int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u",
		    i > 0 ? ", " : "", i % 2);
	strcat(text, "]");
	try_value(rc, pa, text);
}

static void
try_param(const struct range_case *rc, const struct lwkt_param *pa)
{
	static const char *const strange[] = {"nonsense", "-1", "1.5", "''", "[]", "{}", "yes", "7",
	    "ff:ff:ff:ff:ff:ff", "averylongwordthatisnokeyandnonameofanythinginthisfileoranother",
	    "18446744073709551616"};

	for (unsigned int i = 0; i < RTE_DIM(strange); i++)
		try_value(rc, pa, strange[i]);
	for (unsigned int i = 0; pa->pa_words != NULL && pa->pa_words[i] != NULL; i++)
		try_value(rc, pa, pa->pa_words[i]);
	try_number(rc, pa, 0);
	try_number(rc, pa, pa->pa_min);
	try_number(rc, pa, pa->pa_max);
	try_number(rc, pa, pa->pa_min - 1);
	try_number(rc, pa, pa->pa_max + 1);
	if (pa->pa_type == LWKT_PARAM_LIST) {
		try_long_list(rc, pa, rc->rc_outs);
		try_long_list(rc, pa, (unsigned int)(pa->pa_bytes / pa->pa_item_bytes));
		try_long_list(rc, pa, (unsigned int)(pa->pa_bytes / pa->pa_item_bytes) + 1);
	}
}

static void
with_pool(void (*fn)(const struct range_case *), const struct range_case *rc, unsigned int n)
{
	struct rte_mempool *pool =
	    lwkt_pktmbuf_pool_create("acc", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	cr_assert_not_null(pool);
	for (unsigned int i = 0; i < n; i++)
		fn(&rc[i]);
	cr_expect_eq(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
}

static void
try_params(const struct range_case *rc)
{
	const struct lwkt_param *pa = lwkt_stage_kind_find(rc->rc_kind)->sk_params;

	for (; pa != NULL && pa->pa_name != NULL; pa++)
		try_param(rc, pa);
}

static void
try_outputs(const struct range_case *rc)
{
	cr_expect(try_file(rc->rc_kind, rc->rc_params, rc->rc_outs), "%s", rc->rc_kind);
	for (unsigned int outs = 0; outs <= 3; outs++)
		try_file(rc->rc_kind, rc->rc_params, outs);
	try_file(rc->rc_kind, rc->rc_params, LWKT_STAGE_OUTS);
	try_file(rc->rc_kind, rc->rc_params, LWKT_STAGE_OUTS + 1);
}

static void
try_together(const struct range_case *rc)
{
	try_file(rc->rc_kind, rc->rc_params, rc->rc_outs);
}

#define DRIVER .te_eal = {"-d", "librte_net_null.so"}

LWKT_TEST_ENV(kinds_range, N94_what_the_check_accepts_starts_with_any_parameter, DRIVER)
{
	with_pool(try_params, cases, RTE_DIM(cases));
}

/* Limit: LWKT_STAGE_OUTS */
LWKT_TEST_ENV(kinds_range, N94_what_the_check_accepts_starts_with_any_number_of_outputs, DRIVER)
{
	for (unsigned int i = 0; lwkt_stage_kind_at(i) != NULL; i++)
		cr_expect_not_null(case_of(lwkt_stage_kind_at(i)->sk_name), "a case for kind %s",
		    lwkt_stage_kind_at(i)->sk_name);
	with_pool(try_outputs, cases, RTE_DIM(cases));
}

LWKT_TEST_ENV(kinds_range, N94_what_the_check_accepts_starts_with_parameters_together, DRIVER)
{
	with_pool(try_together, together, RTE_DIM(together));
}
