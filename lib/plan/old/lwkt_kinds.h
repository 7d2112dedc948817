/* SPDX-License-Identifier: BSD-3-Clause */
#include <lwkt_plan.h> /* the new name; this one goes with the next release */
