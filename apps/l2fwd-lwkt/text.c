/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From options, ethdevs and lcores to the text of a pipeline file. What is decided here is who does
 * what; all sizes follow from the text, as they do for a file (lib/plan).
 *
 * Lanes. Ethdevs are served in groups of -q, a lane each. The way between ethdevs is a permutation:
 * each forwards to one and hears from one.
 *
 *      -q 2, ethdevs 0 1 2, rtc            -q 2, ethdevs 0 1, pipeline
 *
 *      lane 0: 0 1  ── lcore 1             lane 0: 0 1 ── rx lcore 1, forward lcore 2, tx lcore 3
 *      lane 1: 2    ── lcore 2
 *
 * Workers. The worker lcores are shared out evenly over the lanes, those of the NUMA node of a
 * lane's first ethdev before others. The workers of a lane share its ethdevs, one flow always being
 * the same worker's:
 *
 *      RSS        NIC ═ rx queue w ──▶ worker w        w = 0, 1, ...
 *      software   NIC ═ rx queue 0 ──▶ distribute, on one of them ──▶ worker w
 *
 * Worker w sends to tx queue w of the ethdev, which is its own. If there are fewer tx queues than
 * workers, w hands its packets to the lcore of queue w mod queues: a tx queue is never shared, and
 * needs no lock.
 *
 * Stages. A lane has a fwd stage for each worker; its outputs are the ethdevs that the lane's
 * ethdevs forward to. For two ethdevs and one worker, and with several of them:
 *
 *      rx0 ─┐          ┌─ tx0        rx0_0 ──▶ fwd0_0 ──▶ tx1_0      RSS
 *           ├─▶ fwd0 ──┤             rx0_1 ──▶ fwd0_1 ──▶ tx1_1
 *      rx1 ─┘          └─ tx1        rx0 ──▶ dist0 ─┬─▶ fwd0_0       software
 *                                                   └─▶ fwd0_1
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define STALL_US 100000 /* a stage that runs longer is reported */

/** How the packets of an ethdev come to several workers. */
enum spread {
	SPREAD_ONE,      /* not at all: it has one */
	SPREAD_RSS,      /* the device does it, a queue for each */
	SPREAD_SOFTWARE, /* a distribute stage does it, behind its only rx queue */
};

/* One ethdev in use. They refer to each other by their order in the text. */
struct port {
	struct lwkt_inventory_ethdev *po_have;
	unsigned int po_nrxq, po_ntxq; /* a tx queue has one lcore that writes it */
	enum spread po_spread;
	unsigned int po_to;   /* the ethdev that its packets leave by */
	unsigned int po_from; /* ... and whose packets leave by this one: exactly one */
	unsigned int po_lane; /* which lcores serve it */
};

/* A worker of a lane: one lcore with L2FWD_RTC, else three. */
struct worker {
	unsigned int wk_rx, wk_fwd, wk_tx;
	bool wk_placed;
};

struct lane {
	unsigned int la_nworkers;
	struct worker la_worker[L2FWD_MAX_QUEUES];
};

struct layout {
	const struct l2fwd_args *lo_args;
	struct lwkt_inventory *lo_have;
	unsigned int lo_nports, lo_nlanes;
	struct port lo_port[RTE_MAX_ETHPORTS];
	struct lane lo_lane[RTE_MAX_ETHPORTS];
	bool lo_taken[RTE_MAX_LCORE]; /* by position in the inventory */
};

/*
 * Which ethdevs, and which forwards to which
 */

static bool
selected(const struct l2fwd_args *args, unsigned int id)
{
	if (id >= L2FWD_MAX_ETHDEVS || (args->mask >> id & 1) == 0)
		return false;
	for (unsigned int i = 0; i < args->npairs; i++)
		if (args->pair[i][0] == id || args->pair[i][1] == id)
			return true;
	return args->npairs == 0;
}

