/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-l2fwd: what its files share. In the order of life:
 *
 *   args*.c     the command line                  -> struct l2fwd_args
 *   signals.c   what ends it
 *   log.c       --log
 *   preflight*.c
 *               what EAL will want of the machine (preflight.h)
 *   eal.c       EAL up and down
 *   inventory.c what there is
 *   plan.c, plan_queues.c, plan_setup.c, pools.c, numa.c
 *               which ethdev forwards to which,
 *               which lcore does what, sizes      -> struct l2fwd_plan
 *   ethdevs.c   pools and devices, up and down
 *   pipeline.c  the table of stages               -> struct lwkt_pipeline
 *   file.c      instead of these three: --config
 *   look.c      ... or only look
 *   serve.c     rounds of the main lcore
 *   stats*.c    live statistics (stats.h)
 *   watch.c     links, tx queues and pools that fail
 *   devices.c   devices that go and come back; notify.c: the service manager is told
 *   account.c   where every packet went
 */
#ifndef L2FWD_H
#define L2FWD_H

#include <stdio.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <lwkt_plan.h>
#include <lwkt_ethdev.h>
#include <lwkt_pipeline.h>
#include <lwkt_stages.h>

#include "args.h"

#define L2FWD_CACHE    256    /* mbufs that an lcore keeps */
#define L2FWD_DRAIN_MS 3000   /* less than ENDING_RUN_MS */
#define L2FWD_STALL_US 100000 /* a stage that runs longer is reported */

/** How the packets of an ethdev come to several workers. */
enum l2fwd_spread {
	L2FWD_ONE,      /* not at all: it has one */
	L2FWD_RSS,      /* the device does it, a queue for each */
	L2FWD_SOFTWARE, /* a distribute stage does it, behind its only rx queue */
};

/** One ethdev in use. Ethdevs refer to each other by index into pn_ethdev, not by id. */
struct l2fwd_ethdev {
	uint16_t ed_id;
	struct lwkt_ethdev_caps ed_caps;
	unsigned int ed_nrxq, ed_ntxq; /* queues in use; a tx queue has one lcore that writes it */
	enum l2fwd_spread ed_spread;
	unsigned int ed_to;   /* the ethdev that its packets leave by */
	unsigned int ed_from; /* ... and whose packets leave by this one: exactly one */
	unsigned int ed_lane; /* which lcores serve it */
	unsigned int ed_node; /* NUMA node of its pool, its own if it has one */
	struct lwkt_ethdev_params ed_params; /* what is wanted of it */
	struct lwkt_ethdev_setup ed_setup;   /* ... and what that comes to */
	struct rte_ether_addr ed_mac;
	struct lwkt_ethdev_conf ed_queue[L2FWD_MAX_QUEUES];
	bool ed_started;
};

/** A worker of a lane: one lcore with L2FWD_RTC, else three. */
struct l2fwd_worker {
	unsigned int wk_rx, wk_fwd, wk_tx;
	struct lwkt_l2fwd_conf wk_conf;
};

/** A group of ethdevs, and who serves it. */
struct l2fwd_lane {
	unsigned int la_nworkers;
	struct l2fwd_worker la_worker[L2FWD_MAX_QUEUES];
};

/** The pool of a NUMA node, and how its size comes about (pools.c). */
struct l2fwd_pool {
	unsigned int po_rx, po_tx, po_window, po_bursts, po_caches, po_sum;
	unsigned int po_packets; /* 0: the node has none */
	unsigned int po_room;    /* bytes of an mbuf's buffer, headroom included */
};

/* rx and tx stages for each queue, a distributor for each ethdev, a fwd stage for each worker. */
#define L2FWD_MAX_ROWS (RTE_MAX_ETHPORTS * (2 * L2FWD_MAX_QUEUES + 1) + RTE_MAX_LCORE)

/** Who does what. Everything but MAC addresses follows from options, ethdevs and lcores. */
struct l2fwd_plan {
	unsigned int pn_nethdevs, pn_nlanes, pn_nrows, pn_nnames;
	unsigned int pn_nidle; /* worker lcores that are not needed */
	bool pn_rtc;           /* a worker is one lcore */
	struct l2fwd_ethdev pn_ethdev[RTE_MAX_ETHPORTS];
	struct l2fwd_lane pn_lane[RTE_MAX_ETHPORTS];
	struct l2fwd_pool pn_pool[RTE_MAX_NUMA_NODES];
	struct lwkt_stage_row pn_row[L2FWD_MAX_ROWS];
	char pn_name[L2FWD_MAX_ROWS][LWKT_STAGE_NAME];
};

