/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A NIC's way to vfio: the command that binds it, and its IOMMU group.
 */
#include <errno.h>
#include <string.h>

#include "preflight_pvt.h"

bool
l2fwd_one_of(const char *driver, const char *const *drivers)
{
	for (; *drivers != NULL; drivers++)
		if (strcmp(driver, *drivers) == 0)
			return true;
	return false;
}

/*
 * The command that makes a NIC DPDK's, with what has to be before it. Never for the NIC of the
 * default route: whoever follows it from afar would not come back.
 */
const char *
l2fwd_bind_command(
    const struct l2fwd_facts *fa, const struct l2fwd_pci *pc, char *text, size_t bytes)
{
	bool without = !fa->fa_iommu && !fa->fa_vfio_noiommu;
	const char *first = "";

	if (pc->pc_default) {
		snprintf(text, bytes,
		    "leave it to the kernel, this machine would lose its network; give another NIC, or "
		    "move the default route off %s first",
		    pc->pc_netif);
		return text;
	}
	if (without && fa->fa_vfio_pci)
		first = "echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode && ";
	else if (without)
		first = "modprobe vfio enable_unsafe_noiommu_mode=1 && modprobe vfio-pci && ";
	else if (!fa->fa_vfio_pci)
		first = "modprobe vfio-pci && ";
	snprintf(text, bytes, "%sdpdk-devbind.py %s-b vfio-pci %s", first,
	    pc->pc_routed ? "--force " : "", pc->pc_name);
	return text;
}

/*
 * All NICs of a group are vfio's or nobody's; bridges may be the kernel's. @return false: not so.
 */
static bool
judge_mates(const struct l2fwd_look_nic *lk, const struct l2fwd_pci *pc)
{
	static const char *const harmless[] = {"", "vfio-pci", "pci-stub", "pcieport", NULL};
	char command[200];

	for (unsigned int i = 0; i < lk->lk_fa->fa_npci; i++) {
		const struct l2fwd_pci *mate = &lk->lk_fa->fa_pci[i];

		if (mate->pc_group != pc->pc_group || mate->pc_class >> 8 == 0x0604 ||
		    l2fwd_one_of(mate->pc_driver, harmless))
			continue;
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "%s: %s is in its IOMMU group %d too, bound to %s: %s", pc->pc_name,
		    mate->pc_name, pc->pc_group, mate->pc_driver,
		    l2fwd_bind_command(lk->lk_fa, mate, command, sizeof(command)));
		return false;
	}
	return true;
}

bool
l2fwd_judge_group(const struct l2fwd_look_nic *lk, const struct l2fwd_pci *pc)
{
	const struct l2fwd_facts *fa = lk->lk_fa;
	const char *kind = pc->pc_noiommu ? "noiommu-" : "";

	if (pc->pc_group < 0)
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "%s: vfio has no group for it, since there is no IOMMU: boot with intel_iommu=on "
		    "iommu=pt, or, without protection: echo 1 > "
		    "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode && dpdk-devbind.py -u %s && "
		    "dpdk-devbind.py -b vfio-pci %s",
		    pc->pc_name, pc->pc_name, pc->pc_name);
	else if (pc->pc_access == -ENOENT)
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "%s: there is no /dev/vfio/%d for its group: dpdk-devbind.py -u %s && "
		    "dpdk-devbind.py -b vfio-pci %s",
		    pc->pc_name, pc->pc_group, pc->pc_name, pc->pc_name);
	else if (pc->pc_noiommu && fa->fa_uid != 0)
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "%s: without an IOMMU only root may drive it, not user %u: run as root, or boot "
		    "with intel_iommu=on iommu=pt",
		    pc->pc_name, fa->fa_uid);
	else if (pc->pc_access < 0)
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "%s: user %u may not open its group /dev/vfio/%s%d (%s): chown %u /dev/vfio/%s%d",
		    pc->pc_name, fa->fa_uid, kind, pc->pc_group, strerror(-pc->pc_access),
		    fa->fa_uid, kind, pc->pc_group);
	else
		return judge_mates(lk, pc);
	return false;
}