static int
check_mask(const struct layout *lo, struct l2fwd_err *err)
{
	const struct lwkt_inventory *iv = lo->lo_have;
	uint64_t beyond = lo->lo_args->mask;

	if (iv->iv_nethdevs == 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "no ethdev: EAL found none; bind a NIC to vfio-pci, or give --vdev");
	for (unsigned int i = 0; i < iv->iv_nethdevs; i++)
		if (iv->iv_ethdev[i].ie_id < L2FWD_MAX_ETHDEVS)
			beyond &= ~(UINT64_C(1) << iv->iv_ethdev[i].ie_id);
	if (beyond != 0)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p 0x%" PRIx64 ": there is no ethdev %d, EAL found %u; "
		    "clear its bit, or give EAL the device",
		    lo->lo_args->mask, __builtin_ctzll(beyond), iv->iv_nethdevs);
	return 0;
}

static void
join(struct layout *lo, unsigned int from, unsigned int to)
{
	lo->lo_port[from].po_to = to;
	lo->lo_port[to].po_from = from;
}

static unsigned int
index_of(const struct layout *lo, unsigned int id)
{
	unsigned int i = 0;

	while (lo->lo_port[i].po_have->ie_id != id)
		i++;
	return i;
}

/* By the map; without one neighbours, and the last of an odd number to itself. */
static void
pair_ports(struct layout *lo)
{
	const struct l2fwd_args *args = lo->lo_args;

	for (unsigned int i = 0; i < args->npairs; i++) {
		unsigned int a = index_of(lo, args->pair[i][0]), b = index_of(lo, args->pair[i][1]);

		join(lo, a, b);
		join(lo, b, a);
	}
	for (unsigned int i = 0; args->npairs == 0 && i < lo->lo_nports; i++)
		join(lo, i, (i ^ 1) < lo->lo_nports ? i ^ 1 : i);
}

static void
take_ports(struct layout *lo)
{
	for (unsigned int i = 0; i < lo->lo_have->iv_nethdevs; i++) {
		struct lwkt_inventory_ethdev *ie = &lo->lo_have->iv_ethdev[i];
		unsigned int n = lo->lo_nports;

		if (!selected(lo->lo_args, ie->ie_id))
			continue;
		lo->lo_port[n] = (struct port){.po_have = ie, .po_lane = n / lo->lo_args->group};
		lo->lo_nports++;
	}
	lo->lo_nlanes = (lo->lo_nports + lo->lo_args->group - 1) / lo->lo_args->group;
	pair_ports(lo);
}

/*
 * Workers and queues
 */

static unsigned int
lcores_of_worker(const struct l2fwd_args *args)
{
	return args->mode == L2FWD_RTC ? 1 : 3;
}

/* Say how many lcores it takes, and what to change: more lcores, or fewer by a larger -q. */
static int
refuse_lcores(const struct layout *lo, unsigned int need, unsigned int have, struct l2fwd_err *err)
{
	const struct l2fwd_args *args = lo->lo_args;
	unsigned int n = lo->lo_nports;
	char larger_q[64] = "";

	if (need > lcores_of_worker(args) && args->group < L2FWD_MAX_GROUP)
		snprintf(larger_q, sizeof(larger_q), ", or raise -q up to %u",
		    RTE_MIN(n, (unsigned int)L2FWD_MAX_GROUP));
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "--mode %s: %u ethdev%s with -q %u need %u worker lcore%s and the main one, there %s "
	    "%u worker%s; start with -l 0-%u, on fewer processors with --lcores '(0-%u)@(0-1)'%s",
	    args->mode == L2FWD_RTC ? "rtc" : "pipeline", n, n == 1 ? "" : "s", args->group, need,
	    need == 1 ? "" : "s", have == 1 ? "is" : "are", have, have == 1 ? "" : "s", need, need,
	    larger_q);
}

