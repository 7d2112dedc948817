/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench pktgen and rfc2544 from the inside.
 *
 *      pktgen.c      one trial: options of its own, course, report
 *      gen_setup.c   the other options; ethdevs and pools up and down, links
 *      gen_trial.c   a trial: sending, receiving, the main lcore's part
 *      gen_pcap.c    the packets of a file
 *
 * What needs no EAL has headers of its own: gen_frame.h, gen_track.h, gen_rate.h, hist.h.
 *
 * A direction is one ethdev that sends and one that receives, with flows, numbers and counters of
 * its own. The sender's and the receiver's part of it are written by one lcore each; the main lcore
 * reads the atomic ones while they run, and the rest when they have stopped (rte_eal_wait_lcore()).
 */
#ifndef BENCH_GEN_PVT_H
#define BENCH_GEN_PVT_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "bench.h"
#include "gen_frame.h"
#include "gen_pcap.h"
#include "gen_rate.h"
#include "gen_stream.h"
#include "stats.h"
#include "report.h"

#define GEN_BURST      32
#define GEN_SIZES      64 /* in a row */
#define GEN_DIRS       2
#define GEN_DESCS      1024
#define GEN_POOL       4095
#define GEN_POOL_CACHE 256
#define GEN_WINDOWS    3600 /* seconds that are remembered one by one: the last ones */

struct gen_conf {
	struct frame_spec gc_spec;                 /* but for the device's MAC and first flow */
	struct frame_range gc_back[FRAME_FIELDS];  /* of the second direction */
	unsigned int gc_size[GEN_SIZES], gc_sizes; /* sent by turns, with FCS */
	const char *gc_pcap; /* NULL: what the spec says; otherwise each packet is a flow of it */
	unsigned int gc_streams; /* what is numbered: flows, but of a file */
	double gc_mean;          /* bytes of a frame, with FCS */
	unsigned int gc_largest;
	struct rate_spec gc_rate;
	double gc_pps;      /* what that comes to in each direction; 0: no limit */
	unsigned int gc_ms; /* how long to send */
	unsigned int gc_link_s, gc_mtu;
	unsigned int gc_drain_ms; /* 0 from the command line: not said */
	uint64_t gc_count; /* frames to send in each direction; 0: as many as seconds allow */
	bool gc_tx_only;
	bool gc_no_copies; /* when all that were sent have come, do not wait for copies */
};

/* The next frame's flow and size, and its headers. */
struct gen_cursor {
	const struct frame_head *gu_head;
	uint32_t gu_flow;
	unsigned int gu_size;
};

/* The sender's. */
struct gen_tx {
	struct rate gt_rate;
	struct rte_mbuf *gt_pending[GEN_BURST]; /* made, not taken by the device yet: [at, n) */
	unsigned int gt_at, gt_n;
	uint64_t gt_pending_bytes; /* of these, with FCS */
	struct gen_cursor gt_cursor;
	uint64_t gt_made;
	uint32_t *gt_sequence;      /* [streams]: the next frame's */
	struct frame_head *gt_head; /* [sizes][flows] */
	uint64_t gt_bytes;          /* with FCS, of those that were sent */
	uint64_t gt_first, gt_last; /* TSC of the start, and when the last burst was made */
	uint64_t gt_sent;           /* atomic */
};

/* The receiver's. */
struct gen_rx {
	struct track *gr_track; /* [streams] */
	struct track_counts gr_counts;
	struct hist *gr_latency; /* TSC cycles */
	uint64_t gr_foreign, gr_corrupt, gr_bytes;
	uint64_t gr_first, gr_last; /* TSC of the first and last burst with a frame of ours */
	uint64_t gr_first_burst;    /* frames of ours in the first */
	uint64_t gr_received;       /* atomic: frames of ours, whatever else they are */
	uint64_t gr_distinct;       /* atomic: of these, those that had not come before */
};

