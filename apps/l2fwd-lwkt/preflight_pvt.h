/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the judges of NICs share: preflight_nics.c, preflight_group.c.
 */
#ifndef L2FWD_PREFLIGHT_PVT_H
#define L2FWD_PREFLIGHT_PVT_H

#include "preflight.h"

/* Where what is found goes, and what it is judged by. */
struct l2fwd_look_nic {
	struct l2fwd_findings *lk_fi;
	const struct l2fwd_eal *lk_el;
	const struct l2fwd_facts *lk_fa;
};

/** @param drivers  NULL at the end. */
bool l2fwd_one_of(const char *driver, const char *const *drivers);

/** The command that makes a NIC DPDK's, with what has to be before it. @return text. */
const char *l2fwd_bind_command(
    const struct l2fwd_facts *fa, const struct l2fwd_pci *pc, char *text, size_t bytes);

/** Can vfio open the NIC by its group? @return false: no, which has been found. */
bool l2fwd_judge_group(const struct l2fwd_look_nic *lk, const struct l2fwd_pci *pc);

#endif /* L2FWD_PREFLIGHT_PVT_H */