/* What was asked for has to be there; what was not is made to fit. */
static int
check_wish(const char *opt, const char *type, unsigned int wish, unsigned int ethdev,
    unsigned int most, const char *otherwise, struct l2fwd_err *err)
{
	if (wish <= RTE_MAX(most, 1u))
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "%s %u: ethdev %u takes no more than %u %s queue%s; give %s %u, or leave it out%s", opt,
	    wish, ethdev, most, type, most == 1 ? "" : "s", opt, most, otherwise);
}

static int
check_wishes(const struct layout *lo, struct l2fwd_err *err)
{
	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		const struct lwkt_inventory_ethdev *ie = lo->lo_port[i].po_have;

		if (check_wish("--rxq", "rx", lo->lo_args->rxq, ie->ie_id, ie->ie_max_rxq,
		        ": flows are then spread in software", err) < 0 ||
		    check_wish(
		        "--txq", "tx", lo->lo_args->txq, ie->ie_id, ie->ie_max_txq, "", err) < 0)
			return -1;
	}
	return 0;
}

/* @param workers  that there are lcores for. @return how many of them get packets from it. */
static unsigned int
choose_rx(struct port *po, unsigned int wish, unsigned int workers)
{
	unsigned int want = wish != 0 ? wish : workers;

	po->po_nrxq = 1;
	po->po_spread = SPREAD_ONE;
	if (want > 1 && po->po_have->ie_no_rss == NULL && po->po_have->ie_max_rxq > 1) {
		po->po_spread = SPREAD_RSS;
		po->po_nrxq = RTE_MIN(want, po->po_have->ie_max_rxq);
		return RTE_MIN(po->po_nrxq, workers);
	}
	if (workers > 1)
		po->po_spread = SPREAD_SOFTWARE;
	return workers;
}

static const struct lane *
lane_of(const struct layout *lo, const struct port *po)
{
	return &lo->lo_lane[po->po_lane];
}

static void
choose_queues(struct layout *lo, unsigned int workers)
{
	const struct l2fwd_args *args = lo->lo_args;

	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		struct port *po = &lo->lo_port[i];
		struct lane *lane = &lo->lo_lane[po->po_lane];

		lane->la_nworkers = RTE_MAX(lane->la_nworkers, choose_rx(po, args->rxq, workers));
	}
	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		struct port *po = &lo->lo_port[i];
		unsigned int most = args->txq != 0 ? args->txq : po->po_have->ie_max_txq;

		po->po_ntxq =
		    RTE_MIN(lane_of(lo, &lo->lo_port[po->po_from])->la_nworkers, RTE_MAX(most, 1u));
	}
}

/* Take the next worker lcores, n of them, of that NUMA node, or of any: -1. @return false: none. */
static bool
take_lcores(struct layout *lo, int node, unsigned int n, unsigned int lcores[3])
{
	unsigned int at[3], found = 0;

	for (unsigned int i = 0; i < lo->lo_have->iv_nlcores && found < n; i++) {
		const struct lwkt_inventory_lcore *il = &lo->lo_have->iv_lcore[i];

		if (il->il_id != lo->lo_have->iv_main && !lo->lo_taken[i] &&
		    (node < 0 || il->il_node == (unsigned int)node))
			at[found++] = i;
	}
	for (unsigned int i = 0; i < n && found == n; i++) {
		lo->lo_taken[at[i]] = true;
		lcores[i] = lo->lo_have->iv_lcore[at[i]].il_id;
	}
	return found == n;
}

