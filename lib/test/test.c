/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline under test on the main lcore: made, stepped, disturbed, and looked at.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include <lwkt_clock.h>
#include <lwkt_cpu.h>
#include <lwkt_log.h>
#include <lwkt_pktmsg.h>

#include "test_pvt.h"

#define MBUFS 4095

/* An end, by its row; ends whose lists are the test's own, and of others, by their confs. */
struct end {
	struct lwkt_frames *en_frames; /* NULL: this row is no end */
	bool en_own;
	struct lwkt_test_in_conf en_in;
	struct lwkt_test_out_conf en_out;
};

struct lwkt_test {
	struct lwkt_pipeline *te_pipeline;
	struct rte_mempool *te_pool;
	bool te_own_pool;
	struct end *te_end; /* [te_nrows] */
	unsigned int te_nrows;
	void **te_hoard; /* mbufs that are kept from the others: [te_pool's size] */
	unsigned int te_nhoard;
};

int
lwkt_test_begin(void)
{
	static char args[][24] = {"lwkt_test", "--lcores=0@0", "--no-huge", "-m", "64", "--no-pci",
	    "--no-shconf", "--no-telemetry", "--log-level=4", "--file-prefix=lwkt-test"};
	char *argv[RTE_DIM(args) + 1] = {NULL};
	cpu_set_t allowed;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
			cpu++;
	snprintf(args[1], sizeof(args[1]), "--lcores=0@%d", cpu);
	for (unsigned int i = 0; i < RTE_DIM(args); i++)
		argv[i] = args[i];
	if (rte_eal_init(RTE_DIM(args), argv) < 0)
		return -rte_errno;
	return lwkt_init(NULL);
}

int
lwkt_test_end(void)
{
	lwkt_fini();
	return rte_eal_cleanup();
}

static int
test_pool(struct lwkt_test *t, const struct lwkt_test_opts *opts)
{
	static unsigned int number;
	char name[RTE_MEMPOOL_NAMESIZE];

	t->te_pool = opts->to_pool;
	if (t->te_pool == NULL) {
		snprintf(name, sizeof(name), "lwkt_test%u", number++);
		t->te_pool = lwkt_pktmbuf_pool_create(
		    name, MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
		t->te_own_pool = true;
	}
	if (t->te_pool == NULL)
		return -rte_errno;
	t->te_hoard = calloc(t->te_pool->size, sizeof(*t->te_hoard));
	return t->te_hoard != NULL ? 0 : -ENOMEM;
}

/* A row as it runs here. */
static int
test_row(struct lwkt_test *t, struct lwkt_stage_row *row, struct end *en,
    const struct lwkt_test_opts *opts)
{
	bool in = row->sr_kind == &lwkt_test_in;

	row->sr_lcore = rte_lcore_id();
	for (unsigned int o = 0; o < LWKT_STAGE_OUTS; o++)
		row->sr_edge[o] = (struct lwkt_edge_conf){0};
	if (!in && row->sr_kind != &lwkt_test_out)
		return 0;
	if (row->sr_conf != NULL) {
		en->en_frames = in ? ((const struct lwkt_test_in_conf *)row->sr_conf)->ic_frames
		                   : ((const struct lwkt_test_out_conf *)row->sr_conf)->oc_frames;
		return 0;
	}
	en->en_frames = lwkt_frames_create();
	if (en->en_frames == NULL)
		return -ENOMEM;
	en->en_own = true;
	en->en_in = (struct lwkt_test_in_conf){en->en_frames, t->te_pool, opts->to_segment};
	en->en_out.oc_frames = en->en_frames;
	row->sr_conf = in ? (const void *)&en->en_in : &en->en_out;
	return 0;
}

static int
test_start(
    struct lwkt_test *t, const struct lwkt_stage_row *rows, const struct lwkt_test_opts *opts)
{
	const struct lwkt_pipeline_opts po = {.po_window = opts->to_window};
	struct lwkt_stage_row *mine = calloc(t->te_nrows, sizeof(*mine));
	int rc = mine != NULL ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < t->te_nrows && rc == 0; i++) {
		mine[i] = rows[i];
		rc = test_row(t, &mine[i], &t->te_end[i], opts);
	}
	if (rc == 0) {
		t->te_pipeline = lwkt_pipeline_create("test", mine, t->te_nrows);
		rc = t->te_pipeline != NULL ? 0 : -rte_errno;
	}
	free(mine);
	if (rc == 0)
		rc = lwkt_pipeline_configure(t->te_pipeline, &po);
	if (rc == 0)
		rc = seen_watch(t->te_pipeline);
	return rc == 0 ? lwkt_pipeline_start(t->te_pipeline, LWKT_IDLE_POLL) : rc;
}