/** What there is to plan with. */
struct l2fwd_inventory {
	unsigned int in_nethdevs, in_nworkers;
	uint16_t in_ethdev[RTE_MAX_ETHPORTS]; /* ids, ascending */
	struct lwkt_ethdev_caps in_caps[RTE_MAX_ETHPORTS];
	struct lwkt_ethdev_limits in_limits[RTE_MAX_ETHPORTS];
	int in_node[RTE_MAX_ETHPORTS];         /* NUMA node; -1: any */
	unsigned int in_worker[RTE_MAX_LCORE]; /* lcore ids */
	unsigned int in_worker_node[RTE_MAX_LCORE];
};

/** The running program. */
struct l2fwd {
	struct l2fwd_args fw_args;
	struct l2fwd_plan fw_plan;
	struct l2fwd_inventory fw_have;
	struct rte_mempool *fw_pool[RTE_MAX_NUMA_NODES];
	struct lwkt_pipeline *fw_pipeline;
	struct lwkt_pipeline_file *fw_file; /* owns pools and pipeline if there is one */
	bool fw_cpus;                       /* lwkt_init() done */
};

/* eal.c */

/**
 * Our options stand behind the "--"; a lone argument is ours too, so that "lwkt-l2fwd --help"
 * works.
 * @return the index in argv of what stands before them.
 */
int l2fwd_options_at(int argc, char **argv);
/** "--help --" is EAL's help, and ends the program. */
void l2fwd_eal_help(int argc, char **argv);
/** @return 0; -1: err written, and nothing is left to stop. */
int l2fwd_eal_start(int argc, char **argv, struct l2fwd_err *err);
void l2fwd_eal_stop(void);
/** By force: what EAL has left where it has its files. */
void l2fwd_eal_leave(void);

/* signals.c */
#define L2FWD_TICK_MS 50 /* the main lcore's round */

/** Before any other thread is made. @return 0; -1: err written. */
int l2fwd_signals_begin(struct l2fwd_err *err);
/** What signals asked for in a round. */
struct l2fwd_wants {
	bool table, files;
};
/** Sleep for a round of the main lcore. @return the signal that came to end it, or 0. */
int l2fwd_tick(struct l2fwd_wants *wants);

/* log.c: make --log's file the output; again, after SIGHUP. */
int l2fwd_log_open(const struct l2fwd_args *args, struct l2fwd_err *err);
void l2fwd_log_reopen(const struct l2fwd_args *args);

/* serve.c: until it is time to end. */
void l2fwd_serve(struct l2fwd *fw);

/* watch.c: before the pipeline starts; in each round. */
void l2fwd_watch_start(const struct l2fwd *fw);
void l2fwd_watch(struct l2fwd *fw);

/* devices.c: before the pipeline starts; in each round, for each ethdev of the plan: */
void l2fwd_devices_start(const struct l2fwd *fw);
/** @return whether the device is there. */
bool l2fwd_devices_look(struct l2fwd *fw, unsigned int i);
/** Those that have gone are looked for. */
void l2fwd_devices_probe(struct l2fwd *fw);
/** Those that have gone, as "1 (net_tap0)"; at most bytes, 0: only count. @return how many. */
unsigned int l2fwd_devices_gone(const struct l2fwd *fw, char *ids, size_t bytes);

/** notify.c: the state that the service manager shows. */
__attribute__((format(printf, 1, 2))) void l2fwd_notify(const char *fmt, ...);

/* plan.c: no side effects; 0, or -1 with err written. */
int l2fwd_plan_make(struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_inventory *have, struct l2fwd_err *err);
/**
 * Ethdev i does not take its rx queues: from now on it has fewer, the next power of two.
 * @return false: i is the number of ethdevs, and nothing is to be done.
 */
bool l2fwd_plan_lower(const struct l2fwd_plan *plan, unsigned int i, struct l2fwd_inventory *have);

/* plan_queues.c: the part of l2fwd_plan_make() that is about queues and workers. */
int l2fwd_queues_plan(struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_inventory *have, struct l2fwd_err *err);
/** Which lcore writes tx queue q of ethdev i. */
unsigned int l2fwd_queues_writer(const struct l2fwd_plan *plan, unsigned int i, unsigned int q);
/** A line: how the workers share ethdev i, and why so. */
void l2fwd_queues_print(
    FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_args *args, unsigned int i);

/* plan_setup.c: what the ethdevs of a plan are set up with, by options and limits. */
int l2fwd_setup_plan(struct l2fwd_plan *plan, const struct l2fwd_args *args,
    const struct l2fwd_inventory *have, struct l2fwd_err *err);
/** A line for each ethdev, and for what does not go together. */
void l2fwd_setup_print(FILE *f, const struct l2fwd_plan *plan);

/* pools.c: after l2fwd_setup_plan(). */
void l2fwd_pools_plan(struct l2fwd_plan *plan);
/** The arithmetic, a line for each pool. */
void l2fwd_pools_print(FILE *f, const struct l2fwd_plan *plan);

/**
 * numa.c: a line for each queue and pool that is on another node than its ethdev, with the fix.
 *
 * @param started  the rx stages have named theirs already.
 * @return how many lines.
 */