/* @param near  those on the node of the lane's first ethdev only. */
static void
assign_lcores(struct layout *lo, bool near)
{
	bool rtc = lo->lo_args->mode == L2FWD_RTC;

	for (unsigned int i = 0; i < lo->lo_nlanes; i++) {
		struct lane *lane = &lo->lo_lane[i];
		int node = lo->lo_port[i * lo->lo_args->group].po_have->ie_node;

		for (unsigned int w = 0; w < lane->la_nworkers; w++) {
			struct worker *wk = &lane->la_worker[w];
			unsigned int lcores[3] = {0};

			if (wk->wk_placed || !take_lcores(lo, near ? node : -1,
			                         lcores_of_worker(lo->lo_args), lcores))
				continue;
			*wk = (struct worker){
			    lcores[0], lcores[rtc ? 0 : 1], lcores[rtc ? 0 : 2], true};
		}
	}
}

static int
lay_out(struct layout *lo, struct l2fwd_err *err)
{
	const struct l2fwd_args *args = lo->lo_args;
	unsigned int need, have = lo->lo_have->iv_nlcores - 1, workers;

	if (check_mask(lo, err) < 0)
		return -1;
	take_ports(lo);
	need = lo->lo_nlanes * lcores_of_worker(args);
	if (have < need)
		return refuse_lcores(lo, need, have, err);
	if (check_wishes(lo, err) < 0)
		return -1;
	workers = RTE_MIN(have / need, (unsigned int)L2FWD_MAX_QUEUES);
	if (args->rxq != 0)
		workers = RTE_MIN(workers, args->rxq);
	choose_queues(lo, workers);
	assign_lcores(lo, true);
	assign_lcores(lo, false);
	return 0;
}

/*
 * In rtc the worker itself, whose packets are those of the ethdev that forwards to this one, so
 * that none changes lcores; in a pipeline a tx lcore of its own lane.
 */
static unsigned int
writer_of(const struct layout *lo, const struct port *po, unsigned int queue)
{
	const struct lane *lane =
	    lane_of(lo, lo->lo_args->mode == L2FWD_RTC ? &lo->lo_port[po->po_from] : po);

	return lane->la_worker[queue % lane->la_nworkers].wk_tx;
}

/*
 * The text
 */

static unsigned int
mtu_of(const struct l2fwd_args *args, const struct port *po)
{
	unsigned int own = args->mtu_of[po->po_have->ie_id]; /* selected() has seen to the range */

	return own != 0 ? own : args->mtu;
}

/* In quotes: text that has them must not end early. */
static void
put_quoted(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text != '\0'; text++)
		fprintf(f, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	fputc('"', f);
}

/* Why there are not as many queues as were asked for, or as there are workers. */
static void
put_remark(FILE *f, const struct layout *lo, const struct port *po)
{
	const char *no_rss = po->po_have->ie_no_rss;

	if (po->po_spread == SPREAD_SOFTWARE)
		fprintf(f, " # flows are spread in software: %s",
		    no_rss != NULL ? no_rss : "it takes no more queues");
	else if (po->po_spread == SPREAD_RSS && po->po_nrxq < lane_of(lo, po)->la_nworkers)
		fprintf(f, " # it takes no more rx queues");
	else if (po->po_spread == SPREAD_ONE && lo->lo_args->rxq > 1)
		fprintf(f, " # no more though --rxq %u: one worker, and %s", lo->lo_args->rxq,
		    no_rss != NULL ? no_rss : "it takes no more");
}

static void
put_ports(FILE *f, const struct layout *lo)
{
	fprintf(f, "\nethdevs:\n");
	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		const struct port *po = &lo->lo_port[i];
		unsigned int mtu = mtu_of(lo->lo_args, po);

		fprintf(f, "  - {name: \"%u\", device: ", po->po_have->ie_id);
		put_quoted(f, po->po_have->ie_name);
		if (po->po_nrxq > 1)
			fprintf(f, ", rxq: %u", po->po_nrxq);
		if (po->po_ntxq > 1)
			fprintf(f, ", txq: %u", po->po_ntxq);
		if (mtu != 0)
			fprintf(f, ", mtu: %u", mtu);
		fprintf(f, "%s}", lo->lo_args->promiscuous ? ", promiscuous: yes" : "");
		put_remark(f, lo, po);
		fprintf(f, "\n");
	}
	for (unsigned int i = 0; i < lo->lo_have->iv_nethdevs; i++) {
		unsigned int id = lo->lo_have->iv_ethdev[i].ie_id;

		if (id < L2FWD_MAX_ETHDEVS && (lo->lo_args->mask >> id & 1) != 0 &&
		    !selected(lo->lo_args, id))
			fprintf(f, "  # ethdev %u is in -p but not in --portmap: left alone\n", id);
	}
}