static void
test_free(struct lwkt_test *t)
{
	lwkt_pipeline_destroy(t->te_pipeline);
	for (unsigned int i = 0; i < t->te_nrows && t->te_end != NULL; i++)
		if (t->te_end[i].en_own)
			lwkt_frames_destroy(t->te_end[i].en_frames);
	if (t->te_own_pool)
		rte_mempool_free(t->te_pool);
	free(t->te_end);
	free(t->te_hoard);
	free(t);
}

struct lwkt_test *
lwkt_test_create(
    const struct lwkt_stage_row *rows, unsigned int nrows, const struct lwkt_test_opts *opts)
{
	static const struct lwkt_test_opts defaults;
	struct lwkt_test *t = calloc(1, sizeof(*t));
	int rc = -ENOMEM;

	lwkt_test_advance(0);
	if (t != NULL) {
		t->te_nrows = nrows;
		t->te_end = calloc(nrows, sizeof(*t->te_end));
		if (t->te_end != NULL)
			rc = seen_register();
		if (rc == 0)
			rc = test_pool(t, opts != NULL ? opts : &defaults);
		if (rc == 0)
			rc = test_start(t, rows, opts != NULL ? opts : &defaults);
		if (rc == 0)
			return t;
		test_free(t);
	}
	rte_errno = -rc;
	return NULL;
}

struct lwkt_test *
lwkt_test_kind(const struct lwkt_stage_kind *kind, const void *conf, unsigned int nouts,
    const struct lwkt_test_opts *opts)
{
	struct lwkt_stage_row rows[LWKT_STAGE_OUTS + 2] = {
	    {.sr_name = "kind", .sr_kind = kind, .sr_conf = conf},
	    {.sr_name = "in", .sr_kind = &lwkt_test_in, .sr_out = {"kind"}},
	};
	unsigned int first = kind->sk_poll != NULL ? 1 : 2;
	char names[LWKT_STAGE_OUTS][8];

	if (nouts > LWKT_STAGE_OUTS)
		lwkt_panic("lwkt_test_kind: %u outputs, the most is %u", nouts, LWKT_STAGE_OUTS);
	for (unsigned int o = 0; o < nouts; o++) {
		snprintf(names[o], sizeof(names[o]), "out%hhu", (unsigned char)o);
		rows[0].sr_out[o] = names[o];
		rows[first + o] =
		    (struct lwkt_stage_row){.sr_name = names[o], .sr_kind = &lwkt_test_out};
	}
	return lwkt_test_create(rows, first + nouts, opts);
}

/* Looking */

static struct lwkt_stage *
test_stage(const struct lwkt_test *t, const char *name)
{
	struct lwkt_stage *st = lwkt_pipeline_find(t->te_pipeline, name);

	if (st == NULL)
		lwkt_panic("lwkt_test: no stage '%s'", name);
	return st;
}

struct lwkt_frames *
lwkt_test_frames(struct lwkt_test *t, const char *name)
{
	const struct lwkt_stage *st = test_stage(t, name);
	unsigned int i = 0;

	while (lwkt_pipeline_stage(t->te_pipeline, i) != st)
		i++;
	if (t->te_end[i].en_frames == NULL)
		lwkt_panic("lwkt_test_frames: stage %s is of kind %s, which has no frames", name,
		    st->st_kind->sk_name);
	return t->te_end[i].en_frames;
}

struct lwkt_pipeline *
lwkt_test_pipeline(struct lwkt_test *t)
{
	return t->te_pipeline;
}

