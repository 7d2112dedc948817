/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers and queues. The worker lcores are shared out evenly over the lanes; the workers of a lane
 * share its ethdevs, one flow always being the same worker's:
 *
 *      RSS        NIC ═ rx queue w ──▶ worker w        w = 0, 1, ...
 *      software   NIC ═ rx queue 0 ──▶ distribute, on one of them ──▶ worker w
 *
 * Worker w sends to tx queue w of the ethdev, which is its own. If there are fewer tx queues than
 * workers, w hands its packets to the lcore of queue w mod queues: a tx queue is never shared, and
 * needs no lock.
 */
#include <inttypes.h>

#include "l2fwd.h"

/* Say how many lcores it takes, and what to change: more lcores, or fewer by a larger -q. */
static int
refuse_lcores(const struct l2fwd_args *args, unsigned int nethdevs, unsigned int need,
    unsigned int have, struct l2fwd_err *err)
{
	bool rtc = args->mode == L2FWD_RTC;
	char larger_q[64] = "";

	if (need > (rtc ? 1 : 3) && args->group < L2FWD_MAX_GROUP)
		snprintf(larger_q, sizeof(larger_q), ", or raise -q up to %u",
		    RTE_MIN(nethdevs, (unsigned int)L2FWD_MAX_GROUP));
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "--mode %s: %u ethdev%s with -q %u need %u worker lcore%s and the main one, there %s "
	    "%u worker%s; start with -l 0-%u, on fewer processors with --lcores '(0-%u)@(0-1)'%s",
	    rtc ? "rtc" : "pipeline", nethdevs, nethdevs == 1 ? "" : "s", args->group, need,
	    need == 1 ? "" : "s", have == 1 ? "is" : "are", have, have == 1 ? "" : "s", need, need,
	    larger_q);
}

static const char *
plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

/* What was asked for has to be there; what was not is made to fit. */
static int
check_wish(const char *opt, const char *type, unsigned int wish, unsigned int ethdev,
    unsigned int most, const char *otherwise, struct l2fwd_err *err)
{
	if (wish <= most)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "%s %u: ethdev %u takes no more than %u %s queue%s; give %s %u, or leave it out%s", opt,
	    wish, ethdev, most, type, plural(most), opt, most, otherwise);
}

static int
check_wishes(const struct l2fwd_plan *plan, const struct l2fwd_args *args, struct l2fwd_err *err)
{
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

		if (check_wish("--rxq", "rx", args->rxq, ed->ed_id, ed->ed_caps.ea_max_rxq,
		        ": flows are then spread in software", err) < 0 ||
		    check_wish(
		        "--txq", "tx", args->txq, ed->ed_id, ed->ed_caps.ea_max_txq, "", err) < 0)
			return -1;
	}
	return 0;
}

/* @param workers  that there are lcores for. @return how many of them get packets from it. */
static unsigned int
choose_rx(struct l2fwd_ethdev *ed, unsigned int wish, unsigned int workers)
{
	unsigned int want = wish != 0 ? wish : workers;

	ed->ed_nrxq = 1;
	ed->ed_spread = L2FWD_ONE;
	if (want > 1 && ed->ed_caps.ea_no_rss == NULL && ed->ed_caps.ea_max_rxq > 1) {
		ed->ed_spread = L2FWD_RSS;
		ed->ed_nrxq = RTE_MIN(want, (unsigned int)ed->ed_caps.ea_max_rxq);
		return RTE_MIN(ed->ed_nrxq, workers);
	}
	if (workers > 1)
		ed->ed_spread = L2FWD_SOFTWARE;
	return workers;
}

static void
assign_lcores(struct l2fwd_plan *plan, const struct l2fwd_inventory *have)
{
	const unsigned int *lcore = have->in_worker;

	for (unsigned int i = 0; i < plan->pn_nlanes; i++) {
		struct l2fwd_lane *lane = &plan->pn_lane[i];

		for (unsigned int w = 0; w < lane->la_nworkers; w++) {
			struct l2fwd_worker *wk = &lane->la_worker[w];

			wk->wk_rx = *lcore++;
			wk->wk_fwd = plan->pn_rtc ? wk->wk_rx : *lcore++;
			wk->wk_tx = plan->pn_rtc ? wk->wk_rx : *lcore++;
		}
	}
	plan->pn_nidle = have->in_nworkers - (unsigned int)(lcore - have->in_worker);
}

