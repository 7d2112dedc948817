/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers of DPDK and libc that most files include, read once a target by compilers that can
 * (meson's b_pch). No file may rely on it: scripts/test.sh --build gcc goes without.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
