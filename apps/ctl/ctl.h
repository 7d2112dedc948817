/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-ctl: what its files share.
 *
 *   main.c     the command line, the commands
 *   client.c   the socket: find it, ask, be answered
 *   show.c     answers for people
 *   capture.c  the command that takes packets
 *   trace.c    the command that follows packets
 *   top.c      the command that shows counters again and again
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* Exit codes. */
#define CTL_FAILED 1 /* nobody answers, or not in time; health: it is not well */
#define CTL_USAGE  2 /* the command line, or the other side says no to it */

/** A connection. */
struct ctl {
	int ct_fd;
	int ct_timeout_ms; /* for an answer */
	char ct_error[400];
	int ct_code; /* CTL_, with ct_error */
};

/* client.c */

/** ct_error and ct_code. @return -1. */
__attribute__((format(printf, 3, 4))) int ctl_fail(struct ctl *ct, int code, const char *fmt, ...);

/**
 * Connect.
 *
 * @param path  NULL: to the one lwkt-l2fwd of this machine that there is for this user.
 * @return 0; -1: ct_error says why not.
 */
int ctl_connect(struct ctl *ct, const char *path);
/**
 * Ask, and wait for the answer.
 *
 * @param params  an object, given away; NULL: none.
 * @return the result, the caller's; NULL: ct_error says why not.
 */
json_t *ctl_ask(struct ctl *ct, const char *method, json_t *params);
void ctl_close(struct ctl *ct);

/* show.c */

/** Members of an object, whatever it is: "-" and 0 where there is no such. */
const char *show_text(const json_t *object, const char *field);
int64_t show_count(const json_t *object, const char *field);
double show_number(const json_t *object, const char *field);

/* An answer, as lines. */
void show_stats(const json_t *stats);
void show_config(const json_t *config);
void show_events(const json_t *events);
void show_log(const json_t *types);
void show_balance(const json_t *balance);
void show_health(const json_t *health);
void show_methods(const json_t *discovered);

/* capture.c */

/** What of it is wanted; 0, NULL: not said. */
struct capture_want {
	const char *cw_stage, *cw_filter, *cw_write;
	unsigned int cw_ethdev; /* UINT_MAX: none */
	bool cw_in, cw_out, cw_drop;
	uint64_t cw_count;
	unsigned int cw_ms;
};
/**
 * Write packets to a file, up to their end or a signal; then say how many.
 *
 * @return an exit code; if not 0, ct_error says why.
 */
int capture_run(struct ctl *ct, const char *path, const struct capture_want *want);

/* trace.c */

/**
 * Follow packets up to their ends, or a signal; then print their ways.
 *
 * @param want     its stage, filter, count and time.
 * @param as_json  one line, instead of text.
 * @return an exit code; if not 0, ct_error says why.
 */
int trace_run(struct ctl *ct, const char *path, const struct capture_want *want, bool as_json);

/* top.c */

/**
 * Show counters up to a signal or a key; on a terminal as a screen.
 *
 * @param count  so many times; 0: for ever.
 * @return an exit code; if not 0, ct_error says why.
 */
int top_run(struct ctl *ct, const char *path, unsigned int interval_ms, uint64_t count);

#endif /* CTL_H */