struct gen_dir {
	char gd_name[16]; /* "0>1" */
	uint16_t gd_from, gd_to;
	struct frame_spec gd_spec;
	uint64_t gd_missed, gd_errors; /* rx_missed and errors that the receiving device counted */
	/* The main lcore's: what happened in each second, as frames a second. */
	double gd_sent_each[GEN_WINDOWS], gd_received_each[GEN_WINDOWS];
	alignas(64) struct gen_tx gd_tx;
	alignas(64) struct gen_rx gd_rx;
};

enum gen_phase {
	GEN_SENDING,
	GEN_DRAINING, /* no new frames; what comes is received */
	GEN_OVER,
};

struct gen_run {
	struct gen_conf gn_conf;
	struct pcap_packets gn_packets;
	struct gen_dir gn_dir[GEN_DIRS];
	unsigned int gn_dirs;
	uint16_t gn_ethdev[2];
	unsigned int gn_ethdevs;
	unsigned int gn_windows; /* seconds that were counted one by one */
	double gn_link_bits;     /* a second; 0: not known */
	struct rte_mempool *gn_tx_pool, *gn_rx_pool;
	bool gn_incomplete;
	uint32_t gn_tag_base;     /* of the last trial */
	alignas(64) int gn_phase; /* atomic; enum gen_phase */
	int gn_tx_done;           /* atomic: the sender has sent all that gc_count asks for */
	/* The receiver's: TSC of its last round, and the longest time between two. */
	alignas(64) uint64_t gn_polled, gn_gap;
};

/* gen_setup.c: 0, or an exit code after one line on stderr. Sets the spec's source MAC and gc_pps.
 */
int gen_open(struct gen_run *run);
void gen_close(struct gen_run *run);
/* What the receiving devices count, into the directions. */
void gen_read_devices(struct gen_run *run);

/*
 * gen_setup.c: the options that are shared, and a subcommand's own behind them. A value of
 * bench_parse(). All but sizes and rate is then in run->gn_conf.
 */
extern const char *gen_command; /* the subcommand, for complaints */
int gen_args_parse(
    struct gen_run *run, const struct opt *own, const char *summary, int argc, char **argv);
/* The name of an option that says what frames look like, and was given; "": none was. */
const char *gen_args_frame_option(void);
/* The sizes that --size says. BENCH_USAGE after one line. */
int gen_args_sizes(struct gen_conf *gc, const char *text);
/* The file of --pcap: its flows, streams and sizes. 0, or an exit code after one line. */
int gen_load(struct gen_run *run);
/* One line; returns BENCH_USAGE. */
int gen_bad_value(const char *option, const char *value, const char *wanted);
/* Choose ethdevs and directions, when EAL is up. An exit code. */
int gen_args_ethdevs(struct gen_run *run);

/*
 * gen_trial.c: signals end a trial from then on; a whole trial, with a line a second to live, if
 * not NULL, and the directions' windows. Returns false if it was interrupted; what was counted so
 * far is there.
 */
void gen_catch_signals(void);
bool gen_trial(struct gen_run *run, FILE *live);

/*
 * gen_trial.c: a broadcast frame out of each ethdev, so that what lies between them learns where
 * its address is; what comes within wait_ms is thrown away. Between trials.
 */
void gen_learn(struct gen_run *run, unsigned int wait_ms);

/* gen_trial.c: tables of the directions. 0 or BENCH_FAILED. */
int gen_prepare(struct gen_run *run);
void gen_free(struct gen_run *run);

/* pktgen.c: percentiles of a histogram of cycles, in us. */
json_t *gen_latency(const struct hist *h);

void gen_live_title(const struct gen_run *run, FILE *out);
/* A line of what has happened in the last window. */
void gen_live(const struct gen_run *run, FILE *out);
/* Returns an exit code. */
int gen_report(const struct gen_run *run, const char *json);

#endif /* BENCH_GEN_PVT_H */