/* A stage's name: "rx0", or "rx0_1" if it is one of several. */
struct name {
	char na_text[LWKT_STAGE_NAME];
};

static struct name
name_of(const char *kind, unsigned int number, unsigned int part, unsigned int parts)
{
	struct name na;

	if (parts > 1)
		snprintf(na.na_text, sizeof(na.na_text), "%s%u_%u", kind, number, part);
	else
		snprintf(na.na_text, sizeof(na.na_text), "%s%u", kind, number);
	return na;
}

static struct name
fwd_name(const struct layout *lo, unsigned int lane, unsigned int worker)
{
	return name_of("fwd", lane, worker, lo->lo_lane[lane].la_nworkers);
}

static struct name
tx_name(const struct port *po, unsigned int queue)
{
	return name_of("tx", po->po_have->ie_id, queue, po->po_ntxq);
}

/* "  - {name: rx0_1, kind: ethdev_rx, cpu: 2, params: {ethdev: "0", queue: 1", no end. */
static void
put_queue(FILE *f, struct name name, const char *kind, unsigned int cpu, const struct port *po,
    unsigned int queue)
{
	fprintf(f, "  - {name: %s, kind: %s, cpu: %u, params: {ethdev: \"%u\"", name.na_text, kind,
	    cpu, po->po_have->ie_id);
	if (queue > 0)
		fprintf(f, ", queue: %u", queue);
}

static void
put_rx_queue(FILE *f, const struct layout *lo, struct name name, unsigned int cpu,
    const struct port *po, unsigned int queue)
{
	put_queue(f, name, "ethdev_rx", cpu, po, queue);
	if (lo->lo_args->checksums != L2FWD_CHECKSUMS_AUTO)
		fprintf(f, ", checksums: %s", l2fwd_checksums_words[lo->lo_args->checksums]);
	fprintf(f, "}");
}

/* A lane's n-th ethdev with one rx queue. It is not polled by the same worker as the one before. */
static void
put_lone_rx(FILE *f, const struct layout *lo, const struct port *po, unsigned int n)
{
	const struct lane *lane = lane_of(lo, po);
	unsigned int worker = n % lane->la_nworkers, cpu = lane->la_worker[worker].wk_rx;
	struct name dist = name_of("dist", po->po_have->ie_id, 0, 1);

	put_rx_queue(f, lo, name_of("rx", po->po_have->ie_id, 0, 1), cpu, po, 0);
	if (po->po_spread == SPREAD_ONE) {
		fprintf(f, ", outputs: [%s]}\n", fwd_name(lo, po->po_lane, worker).na_text);
		return;
	}
	fprintf(f,
	    ", outputs: [%s]}\n"
	    "  - {name: %s, kind: distribute, cpu: %u, params: {malformed: pass}, outputs: [",
	    dist.na_text, dist.na_text, cpu);
	for (unsigned int w = 0; w < lane->la_nworkers; w++)
		fprintf(f, "%s%s", w == 0 ? "" : ", ", fwd_name(lo, po->po_lane, w).na_text);
	fprintf(f, "]}\n");
}

