/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checking the table that makes a pipeline. Each function logs the one line that says what to
 * change.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_malloc.h>

#include <lwkt_cpu.h>
#include <lwkt_log.h>

#include "stage_pvt.h"

int
pipeline_no_memory(const struct lwkt_pipeline *pl, const char *what)
{
	lwkt_error("pipeline %s: no memory for %s; give EAL more (-m)", pl->pl_name, what);
	return -ENOMEM;
}

static int
bad_row(const char *name, const struct lwkt_stage_row *row, const char *what)
{
	lwkt_error(
	    "pipeline %s: stage %s: %s", name, row->sr_name != NULL ? row->sr_name : "?", what);
	return -EINVAL;
}

static bool
more_names(const char *const *names, unsigned int most)
{
	unsigned int n = 0;

	while (names != NULL && n <= most && names[n] != NULL)
		n++;
	return n > most;
}

static int
check_row(const char *name, const struct lwkt_stage_row *rows, unsigned int i)
{
	const struct lwkt_stage_row *row = &rows[i];
	const struct lwkt_stage_kind *kind = row->sr_kind;

	if (row->sr_name == NULL || row->sr_name[0] == '\0' ||
	    strlen(row->sr_name) >= LWKT_STAGE_NAME)
		return bad_row(name, row, "sr_name must have 1 to 31 bytes");
	if (stage_find_row(rows, i, row->sr_name) >= 0)
		return bad_row(name, row, "the name is used twice; give each stage its own");
	if (kind == NULL || (kind->sk_poll == NULL) == (kind->sk_handle == NULL))
		return bad_row(name, row, "sr_kind must have one of sk_poll and sk_handle");
	if (more_names(kind->sk_drop_names, LWKT_STAGE_DROPS) ||
	    more_names(kind->sk_counter_names, LWKT_STAGE_COUNTERS))
		return bad_row(
		    name, row, "sr_kind has more than 16 drop reasons or counters; give it fewer");
	if (lwkt_cpu_thread(row->sr_lcore) == NULL)
		return bad_row(name, row, "sr_lcore is no CPU; use one of EAL's lcores (-l)");
	if (kind->sk_poll != NULL && row->sr_out[0] == NULL)
		return bad_row(name, row, "a source needs an output (sr_out)");
	return 0;
}

/* An output's own settings, and do they make sense where it leads? */
static int
check_edge(const char *name, const struct lwkt_stage_row *row, unsigned int output,
    const struct lwkt_stage_row *to)
{
	const struct lwkt_edge_conf *ec = &row->sr_edge[output];
	char what[128];

	if (row->sr_lcore == to->sr_lcore &&
	    (ec->ec_kind != LWKT_EDGE_AUTO || ec->ec_overflow != LWKT_OVERFLOW_CREDIT ||
	        ec->ec_limit != 0 || ec->ec_priority))
		snprintf(what, sizeof(what),
		    "output %u stays on lcore %u, a function call without a queue; leave its "
		    "sr_edge zero",
		    output, row->sr_lcore);
	else if (ec->ec_limit != 0 &&
	         (ec->ec_limit < LWKT_EDGE_LIMIT_MIN || ec->ec_limit > LWKT_EDGE_LIMIT_MAX))
		snprintf(what, sizeof(what), "output %u: ec_limit is %u; give %u to %u, or 0",
		    output, ec->ec_limit, LWKT_EDGE_LIMIT_MIN, LWKT_EDGE_LIMIT_MAX);
	else if (ec->ec_kind == LWKT_EDGE_VECTOR &&
	         (row->sr_kind->sk_per_packet || to->sr_kind->sk_per_packet))
		snprintf(what, sizeof(what),
		    "output %u: kind %.31s wants packets one by one; use LWKT_EDGE_PACKET", output,
		    row->sr_kind->sk_per_packet ? row->sr_kind->sk_name : to->sr_kind->sk_name);
	else
		return 0;
	return bad_row(name, row, what);
}

