/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Can a row of a table be a stage? What its kind's parameters allow, how many outputs it has, what
 * the kind itself says, and the limits of what can be wired. A pipeline file is checked by the same
 * functions as a table that a pipeline is made of, so that one says no where the other does.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "stage_pvt.h"
#include "wire_pvt.h"

int
stage_find_row(const struct lwkt_stage_row *rows, unsigned int nrows, const char *name)
{
	for (unsigned int i = 0; i < nrows; i++)
		if (strcmp(rows[i].sr_name, name) == 0)
			return (int)i;
	return -1;
}

/*
 * Parameters
 */

static uint64_t
read_uint(const void *conf, size_t offset, size_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, (const char *)conf + offset, bytes); /* little-endian */
	return value;
}

static unsigned int
count_words(const char *const *words)
{
	unsigned int n = 0;

	while (words != NULL && words[n] != NULL)
		n++;
	return n;
}

/* 0 stands for the default, and the largest numbers for words. */
static bool
is_within(const struct lwkt_param *pa, uint64_t value, size_t bytes)
{
	uint64_t largest = UINT64_MAX >> (64 - 8 * bytes);

	return (value == 0 && pa->pa_type == LWKT_PARAM_UINT) || value == pa->pa_default ||
	       largest - value < count_words(pa->pa_words) ||
	       (value >= pa->pa_min && value <= pa->pa_max);
}

static int
check_number(const struct lwkt_param *pa, uint64_t value, size_t size, char *why, size_t bytes)
{
	if (is_within(pa, value, size))
		return 0;
	snprintf(why, bytes, "%s: %" PRIu64 " is out of range; write %" PRIu64 " to %" PRIu64,
	    pa->pa_name, value, pa->pa_min, pa->pa_max);
	return -EINVAL;
}

static int
check_list(const struct lwkt_param *pa, const void *conf, char *why, size_t bytes)
{
	unsigned int n;
	int rc = 0;

	memcpy(&n, (const char *)conf + pa->pa_count_offset, sizeof(n));
	if (n > pa->pa_bytes / pa->pa_item_bytes) {
		snprintf(why, bytes, "%s: %u items; write at most %zu", pa->pa_name, n,
		    pa->pa_bytes / pa->pa_item_bytes);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < n && rc == 0; i++)
		rc = check_number(pa,
		    read_uint(conf, pa->pa_offset + i * pa->pa_item_bytes, pa->pa_item_bytes),
		    pa->pa_item_bytes, why, bytes);
	return rc;
}

static int
check_param(const struct lwkt_param *pa, const void *conf, char *why, size_t bytes)
{
	uint64_t value;

	switch (pa->pa_type) {
	case LWKT_PARAM_UINT:
		return check_number(
		    pa, read_uint(conf, pa->pa_offset, pa->pa_bytes), pa->pa_bytes, why, bytes);
	case LWKT_PARAM_ENUM:
		value = read_uint(conf, pa->pa_offset, pa->pa_bytes);
		if (value < count_words(pa->pa_words))
			return 0;
		snprintf(why, bytes, "%s: there is no choice %" PRIu64 "; write one of %u",
		    pa->pa_name, value, count_words(pa->pa_words));
		return -EINVAL;
	case LWKT_PARAM_LIST:
		return check_list(pa, conf, why, bytes);
	default:
		return 0;
	}
}

/*
 * What a kind may ask
 */

int
lwkt_stage_view_pool(const struct lwkt_stage_view *view, struct rte_mempool *given,
    const char *name, char *why, size_t bytes)
{
	if (given == NULL && name[0] == '\0')
		return 0;
	for (unsigned int i = 0; given == NULL && i < view->sv_npools; i++)
		if (strcmp(view->sv_pools[i].np_name, name) == 0)
			return (int)view->sv_pools[i].np_room;
	if (given == NULL && rte_lcore_count() == 0) /* EAL is not up: who makes the pool knows */
		return UINT16_MAX;
	if (given == NULL)
		given = rte_mempool_lookup(name);
	if (given == NULL) {
		snprintf(why, bytes,
		    "pool: there is no pool named %s; make it first, with "
		    "lwkt_pktmbuf_pool_create(), or write the name of another",
		    name);
		return -ENOENT;
	}
	if (rte_pktmbuf_priv_size(given) < sizeof(struct lwkt_msg)) {
		snprintf(why, bytes,
		    "pool: the mbufs of %s have no room for a message; make it with "
		    "lwkt_pktmbuf_pool_create()",
		    given->name);
		return -EINVAL;
	}
	return rte_pktmbuf_data_room_size(given) - RTE_PKTMBUF_HEADROOM;
}

/* Which stage of a kind has a packet passed last? A row's number from 1; or: */
#define NOBODY_KNOWS 0
#define NONE_OR_MANY UINT32_MAX

/* What it is for packets that leave row i. */
static uint32_t
label_behind(const struct lwkt_stage_row *rows, const uint32_t *label, unsigned int i,
    const struct lwkt_stage_kind *kind)
{
	if (rows[i].sr_kind == kind)
		return i + 1;
	return rows[i].sr_kind->sk_poll != NULL ? NONE_OR_MANY : label[i];
}

static bool
spread_label(const struct lwkt_stage_view *view, uint32_t *label, unsigned int i, uint32_t behind)
{
	const struct lwkt_stage_row *row = &view->sv_rows[i];
	bool changed = false;

	for (unsigned int o = 0; o < LWKT_STAGE_OUTS && row->sr_out[o] != NULL; o++) {
		int to = stage_find_row(view->sv_rows, view->sv_nrows, row->sr_out[o]);
		uint32_t before = label[to];

		label[to] = before == NOBODY_KNOWS || before == behind ? behind : NONE_OR_MANY;
		changed |= label[to] != before;
	}
	return changed;
}