static void
put_rx(FILE *f, const struct layout *lo, const struct port *po, unsigned int n)
{
	const struct lane *lane = lane_of(lo, po);

	if (po->po_spread != SPREAD_RSS) {
		put_lone_rx(f, lo, po, n);
		return;
	}
	for (unsigned int q = 0; q < po->po_nrxq; q++) {
		unsigned int worker = q % lane->la_nworkers;

		put_rx_queue(f, lo, name_of("rx", po->po_have->ie_id, q, po->po_nrxq),
		    lane->la_worker[worker].wk_rx, po, q);
		fprintf(f, ", outputs: [%s]}\n", fwd_name(lo, po->po_lane, worker).na_text);
	}
}

static void
put_fwd(FILE *f, const struct layout *lo, unsigned int lane, unsigned int worker)
{
	unsigned int output = 0;

	fprintf(f, "  - {name: %s, kind: l2fwd, cpu: %u, params: {routes: [",
	    fwd_name(lo, lane, worker).na_text, lo->lo_lane[lane].la_worker[worker].wk_fwd);
	for (unsigned int i = 0; i < lo->lo_nports; i++)
		if (lo->lo_port[i].po_lane == lane)
			fprintf(f, "%s%u", i == 0 ? "" : ", ", output++);
		else
			fprintf(f, "%snone", i == 0 ? "" : ", ");
	fprintf(f, "], mac_updating: %s}, outputs: [", lo->lo_args->mac_update ? "yes" : "no");
	output = 0;
	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		const struct port *to = &lo->lo_port[lo->lo_port[i].po_to];

		if (lo->lo_port[i].po_lane == lane)
			fprintf(f, "%s%s", output++ == 0 ? "" : ", ",
			    tx_name(to, worker % to->po_ntxq).na_text);
	}
	fprintf(f, "]}\n");
}

static void
put_stages(FILE *f, const struct layout *lo)
{
	unsigned int in_lane[RTE_MAX_ETHPORTS] = {0};

	fprintf(f, "\nstages:\n");
	for (unsigned int i = 0; i < lo->lo_nports; i++)
		put_rx(f, lo, &lo->lo_port[i], in_lane[lo->lo_port[i].po_lane]++);
	for (unsigned int i = 0; i < lo->lo_nlanes; i++)
		for (unsigned int w = 0; w < lo->lo_lane[i].la_nworkers; w++)
			put_fwd(f, lo, i, w);
	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		const struct port *po = &lo->lo_port[i];

		for (unsigned int q = 0; q < po->po_ntxq; q++) {
			put_queue(f, tx_name(po, q), "ethdev_tx", writer_of(lo, po, q), po, q);
			fprintf(f, "}}\n");
		}
	}
}

/* Do the drivers take the queues? @return true: one does not, and now it has fewer. */
static bool
too_many(const struct layout *lo, l2fwd_ask_fn ask)
{
	for (unsigned int i = 0; i < lo->lo_nports; i++) {
		const struct port *po = &lo->lo_port[i];
		const struct lwkt_ethdev_params params = {
		    .ep_rxq = (uint16_t)po->po_nrxq,
		    .ep_txq = (uint16_t)po->po_ntxq,
		    .ep_mtu = (uint16_t)mtu_of(lo->lo_args, po),
		};

		if (po->po_nrxq > 1 && ask(po->po_have, &params) < po->po_nrxq)
			return true;
	}
	return false;
}

int
l2fwd_text_write(FILE *f, const struct l2fwd_args *args, struct lwkt_inventory *have,
    l2fwd_ask_fn ask, struct l2fwd_err *err)
{
	struct layout *lo = malloc(sizeof(*lo));
	int rc;

	if (lo == NULL)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV, "options: no memory; free some");
	do {
		memset(lo, 0, sizeof(*lo));
		lo->lo_args = args;
		lo->lo_have = have;
		rc = lay_out(lo, err);
	} while (rc == 0 && too_many(lo, ask));
	if (rc == 0) {
		fprintf(f, "pipeline: {name: l2fwd, watchdog: yes, budget_us: %u}\n", STALL_US);
		put_ports(f, lo);
		put_stages(f, lo);
	}
	free(lo);
	return rc;
}