static unsigned int
senders(const struct l2fwd_plan *plan, const struct l2fwd_ethdev *ed)
{
	return plan->pn_lane[plan->pn_ethdev[ed->ed_from].ed_lane].la_nworkers;
}

int
l2fwd_queues_plan(struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_inventory *have, struct l2fwd_err *err)
{
	unsigned int need, workers;

	plan->pn_rtc = args->mode == L2FWD_RTC;
	plan->pn_nlanes = (plan->pn_nethdevs + args->group - 1) / args->group;
	need = plan->pn_nlanes * (plan->pn_rtc ? 1 : 3);
	if (have->in_nworkers < need)
		return refuse_lcores(args, plan->pn_nethdevs, need, have->in_nworkers, err);
	if (check_wishes(plan, args, err) < 0)
		return -1;
	workers = RTE_MIN(have->in_nworkers / need, (unsigned int)L2FWD_MAX_QUEUES);
	if (args->rxq != 0)
		workers = RTE_MIN(workers, args->rxq);
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		struct l2fwd_lane *lane = &plan->pn_lane[ed->ed_lane];
		unsigned int fed = choose_rx(ed, args->rxq, workers);

		lane->la_nworkers = RTE_MAX(lane->la_nworkers, fed);
	}
	assign_lcores(plan, have);
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		unsigned int most = args->txq != 0 ? args->txq : ed->ed_caps.ea_max_txq;

		ed->ed_ntxq = RTE_MIN(senders(plan, ed), RTE_MAX(most, 1u));
	}
	return 0;
}

/*
 * In rtc the worker itself, whose packets are those of the ethdev that forwards to this one, so
 * that none changes lcores; in a pipeline a tx lcore of its own lane.
 */
unsigned int
l2fwd_queues_writer(const struct l2fwd_plan *plan, unsigned int i, unsigned int q)
{
	const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
	const struct l2fwd_lane *lane =
	    &plan->pn_lane[plan->pn_rtc ? plan->pn_ethdev[ed->ed_from].ed_lane : ed->ed_lane];

	return lane->la_worker[q % lane->la_nworkers].wk_tx;
}

/*
 * In words
 */

static void
print_rx(FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_ethdev *ed)
{
	unsigned int workers = plan->pn_lane[ed->ed_lane].la_nworkers;
	unsigned int fed = RTE_MIN(ed->ed_nrxq, workers);

	fprintf(f, "%u rx queue%s", ed->ed_nrxq, plural(ed->ed_nrxq));
	if (ed->ed_spread == L2FWD_RSS)
		fprintf(f, ", flows spread over %u worker%s by its RSS with the symmetric key%s",
		    fed, plural(fed), fed < workers ? " (it takes no more)" : "");
	else if (ed->ed_spread == L2FWD_SOFTWARE)
		fprintf(f, ", flows spread over %u workers in software: %s", workers,
		    ed->ed_caps.ea_no_rss != NULL ? ed->ed_caps.ea_no_rss
		                                  : "it takes no more queues");
	else if (args->rxq > 1)
		fprintf(f, ", no more though --rxq %u: one worker, and %s", args->rxq,
		    ed->ed_caps.ea_no_rss);
	else
		fprintf(f, ": %s", args->rxq == 1 ? "--rxq 1" : "one worker");
}

static void
print_tx(FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_args *args, unsigned int i)
{
	const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
	unsigned int n = senders(plan, ed);

	fprintf(
	    f, "; %u tx queue%s for %u worker%s", ed->ed_ntxq, plural(ed->ed_ntxq), n, plural(n));
	if (ed->ed_ntxq >= n)
		return;
	fprintf(f, " (%s): lcore%s", args->txq != 0 ? "--txq" : "it takes no more",
	    plural(ed->ed_ntxq));
	for (unsigned int q = 0; q < ed->ed_ntxq; q++)
		fprintf(f, " %u", l2fwd_queues_writer(plan, i, q));
	fprintf(f, " send%s for all", ed->ed_ntxq == 1 ? "s" : "");
}

void
l2fwd_queues_print(
    FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_args *args, unsigned int i)
{
	const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];

	fprintf(f, "ethdev %u: ", ed->ed_id);
	print_rx(f, plan, args, ed);
	print_tx(f, plan, args, i);
	fprintf(f, "\n");
	if (ed->ed_spread == L2FWD_RSS && ed->ed_caps.ea_rss_cost != NULL)
		fprintf(f, "ethdev %u: RSS: %s\n", ed->ed_id, ed->ed_caps.ea_rss_cost);
}
