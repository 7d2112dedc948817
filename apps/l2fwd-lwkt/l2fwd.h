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
 *   text.c      options, devices and lcores       -> the text of a pipeline file (text.h)
 *   file.c      that text, or --config's file     -> struct lwkt_pipeline; or only look
 *   ethdevs.c   links, and the way down
 *   serve.c     rounds of the main lcore
 *   stats*.c    live statistics (stats.h)
 *   rpc.c       what is asked of it (rpc.h), by a socket: control.c (control.h), methods.c
 *   capture*.c  packets for who asks by it (capture.h)
 *   trace*.c    the way of single packets (trace.h)
 *   metrics.c   --metrics, for Prometheus
 *   health.c    is it well?
 *   overload.c  packets that are lost for want of time or room
 *   watch.c     links, tx queues and pools that fail
 *   devices.c   devices that go and come back; notify.c: the service manager is told
 *   account.c   where every packet went
 */
#ifndef L2FWD_H
#define L2FWD_H

#include <poll.h>
#include <stdio.h>

#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_mempool.h>

#include <lwkt_plan.h>
#include <lwkt_ethdev.h>
#include <lwkt_event.h>
#include <lwkt_pipeline.h>
#include <lwkt_stages.h>

#include "args.h"

#define L2FWD_DRAIN_MS 3000 /* less than ENDING_RUN_MS */

/** The ethdevs in use, in the order of the pipeline file. */
struct l2fwd_plan {
	unsigned int pn_nethdevs;
	struct l2fwd_ethdev {
		uint16_t ed_id;
		struct rte_ether_addr ed_mac; /* at the start */
	} pn_ethdev[RTE_MAX_ETHPORTS];
};

