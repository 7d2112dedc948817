/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the command line share:
 *
 *   args.c          getopt, option by option
 *   args_value.c    a word's value
 *   args_portmap.c  --portmap
 *   args_mtu.c      --mtu
 *   args_check.c    what does not go together
 *   args_usage.c    --help
 *
 * All return 0, or -1 with err written.
 */
#ifndef L2FWD_ARGS_PVT_H
#define L2FWD_ARGS_PVT_H

#include "args.h"

int l2fwd_parse_mask(struct l2fwd_args *args, const char *s, struct l2fwd_err *err);
int l2fwd_parse_mode(struct l2fwd_args *args, const char *s, struct l2fwd_err *err);
int l2fwd_parse_idle(struct l2fwd_args *args, const char *s, struct l2fwd_err *err);
int l2fwd_parse_portmap(struct l2fwd_args *args, const char *s, struct l2fwd_err *err);
/** "9000" for all, "0=9000,2=1500" for these; the same ethdev again overrides. */
int l2fwd_parse_mtu(struct l2fwd_args *args, const char *s, struct l2fwd_err *err);

int l2fwd_parse_count(uint64_t *count, const char *opt, const char *s, struct l2fwd_err *err);

/** A whole decimal number. @param opt  the option's name, for err. */
int l2fwd_parse_range(unsigned int *value, const char *opt, const char *s, unsigned int min,
    unsigned int max, struct l2fwd_err *err);

/** @param shaping  the first option that says how the pipeline looks; NULL: there is none. */
int l2fwd_args_check(const struct l2fwd_args *args, const char *shaping, struct l2fwd_err *err);

#endif /* L2FWD_ARGS_PVT_H */