int
lwkt_stage_view_behind(const struct lwkt_stage_view *view, const struct lwkt_stage_kind *kind)
{
	uint32_t *label = calloc(view->sv_nrows, sizeof(*label)), found;
	bool changed = label != NULL;

	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < view->sv_nrows; i++) {
			uint32_t behind = label_behind(view->sv_rows, label, i, kind);

			if (behind != NOBODY_KNOWS)
				changed |= spread_label(view, label, i, behind);
		}
	}
	if (label == NULL)
		return -ENOMEM;
	found = label[view->sv_row];
	free(label);
	return found == NOBODY_KNOWS || found == NONE_OR_MANY ? -1 : (int)(found - 1);
}

/*
 * A row
 */

static int
check_outs(const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_stage_kind *kind = view->sv_rows[view->sv_row].sr_kind;
	unsigned int most = kind->sk_max_outs, n = view->sv_nouts;

	if (most == 0)
		most = LWKT_STAGE_OUTS;
	if (most == LWKT_STAGE_END)
		most = 0;
	if (n >= kind->sk_min_outs && n <= most)
		return 0;
	if (kind->sk_min_outs == most)
		snprintf(
		    why, bytes, "outputs: kind %s needs %u, it has %u", kind->sk_name, most, n);
	else
		snprintf(why, bytes, "outputs: kind %s needs %u to %u, it has %u", kind->sk_name,
		    kind->sk_min_outs, most, n);
	return -EINVAL;
}

int
lwkt_stage_check_row(struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_stage_row *row = &view->sv_rows[view->sv_row];
	const struct lwkt_param *pa = row->sr_conf != NULL ? row->sr_kind->sk_params : NULL;
	int rc;

	why[0] = '\0';
	view->sv_nouts = 0;
	while (view->sv_nouts < LWKT_STAGE_OUTS && row->sr_out[view->sv_nouts] != NULL)
		view->sv_nouts++;
	rc = check_outs(view, why, bytes);
	for (; rc == 0 && pa != NULL && pa->pa_name != NULL; pa++)
		rc = check_param(pa, row->sr_conf, why, bytes);
	if (rc == 0 && row->sr_kind->sk_check != NULL)
		rc = row->sr_kind->sk_check(row->sr_conf, view, why, bytes);
	return rc;
}

/*
 * Limits of the whole
 */

struct limits {
	unsigned int li_depth; /* stages in a row on one CPU, this one included */
	unsigned int li_wires; /* outputs that lead to it from other CPUs */
};

/* A stage hands on to the next one of its CPU by a call, so each is a frame on the stack. */
static bool
deepen(const struct lwkt_stage_row *rows, unsigned int nrows, struct limits *li, unsigned int i)
{
	bool changed = false;

	for (unsigned int o = 0; o < LWKT_STAGE_OUTS && rows[i].sr_out[o] != NULL; o++) {
		int to = stage_find_row(rows, nrows, rows[i].sr_out[o]);

		if (rows[to].sr_lcore != rows[i].sr_lcore || li[to].li_depth > li[i].li_depth ||
		    li[to].li_depth > LWKT_STAGE_DEPTH)
			continue;
		li[to].li_depth = li[i].li_depth + 1;
		changed = true;
	}
	return changed;
}

static void
count_wires(const struct lwkt_stage_row *rows, unsigned int nrows, struct limits *li)
{
	for (unsigned int i = 0; i < nrows; i++)
		for (unsigned int o = 0; o < LWKT_STAGE_OUTS && rows[i].sr_out[o] != NULL; o++) {
			int to = stage_find_row(rows, nrows, rows[i].sr_out[o]);

			li[to].li_wires += rows[to].sr_lcore != rows[i].sr_lcore;
		}
}

static int
say_limit(const struct lwkt_stage_row *row, const struct limits *li, char *why, size_t bytes)
{
	if (li->li_depth > LWKT_STAGE_DEPTH)
		snprintf(why, bytes,
		    "cpu: it is behind %u others in a row on lcore %u, which call each other; give "
		    "one of them another lcore, at most %u may be in a row",
		    LWKT_STAGE_DEPTH, row->sr_lcore, LWKT_STAGE_DEPTH);
	else if (li->li_wires > STAGE_WIRE_MAX)
		snprintf(why, bytes,
		    "cpu: %u outputs lead to it from other lcores; at most %u may, so put a stage "
		    "of their own lcore in between",
		    li->li_wires, STAGE_WIRE_MAX);
	else
		return 0;
	return -EINVAL;
}

int
lwkt_stage_check_limits(const struct lwkt_stage_row *rows, unsigned int nrows, unsigned int *row,
    char *why, size_t bytes)
{
	struct limits *li = calloc(nrows, sizeof(*li));
	bool changed = true;
	int rc = 0;

	if (li == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < nrows; i++)
		li[i].li_depth = 1;
	while (changed) {
		changed = false;
		for (unsigned int i = 0; i < nrows; i++)
			changed |= deepen(rows, nrows, li, i);
	}
	count_wires(rows, nrows, li);
	for (unsigned int i = 0; i < nrows && rc == 0; i++) {
		*row = i;
		rc = say_limit(&rows[i], &li[i], why, bytes);
	}
	free(li);
	return rc;
}
