/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-ctl: what its files share.
 *
 *   main.c     the command line, the commands
 *   client.c   the socket: find it, ask, be answered
 *   show.c     answers for people
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>

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

/* show.c: an answer, as lines. */
void show_stats(const json_t *stats);
void show_config(const json_t *config);
void show_events(const json_t *events);
void show_log(const json_t *types);
void show_balance(const json_t *balance);
void show_health(const json_t *health);
void show_methods(const json_t *discovered);

#endif /* CTL_H */