static int
check_outputs(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows,
    unsigned int i, unsigned int *fed)
{
	char what[128];

	for (unsigned int o = 0; o < LWKT_STAGE_OUTS && rows[i].sr_out[o] != NULL; o++) {
		int to = stage_find_row(rows, nrows, rows[i].sr_out[o]);

		if (to < 0 || rows[to].sr_kind->sk_poll != NULL) {
			snprintf(what, sizeof(what), "output %u goes to %.31s, which is %s", o,
			    rows[i].sr_out[o],
			    to < 0 ? "no stage of this table" : "a source and takes no packets");
			return bad_row(name, &rows[i], what);
		}
		if (check_edge(name, &rows[i], o, &rows[to]) < 0)
			return -EINVAL;
		fed[to]++;
	}
	return 0;
}

/* The row that feeds row i and has not been taken away; there is one. */
static unsigned int
feeder(
    const struct lwkt_stage_row *rows, unsigned int nrows, const unsigned int *fed, unsigned int i)
{
	unsigned int from, o;

	for (from = 0; from < nrows; from++)
		for (o = 0;
		     fed[from] != UINT32_MAX && o < LWKT_STAGE_OUTS && rows[from].sr_out[o] != NULL;
		     o++)
			if (strcmp(rows[from].sr_out[o], rows[i].sr_name) == 0)
				return from;
	return i;
}

/*
 * Take away stages nobody feeds until none is left; what is left then is a cycle and what it feeds.
 * Upstream from there, as far as there are rows, is a stage of the cycle.
 */
static int
check_acyclic(
    const char *name, const struct lwkt_stage_row *rows, unsigned int nrows, unsigned int *fed)
{
	unsigned int i, o, n;
	bool progress = true;

	while (progress) {
		progress = false;
		for (i = 0; i < nrows; i++) {
			if (fed[i] != 0)
				continue;
			fed[i] = UINT32_MAX; /* taken away */
			for (o = 0; o < LWKT_STAGE_OUTS && rows[i].sr_out[o] != NULL; o++)
				fed[stage_find_row(rows, nrows, rows[i].sr_out[o])]--;
			progress = true;
		}
	}
	for (i = 0; i < nrows && fed[i] == UINT32_MAX; i++)
		;
	if (i == nrows)
		return 0;
	for (n = 0; n < nrows; n++)
		i = feeder(rows, nrows, fed, i);
	return bad_row(name, &rows[i], "its packets come back to it; break the cycle");
}

/* What only a whole table can be asked: the limits, and what kinds say about it. */
static int
check_whole(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows)
{
	struct lwkt_stage_view view = {.sv_rows = rows, .sv_nrows = nrows};
	char why[256] = "";
	unsigned int row;
	int rc = lwkt_stage_check_limits(rows, nrows, &row, why, sizeof(why));

	if (rc == -EINVAL)
		bad_row(name, &rows[row], why);
	else if (rc < 0)
		lwkt_error("pipeline %s: no memory to check it; free some", name);
	for (; rc == 0 && view.sv_row < nrows; view.sv_row++) {
		rc = lwkt_stage_check_row(&view, why, sizeof(why));
		if (why[0] != '\0')
			lwkt_error("pipeline %s: stage %s: %s%s", name, rows[view.sv_row].sr_name,
			    rc == 0 ? "warning: " : "", why);
	}
	return rc;
}

int
pipeline_check(const char *name, const struct lwkt_stage_row *rows, unsigned int nrows)
{
	unsigned int i, *fed;
	int rc = 0;

	if (name == NULL || strlen(name) >= LWKT_STAGE_NAME || nrows == 0) {
		lwkt_error("pipeline: needs a name of at most 31 bytes and a row at least");
		return -EINVAL;
	}
	for (i = 0; i < nrows && rc == 0; i++)
		rc = check_row(name, rows, i);
	if (rc < 0)
		return rc;
	fed = rte_calloc("lwkt", nrows, sizeof(*fed), 0);
	if (fed == NULL) {
		lwkt_error("pipeline %s: no memory to check it; give EAL more (-m)", name);
		return -ENOMEM;
	}
	for (i = 0; i < nrows && rc == 0; i++)
		rc = check_outputs(name, rows, nrows, i, fed);
	for (i = 0; i < nrows && rc == 0; i++)
		if (fed[i] == 0 && rows[i].sr_kind->sk_poll == NULL)
			rc =
			    bad_row(name, &rows[i], "no output goes to it; wire it or take it out");
	if (rc == 0)
		rc = check_acyclic(name, rows, nrows, fed);
	rte_free(fed);
	return rc == 0 ? check_whole(name, rows, nrows) : rc;
}