uint64_t
lwkt_test_drops(const struct lwkt_test *t, const char *name, const char *reason)
{
	const struct lwkt_stage *st = test_stage(t, name);
	const char *const *names = st->st_kind->sk_drop_names;
	struct lwkt_stage_stats ss;
	bool known = reason == NULL;
	uint64_t n = 0;

	lwkt_stage_stats(st, &ss);
	for (unsigned int d = 0; names != NULL && names[d] != NULL; d++)
		if (reason == NULL || strcmp(reason, names[d]) == 0) {
			n += ss.ss_dropped[d];
			known = true;
		}
	if (!known)
		lwkt_panic("lwkt_test_drops: kind %s of stage %s has no reason '%s'",
		    st->st_kind->sk_name, name, reason);
	return n;
}

uint64_t
lwkt_test_held(const struct lwkt_test *t, const char *name)
{
	struct lwkt_stage_stats ss;

	lwkt_stage_stats(test_stage(t, name), &ss);
	return ss.ss_held;
}

/* Going on */

unsigned int
lwkt_test_step(struct lwkt_test *t)
{
	return lwkt_pipeline_round(t->te_pipeline);
}

unsigned int
lwkt_test_run(struct lwkt_test *t)
{
	unsigned int idle = 0, n = 0;

	/* A source that was out of credits looks again some rounds later. */
	for (unsigned int i = 0; i < LWKT_TEST_ROUNDS && idle < 64; i++) {
		if (lwkt_test_step(t) > 0) {
			idle = 0;
			n++;
		} else {
			idle++;
		}
	}
	return n;
}

void
lwkt_test_advance(uint64_t ns)
{
	uint64_t hz = rte_get_tsc_hz(), more = ns / NS_PER_S * hz + ns % NS_PER_S * hz / NS_PER_S;

	__atomic_store_n(&lwkt_clock_held, lwkt_clock() + more, __ATOMIC_RELAXED);
}

void
lwkt_test_full(struct lwkt_test *t, const char *name, bool full)
{
	struct lwkt_stage *st = test_stage(t, name);

	if (st->st_kind != &lwkt_test_out)
		lwkt_panic("lwkt_test_full: stage %s is of kind %s, not test_out", name,
		    st->st_kind->sk_name);
	out_full(st, full);
}

void
lwkt_test_mbufs(struct lwkt_test *t, unsigned int left)
{
	while (t->te_nhoard > 0 && rte_mempool_avail_count(t->te_pool) < left)
		rte_mempool_put(t->te_pool, t->te_hoard[--t->te_nhoard]);
	while (rte_mempool_avail_count(t->te_pool) > left &&
	       rte_mempool_get(t->te_pool, &t->te_hoard[t->te_nhoard]) == 0)
		t->te_nhoard++;
}

/* The verdict */

static void
test_judge(struct lwkt_test *t, char *why, size_t bytes)
{
	const struct lwkt_stage *st;
	unsigned int away;

	for (unsigned int i = 0; (st = lwkt_pipeline_stage(t->te_pipeline, i)) != NULL; i++) {
		int64_t lost = lwkt_stage_lost(st);

		if (lost != 0) {
			snprintf(why, bytes, "stage %s (kind %s) has %s %" PRId64 " packets",
			    st->st_name, st->st_kind->sk_name, lost > 0 ? "lost" : "let go twice",
			    lost > 0 ? lost : -lost);
			return;
		}
	}
	away = seen_away(t->te_pool, t->te_pipeline, &st);
	if (away > 0)
		snprintf(why, bytes,
		    "%u mbufs are not back in their pool; one was seen last at stage %s", away,
		    st != NULL ? st->st_name : "none");
}

int
lwkt_test_finish(struct lwkt_test *t, char *why, size_t bytes)
{
	int rc;

	why[0] = '\0';
	lwkt_test_mbufs(t, UINT32_MAX);
	rc = lwkt_pipeline_stop(t->te_pipeline);
	test_judge(t, why, bytes);
	if (why[0] == '\0' && rc < 0)
		snprintf(why, bytes, "packets are held that never came to a stage again");
	test_free(t);
	return why[0] == '\0' ? 0 : -EBADMSG;
}