unsigned int l2fwd_numa_print(
    FILE *f, const struct l2fwd_plan *plan, const struct l2fwd_inventory *have, bool started);

/* inventory.c: look what there is, and plan with it. */
int l2fwd_plan_devices(struct l2fwd *fw, struct l2fwd_err *err);

/* look.c: with --check, --graph or --preflight: what would run. */
int l2fwd_look(struct l2fwd *fw, struct l2fwd_err *err);

/* pipeline.c */
void l2fwd_pipeline_rows(struct l2fwd_plan *plan, bool mac_update);
void l2fwd_pipeline_print(const struct l2fwd_plan *plan);

/* file.c: read it, before EAL; look at it and print; make what it says. */
int l2fwd_file_load(struct l2fwd *fw, struct l2fwd_err *err);
int l2fwd_file_check(struct l2fwd *fw, struct l2fwd_err *err);
int l2fwd_file_make(struct l2fwd *fw, struct l2fwd_err *err);

/* ethdevs.c; all of it is undone by stop, close and free_pools, also when only half done. */
int l2fwd_ethdevs_pools(struct l2fwd *fw, struct l2fwd_err *err);
/** @return the first ethdev that does not take its several rx queues; none: their number. */
unsigned int l2fwd_ethdevs_try(const struct l2fwd_plan *plan);
int l2fwd_ethdevs_start(struct l2fwd *fw, struct l2fwd_err *err);
/** The i-th of the plan, again too. @return 0 or a negative errno, which has been said. */
int l2fwd_ethdevs_start_one(struct l2fwd *fw, unsigned int i);
void l2fwd_ethdevs_print(const struct l2fwd_args *args, const struct l2fwd_plan *plan);
/** Their ids, as "0, 2"; at most bytes. @return how many links are down. */
unsigned int l2fwd_ethdevs_links_down(const struct l2fwd_plan *plan, char *ids, size_t bytes);
void l2fwd_ethdevs_stop(struct l2fwd *fw);
void l2fwd_ethdevs_close(struct l2fwd *fw);
unsigned int l2fwd_ethdevs_mbufs_in_use(const struct l2fwd *fw);
/**
 * An ethdev of net_ring, whose ring keeps what it has transmitted until somebody takes it out.
 *
 * @return DPDK's port id of the first; -1: none. Before they are closed.
 */
int l2fwd_ethdevs_ring(const struct l2fwd *fw);
void l2fwd_ethdevs_free_pools(struct l2fwd *fw);

/** A line about what happens; the table of statistics begins anew below it. */
__attribute__((format(printf, 1, 2))) void l2fwd_say(const char *fmt, ...);

/* stats.c: open --stats-json, close it; start the clock; look, in each round; show the time since
 * the last table, or the whole run. */
int l2fwd_stats_open(const struct l2fwd_args *args, struct l2fwd_err *err);
void l2fwd_stats_reopen(const struct l2fwd_args *args);
void l2fwd_stats_close(void);
void l2fwd_stats_look(void);
void l2fwd_stats_start(const struct l2fwd *fw);
void l2fwd_stats_print(const struct l2fwd *fw);
void l2fwd_stats_print_run(const struct l2fwd *fw);

/* account.c */

/**
 * A stage's drop reasons, one after the other; behind its kind's come "purged", ended by a stop,
 * and, summed over its outputs, "edge_full" and "oldest".
 *
 * @param i  0, 1, ...
 * @return its name, *count written; NULL: there are no more.
 */
const char *l2fwd_drop(const struct lwkt_stage *st, const struct lwkt_stage_stats *ss,
    unsigned int i, uint64_t *count);

struct l2fwd_account {
	struct lwkt_account ac;     /* as the pipeline counts */
	uint64_t dropped_by_reason; /* the sum of what is printed by stage and reason */
	unsigned int mbufs_in_use;  /* after the ethdevs are closed */
	bool ring;                  /* some may be in one of net_ring: in ethdev ring_id's */
	int ring_id;
};
void l2fwd_account_read(struct l2fwd_account *account, const struct lwkt_pipeline *pl);
void l2fwd_account_print(const struct l2fwd_account *account, const struct lwkt_pipeline *pl);
/**
 * What is known if the program has to be ended by force: the pipeline's counters while it is there;
 * NULL: it is settled, or there was none; and the exit code then.
 */
void l2fwd_account_watch(const struct lwkt_pipeline *pl, int code);
/** On any thread: a line about that, if there is a pipeline. @return the code. */
int l2fwd_account_known(FILE *f);
/**
 * @param gone  devices that have gone, as text; "": none. What mbufs they had may be lost.
 * @return 0 if it balances; else -1, err written (L2FWD_EXIT_ACCOUNT, or L2FWD_EXIT_ENV if a device
 *         has gone and that is all).
 */
int l2fwd_account_check(
    const struct l2fwd_account *account, const char *gone, struct l2fwd_err *err);

#endif /* L2FWD_H */
