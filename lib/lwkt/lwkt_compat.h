/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one place that knows DPDK versions (22.11 to 25.11). Code elsewhere uses the names below
 * and has no #if on RTE_VERSION.
 */
#ifndef LWKT_COMPAT_H
#define LWKT_COMPAT_H

#include <rte_version.h>

#if RTE_VERSION < RTE_VERSION_NUM(22, 11, 0, 0)
#error "lwkt needs DPDK 22.11 or newer"
#endif

#endif /* LWKT_COMPAT_H */
