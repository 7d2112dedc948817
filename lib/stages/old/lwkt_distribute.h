/* SPDX-License-Identifier: BSD-3-Clause */
#include <lwkt_stages.h> /* the new name; this one goes with the next release */
