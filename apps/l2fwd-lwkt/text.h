/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Options are a short way to write a pipeline file: this writes it.
 */
#ifndef L2FWD_TEXT_H
#define L2FWD_TEXT_H

#include <stdio.h>

#include <lwkt_plan.h>

#include "args.h"

/** How many rx queues a driver takes: lwkt_inventory_rxq(), or what a test has in its place. */
typedef unsigned int (*l2fwd_ask_fn)(
    struct lwkt_inventory_ethdev *ie, const struct lwkt_ethdev_params *params);

/**
 * Write the pipeline that the options ask for, as YAML. There are as many queues as the devices say
 * that they have, or fewer, down to one, where a driver does not take so many.
 *
 * @param f     gets the text; nothing if it is refused.
 * @param have  what there is; ie_max_rxq becomes less where a driver takes fewer.
 * @param ask   for ethdevs with several rx queues.
 * @return 0; or -1 with err written.
 */
int l2fwd_text_write(FILE *f, const struct l2fwd_args *args, struct lwkt_inventory *have,
    l2fwd_ask_fn ask, struct l2fwd_err *err);

#endif /* L2FWD_TEXT_H */
