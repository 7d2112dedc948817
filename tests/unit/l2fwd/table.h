/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_L2FWD_TABLE_H
#define TESTS_L2FWD_TABLE_H

#include "l2fwd.h"

/* The plan's table of stages in short: name @ lcore > outputs. */
void put_table(FILE *f, const struct l2fwd_plan *plan);

#endif /* TESTS_L2FWD_TABLE_H */
