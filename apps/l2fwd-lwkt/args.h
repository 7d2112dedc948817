/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options behind "--", and how this program says no.
 */
#ifndef L2FWD_ARGS_H
#define L2FWD_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "place.h"

/* Exit codes. */
#define L2FWD_EXIT_ENV     1 /* the environment lacks something: memory, a device */
#define L2FWD_EXIT_USAGE   2 /* the command line or the file asks for something impossible */
#define L2FWD_EXIT_ACCOUNT 3 /* it ran, and packets or mbufs are unaccounted for */

/*
 * Why something was refused. Whoever finds out fills it and returns -1, all callers up to main()
 * pass that on, and main() prints the one line "lwkt-l2fwd: <text>".
 */
struct l2fwd_err {
	int code; /* L2FWD_EXIT_ */
	char text[320];
};

/** Fill err with "<thing>: <what is wrong>; <fix>". @return -1. */
__attribute__((format(printf, 3, 4))) int l2fwd_refuse(
    struct l2fwd_err *err, int code, const char *fmt, ...);

enum l2fwd_mode {
	L2FWD_RTC,      /* run to completion: rx, forward and tx of a packet on one CPU */
	L2FWD_PIPELINE, /* rx, forward and tx on a CPU each */
};

/* What an lcore without work does (lwkt_pipeline.h); by default it pauses, or yields. */
/** How lines of the log look. */
enum l2fwd_log_format { L2FWD_LOG_TEXT, L2FWD_LOG_JSON };

enum l2fwd_idle {
	L2FWD_IDLE_DEFAULT,
	L2FWD_IDLE_POLL,
	L2FWD_IDLE_PAUSE,
	L2FWD_IDLE_SLEEP,
	L2FWD_IDLE_INTERRUPT,
};

/* What becomes of unfinished checksums (lwkt_ethdev.h, enum lwkt_checksums). */
enum l2fwd_checksums {
	L2FWD_CHECKSUMS_AUTO,
	L2FWD_CHECKSUMS_COMPLETE,
	L2FWD_CHECKSUMS_LEAVE,
};

#define L2FWD_CYCLES_SAMPLE 64 /* one round of so many; as LWKT_CYCLES_SAMPLE */
#define L2FWD_MAX_PAIRS     16
#define L2FWD_MAX_PLUGINS   16
#define L2FWD_MAX_GROUP     16    /* -q, as DPDK's l2fwd */
#define L2FWD_MAX_PERIOD    86400 /* -T, seconds, as DPDK's l2fwd */
#define L2FWD_MAX_QUEUES    16    /* --rxq, --txq */
#define L2FWD_MAX_ETHDEVS   64    /* that a mask can name */
#define L2FWD_MIN_MTU       68    /* --mtu */
#define L2FWD_MAX_MTU       65000
#define L2FWD_MAX_LINK      3600     /* --link-wait, seconds */
#define L2FWD_LINK_WAIT     9        /* ... by default, as DPDK's l2fwd */
#define L2FWD_MAX_REPROBE   3600     /* --reprobe, seconds */
#define L2FWD_MAX_DURATION  31536000 /* --duration, seconds: a year */

struct l2fwd_args {
	uint64_t mask;         /* -p: bit i is ethdev i */
	unsigned int group;    /* -q: ethdevs per lcore, or per three lcores */
	unsigned int period;   /* -T: seconds between two tables of statistics, 0 never */
	unsigned int rxq, txq; /* --rxq, --txq: queues per ethdev; 0: one for each worker */
	uint16_t mtu;          /* --mtu of all; 0: 1500, or less where the device has less */
	uint16_t mtu_of[L2FWD_MAX_ETHDEVS]; /* ... of this one; 0: that of all */
	unsigned int link_wait; /* --link-wait: seconds that links are waited for at the start */
	unsigned int reprobe;   /* --reprobe: seconds between two looks for a device; 0: never */
	unsigned int duration;  /* --duration: seconds after which it ends; 0: never */
	uint64_t count;         /* --count: packets received after which it ends; 0: never */
	const char
	    *stats_json;     /* --stats-json: statistics go to this file too; NULL: they do not */
	bool stats_bytes;    /* --stats-bytes: stages count bytes */
	unsigned int cycles; /* --cycles: one round of so many is timed; 0: none */
	const char *control; /* --control: the socket; NULL: EAL's directory; "none" */
	const char *control_group; /* --control-group: may use it too; NULL: none */
	const char *metrics;       /* --metrics: where they are to be had; NULL: nowhere */
	struct l2fwd_place metrics_at;
	unsigned int log_format; /* --log-format: enum l2fwd_log_format */
	const char *log;         /* --log: what is said goes to this file; NULL: to the terminal */
	enum l2fwd_mode mode;
	enum l2fwd_idle idle;           /* --idle */
	enum l2fwd_checksums checksums; /* --checksums */
	bool mac_update;
	bool promiscuous;
	unsigned int npairs; /* --portmap; 0: none given, neighbours forward to each other */
	uint16_t pair[L2FWD_MAX_PAIRS][2];
	const char *config; /* --config: the pipeline is in this file, and what follows from it is
	                       not said */
	unsigned int nplugins; /* --plugin: shared objects with kinds of stages */
	const char *plugin[L2FWD_MAX_PLUGINS];
	bool check, graph; /* only look */
	bool preflight;    /* ... and at all around it too */
	bool print_config; /* only print what the options come to as a file */
};

/* By enum l2fwd_checksums; the words of a pipeline file, too. NULL at the end. */
extern const char *const l2fwd_checksums_words[];

enum l2fwd_wish {
	L2FWD_RUN,
	L2FWD_HELP,
	L2FWD_VERSION,
	L2FWD_KEYS,
};

/**
 * Parse argv[1..argc).
 *
 * @return 0, args and wish written (args but for L2FWD_RUN and L2FWD_KEYS not checked); or -1, err written.
 */
int l2fwd_args_parse(
    struct l2fwd_args *args, enum l2fwd_wish *wish, int argc, char **argv, struct l2fwd_err *err);

/** Print what --help says. */
void l2fwd_args_help(FILE *out);

#endif /* L2FWD_ARGS_H */
