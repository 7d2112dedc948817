/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "pair.h"
#include "pingpong.h"
#include "rounds.h"

/* There and back over two lines: about 115 ns within a core complex, 500 ns between two. */
#define NEAR_MAX_NS 270

/* The two ping-pongs of a round may differ so much. */
#define SAME_REGIME 1.3

/* Rounds taken at most, as a multiple of the wanted ones. */
#define TRIES 10

const char *const regime_words[] = {"near", "far", NULL};

double
regime_pingpong(void)
{
	pingpong_reset();
	pair_run(pingpong_client, pingpong_server, NULL);
	return pingpong_cycles();
}

enum regime
regime_of(double pingpong_cyc)
{
	double ns = pingpong_cyc * 1e9 / (double)rte_get_tsc_hz();

	return ns <= NEAR_MAX_NS ? REGIME_NEAR : REGIME_FAR;
}

int
rounds_init(struct rounds *rs, unsigned int wanted, unsigned int regimes)
{
	*rs = (struct rounds){.rs_wanted = wanted, .rs_regimes = regimes, .rs_max = wanted * TRIES};
	rs->rs_round = calloc(rs->rs_max, sizeof(*rs->rs_round));
	return rs->rs_round != NULL ? 0 : -ENOMEM;
}

void
rounds_free(struct rounds *rs)
{
	free(rs->rs_round);
	rs->rs_round = NULL;
}

/* The regime with most clean rounds, and how many those are. */
static unsigned int
best_regime(const struct rounds *rs, enum regime *regime)
{
	unsigned int n[REGIMES] = {0};

	for (unsigned int i = 0; i < rs->rs_n; i++)
		n[rs->rs_round[i].rd_regime] += rs->rs_round[i].rd_clean;
	*regime = n[REGIME_FAR] > n[REGIME_NEAR] ? REGIME_FAR : REGIME_NEAR;
	return n[*regime];
}

bool
rounds_done(const struct rounds *rs)
{
	enum regime regime;

	return rs->rs_failed || rs->rs_n == rs->rs_max || best_regime(rs, &regime) >= rs->rs_wanted;
}

void
rounds_take(
    struct rounds *rs, void (*measure)(void *arg, bool rival_first, struct sample *), void *arg)
{
	struct round *rd = &rs->rs_round[rs->rs_n];
	double before = regime_pingpong(), after;
	bool stayed;

	rd->rd_sample.sa_taken = 0;
	measure(arg, rs->rs_n & 1, &rd->rd_sample);
	after = regime_pingpong();
	rs->rs_n++;
	rd->rd_pingpong = (before + after) / 2;
	rd->rd_regime = regime_of(rd->rd_pingpong);
	stayed = before < after * SAME_REGIME && after < before * SAME_REGIME &&
	         (rs->rs_regimes & (1u << rd->rd_regime)) != 0;
	rd->rd_clean = stayed && rd->rd_sample.sa_taken == 0;
	rs->rs_changed += !stayed;
	rs->rs_disturbed += stayed && !rd->rd_clean;
}

void
rounds_all(const struct rounds_row *rows, unsigned int n, unsigned int ms,
    void (*measure)(void *arg, bool rival_first, struct sample *))
{
	uint64_t end = rte_rdtsc() + ms * rte_get_tsc_hz() / 1000;
	unsigned int busy;

	do {
		busy = 0;
		for (unsigned int i = 0; i < n; i++) {
			if (rounds_done(rows[i].rr_rounds))
				continue;
			rounds_take(rows[i].rr_rounds, measure, rows[i].rr_arg);
			busy++;
		}
	} while (busy > 0 && rte_rdtsc() < end);
}

int
rounds_result(const struct rounds *rs, unsigned int metric, struct result *re)
{
	double *series = calloc(4 * (size_t)rs->rs_n + 1, sizeof(double));
	double *ours = series, *rival = ours + rs->rs_n, *ratio = rival + rs->rs_n;
	double *pingpong = ratio + rs->rs_n;
	struct summary su;
	unsigned int n = 0;

	if (series == NULL)
		return -ENOMEM;
	*re = (struct result){0};
	re->re_kept = best_regime(rs, &re->re_regime);
	re->re_disturbed = re->re_kept == 0;
	for (unsigned int i = 0; i < rs->rs_n; i++) {
		const struct round *rd = &rs->rs_round[i];

		if (!re->re_disturbed && (!rd->rd_clean || rd->rd_regime != re->re_regime))
			continue;
		ours[n] = rd->rd_sample.sa_value[OURS][metric];
		rival[n] = rd->rd_sample.sa_value[RIVAL][metric];
		ratio[n] = ours[n] > 0 ? rival[n] / ours[n] : 0;
		pingpong[n++] = rd->rd_pingpong;
	}
	re->re_side[OURS] = stats_summarise(ours, n);
	re->re_side[RIVAL] = stats_summarise(rival, n);
	su = stats_summarise(ratio, n);
	re->re_ratio_q1 = su.su_q1;
	re->re_ratio_q3 = su.su_q3;
	if (re->re_side[OURS].su_median > 0)
		re->re_ratio = re->re_side[RIVAL].su_median / re->re_side[OURS].su_median;
	re->re_pingpong = stats_summarise(pingpong, n).su_median;
	if (re->re_disturbed)
		re->re_regime = regime_of(re->re_pingpong);
	free(series);
	return n > 0 ? 0 : -ENODATA;
}