/** The running program. */
struct l2fwd {
	struct l2fwd_args fw_args;
	struct l2fwd_plan fw_plan;
	struct lwkt_pipeline *fw_pipeline;
	struct lwkt_pipeline_file *fw_file; /* owns pools, ethdevs and pipeline */
	bool fw_cpus;                       /* lwkt_init() done */
	uint64_t fw_moved;                  /* buckets that the balancer has moved */
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
/** Sleep for a round of the main lcore, and answer who asks. @return the signal that came to end it, or 0. */
int l2fwd_tick(struct l2fwd_wants *wants);

/* log.c: make --log's file the output; again, after SIGHUP. */
int l2fwd_log_open(const struct l2fwd_args *args, struct l2fwd_err *err);
void l2fwd_log_reopen(const struct l2fwd_args *args);

/* log_lines.c */

/** Names of RTE_LOG_EMERG to RTE_LOG_DEBUG. */
extern const char *const l2fwd_log_levels[RTE_LOG_MAX + 1];
/** --log-format: DPDK's lines take that form from now on. Once, before EAL starts. */
int l2fwd_log_form(const struct l2fwd_args *args, struct l2fwd_err *err);
/** Where DPDK's lines go; NULL: they have no form, standard error. */
FILE *l2fwd_log_stream(void);
/** A line of ours. @param event its name; NULL: it is none. */
void l2fwd_log_line(uint32_t level, const char *event, const char *text);
/** The last line: why it has failed. */
void l2fwd_log_refusal(const char *text);

/* methods.c: the control socket, for who asks while it runs. */
#define L2FWD_CONTROL_FDS    17  /* as control.h */
#define L2FWD_CAPTURE_STAGES 256 /* that a capture looks at */

/** @return 0; -1: err written. Without --control it goes on without one, and says so. */
int l2fwd_control_open(struct l2fwd *fw, struct l2fwd_err *err);
void l2fwd_control_close(void);
/** On any thread, when it is ended by force: take away its file. */
void l2fwd_control_leave(void);
/** What to wait for, at most L2FWD_CONTROL_FDS; after the wait. @return how many. */
unsigned int l2fwd_control_fds(struct pollfd *fds);
void l2fwd_control_serve(void);

/* metrics.c: --metrics. */

/** @return 0; -1: err written. */
int l2fwd_metrics_open(const struct l2fwd *fw, struct l2fwd_err *err);
void l2fwd_metrics_close(void);
/** On any thread, when it is ended by force: take away its file. */
void l2fwd_metrics_leave(void);
/** What becomes readable when there is something to serve; -1: nothing does. */
int l2fwd_metrics_fd(void);
void l2fwd_metrics_serve(void);

/* health.c: in each round: @return whether each loop turns. Who asks: an object. */
bool l2fwd_health_look(const struct l2fwd *fw);
struct json_t *l2fwd_health(const struct l2fwd *fw);

/* serve.c: until it is time to end. */
void l2fwd_serve(struct l2fwd *fw);

/* watch.c: before the pipeline starts; in each round. */
void l2fwd_watch_start(const struct l2fwd *fw);
void l2fwd_watch(struct l2fwd *fw);
/** As it was seen last; false: its link is up, or not known. */
bool l2fwd_watch_link_is_down(uint16_t ethdev);

/* overload.c: in each round. */
void l2fwd_overload_look(const struct l2fwd *fw);

/* devices.c: before the pipeline starts; in each round, for each ethdev of the plan: */
void l2fwd_devices_start(const struct l2fwd *fw);
/** @return whether the device is there. */
bool l2fwd_devices_look(struct l2fwd *fw, unsigned int i);
bool l2fwd_devices_has_gone(uint16_t ethdev);
/** Those that have gone are looked for. */
void l2fwd_devices_probe(struct l2fwd *fw);
/** Those that have gone, as "1 (net_tap0)"; at most bytes, 0: only count. @return how many. */
unsigned int l2fwd_devices_gone(const struct l2fwd *fw, char *ids, size_t bytes);

/* notify.c: what the service manager shows; what it goes by; and that every loop turns, in each
 * round in which that is so. */
__attribute__((format(printf, 1, 2))) void l2fwd_notify(const char *fmt, ...);
enum l2fwd_service_state {
	L2FWD_SERVICE_WAITS, /* for links */
	L2FWD_SERVICE_READY,
	L2FWD_SERVICE_RELOADS,
	L2FWD_SERVICE_ENDS,
};
void l2fwd_notify_state(enum l2fwd_service_state state);
void l2fwd_notify_alive(void);

/* file.c */

/** Read what --config names, before EAL is up. @return 0; -1: err written. */
int l2fwd_file_load(struct l2fwd *fw, struct l2fwd_err *err);
/**
 * Without --config: make a file of the options, with the devices that EAL has found; or print it.
 * @return 0; -1: err written.
 */
int l2fwd_file_options(struct l2fwd *fw, struct l2fwd_err *err);
/**
 * --check, --graph, --preflight: what would run, and whether it could. No device is started; those
 * of which several rx queues are wanted are configured. @return 0; -1: err written.
 */
int l2fwd_file_look(struct l2fwd *fw, struct l2fwd_err *err);
/** Pools, ethdevs and pipeline of the file. @return 0; -1: err written. */
int l2fwd_file_make(struct l2fwd *fw, struct l2fwd_err *err);

/* ethdevs.c */

/** Their ids, as "0, 2"; at most bytes. @return how many links are down. */
unsigned int l2fwd_ethdevs_links_down(const struct l2fwd_plan *plan, char *ids, size_t bytes);
/** Close all ethdevs, those too that EAL found and nobody asked for. */
void l2fwd_ethdevs_close(struct l2fwd *fw);
/**
 * An ethdev of net_ring, whose ring keeps what it has transmitted until somebody takes it out.
 *
 * @return DPDK's port id of the first; -1: none. Before they are closed.
 */
int l2fwd_ethdevs_ring(const struct l2fwd *fw);

/** A line about what happens; the table of statistics begins anew below it. */
__attribute__((format(printf, 1, 2))) void l2fwd_say(const char *fmt, ...);

/** The same of an event, which is kept; nothing if too many of its kind come. */
__attribute__((format(printf, 2, 3))) void l2fwd_happened(
    enum lwkt_event_kind kind, const char *fmt, ...);

/* stats.c: open --stats-json, close it; start the clock; look, in each round; show the time since
 * the last table, or the whole run. */
int l2fwd_stats_open(const struct l2fwd_args *args, struct l2fwd_err *err);
void l2fwd_stats_reopen(const struct l2fwd_args *args);
void l2fwd_stats_close(void);
void l2fwd_stats_look(void);
void l2fwd_stats_start(const struct l2fwd *fw);
void l2fwd_stats_print(const struct l2fwd *fw);
void l2fwd_stats_print_run(const struct l2fwd *fw);
struct l2fwd_snapshot;
/**
 * All that is counted, as an object of --stats-json, since it was cleared.
 *
 * @param before  who asks: where its last snapshot is kept, for free(); *before NULL: there is none.
 *                Rates are since then, else since it was cleared or started.
 * @return the caller's; NULL: there is no memory.
 */
struct json_t *l2fwd_stats_ask(const struct l2fwd *fw, struct l2fwd_snapshot **before);
/** What is asked for begins anew; tables, --stats-json and the account go on. */
void l2fwd_stats_clear(const struct l2fwd *fw);

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
