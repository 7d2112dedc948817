/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the subcommand msg: one test, measured on two CPUs, ours and the rival.
 */
#ifndef BENCH_MSG_PVT_H
#define BENCH_MSG_PVT_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_ring.h>

#include <lwkt_msgport.h>

#include "report.h"

/* An LWKT CPU handles about so many messages between two polls. */
#define PASS          32
#define BURST_MAX     256
#define WINDOW        256
#define IN_FLIGHT_MAX 1024
#define RING_SIZE     2047 /* transit's and the rival's: room for all that is ever in flight */
#define SAMPLES_MAX   65536

/* What the two sides of a measurement share. The main lcore fills it in before each. */
struct msg_run {
	unsigned int mr_burst;  /* messages a send */
	unsigned int mr_window; /* messages in flight, at most; mr_burst divides it */
	unsigned int mr_set;    /* messages there are; so it does this */
	uint64_t mr_warm;       /* messages before the clock starts; multiples of mr_burst */
	uint64_t mr_count;      /* messages on the clock */
	lwkt_msg_t *mr_msg;     /* [mr_set] */
	struct lwkt_port *mr_client_port, *mr_server_port;
	struct rte_ring *mr_to_server, *mr_to_client;

	/* The client's results. */
	alignas(64) double mr_value[ROUND_METRICS];
	uint64_t mr_client_errors;
	double *mr_sample; /* [SAMPLES_MAX] */

	/* The server's. */
	alignas(64) uint64_t mr_server_errors;
	alignas(64) uint64_t mr_finished; /* atomic: messages it is done with */
};

struct msg_row;

struct msg_side {
	void (*si_client)(void *run);
	void (*si_server)(void *run); /* NULL: all of it happens on one CPU */
};

struct msg_test {
	const char *mt_name;
	const char *mt_what;
	const char *const *mt_metrics; /* suffixes of the rows, ends with NULL */
	unsigned int mt_count; /* of a measurement, each a figure; 0: as many as its time takes */
	bool mt_bursts;        /* one row for each burst size */
	unsigned int mt_burst; /* the only one otherwise */
	unsigned int mt_in_flight; /* messages there are */
	bool mt_reply_queued;      /* on the client's port; else a reply only marks it done */
	const char *mt_rival;      /* NULL: rte_ring, one producer, one consumer */
	/* For each row, before its first round: NULL, or why it is left out. */
	const char *(*mt_prepare)(struct msg_row *row);
	void (*mt_report)(json_t *row); /* what else the row has; or NULL */
	void (*mt_finish)(void);        /* once, after all rounds, whatever mt_prepare() said */
	struct msg_side mt_side[SIDES];
};

/*
 * One row or more of the report: a test at a burst size.
 */
struct msg_row {
	const struct msg_test *ro_test;
	struct msg_run ro_run;
	struct rounds ro_rounds;
	struct lwkt_msg *ro_slab;
	lwkt_msg_t ro_set[SIDES][IN_FLIGHT_MAX]; /* each side has messages of its own */
};

/* Rings and ports that all rows use. Returns 0 or -ENOMEM. */
int msg_rows_init(void);

/* NULL: no memory. */
struct msg_row *msg_row_new(
    const struct msg_test *test, unsigned int burst, unsigned int rounds, unsigned int regimes);
void msg_row_free(struct msg_row *row);

/* Find out how many messages take so long, on each side. */
void msg_row_set_count(struct msg_row *row, unsigned int us);

/* For rounds_take(): measure both sides once. */
void msg_row_measure(void *row, bool rival_first, struct sample *sample);

extern const struct msg_test msg_oneway, msg_roundtrip, msg_domsg, msg_async, msg_oncpu,
    msg_oncpu_burst, msg_oncpu_reply, msg_mpsc, msg_dsw, msg_distributor, msg_call, msg_call_burst,
    msg_call_window, msg_call_spinlock, msg_call_ticketlock, msg_call_mcslock, msg_call_atomic,
    msg_lone, msg_natural, msg_natural_single, msg_natural_turns;

/*
 * Subcommands whose rows are such tests: their options, of which mo_only is a mask of tests, and
 * what they do (msg.c). tests ends with NULL.
 */
struct msg_opts {
	unsigned int mo_rounds, mo_ms, mo_regimes, mo_only, mo_rate; /* a second, of lone */
	const char *mo_json;
	bool mo_quick;
};
extern struct msg_opts msg_opts;

#define MSG_OPTIONS                                                                            \
	REPORT_OPT_ROUNDS(&msg_opts.mo_rounds, &msg_opts.mo_ms, &msg_opts.mo_regimes),         \
	    REPORT_OPT_JSON(&msg_opts.mo_json),                                                \
	{                                                                                      \
		"quick", NULL, "a tenth of the messages: tries the program, measures nothing", \
		    OPT_FLAG, &msg_opts.mo_quick                                               \
	}

/* cols: of the table; NULL: those of msg. */
int msg_run_tests(const struct bench_cmd *cmd, const struct msg_test *const *tests,
    const struct report_col *cols);

/* "" alone: a test with one figure. */
extern const char *const msg_one_metric[];

/* The median of single samples, and the tail: what msg_tail_values() makes of mr_sample. */
extern const char *const msg_tail_metrics[];
void msg_tail_values(struct msg_run *run);

/* Requests and their answers through raw rings: one at a time, and a window of them. */
void msg_raw_call_client(void *run);
void msg_raw_call_server(void *run);
void msg_raw_async_client(void *run);
void msg_raw_async_server(void *run);

/*
 * The work of the application, the same on both sides: the client numbers a message, the server
 * reads the number and writes its answer, the client reads the answer.
 */
static inline void
app_request(lwkt_msg_t msg, uint64_t number)
{
	msg->u.ms_result64 = (int64_t)number;
}

static inline bool
app_serve(lwkt_msg_t msg, uint64_t number)
{
	bool good = msg->u.ms_result64 == (int64_t)number;

	msg->u.ms_result64 = ~(int64_t)number;
	return good;
}

static inline bool
app_answered(const struct lwkt_msg *msg, uint64_t number)
{
	return msg->u.ms_result64 == ~(int64_t)number;
}

/*
 * A branch, not a sum: each addition to a counter in memory waits for the one before, some five
 * processor cycles a message that are neither side's.
 */
static inline void
app_check(uint64_t *errors, bool good)
{
	if (unlikely(!good))
		++*errors;
}

/*
 * The rival's message is the same 64 bytes, and its two sides write the fields that LWKT writes,
 * in the same places: where it goes and that it is not done; its error and that it is done.
 */
static inline void
raw_send(struct msg_run *run, lwkt_msg_t msg)
{
	msg->ms_target_port = run->mr_server_port;
	__atomic_store_n(
	    &msg->ms_flags, msg->ms_flags & ~(MSGF_DONE | MSGF_REPLY), __ATOMIC_RELAXED);
}

static inline void
raw_reply(lwkt_msg_t msg)
{
	msg->ms_error = 0;
	__atomic_store_n(&msg->ms_flags, msg->ms_flags | MSGF_DONE | MSGF_REPLY, __ATOMIC_RELEASE);
}

#endif /* BENCH_MSG_PVT_H */
