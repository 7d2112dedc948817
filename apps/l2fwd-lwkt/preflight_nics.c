/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is asked of EAL against what there is: NICs, their drivers, and the way to them.
 */
#include <string.h>

#include "preflight_pvt.h"

static bool
is_nic(const struct l2fwd_pci *pc)
{
	return pc->pc_class >> 16 == 2;
}

static bool
by_uio(const struct l2fwd_pci *pc)
{
	static const char *const uio[] = {"uio_pci_generic", "igb_uio", NULL};

	return l2fwd_one_of(pc->pc_driver, uio);
}

/* DPDK's drivers for these go through the kernel's. */
static bool
by_kernel(const struct l2fwd_pci *pc)
{
	static const char *const both[] = {"mlx4_core", "mlx5_core", "mana", NULL};

	return l2fwd_one_of(pc->pc_driver, both);
}

static bool
by_vfio(const struct l2fwd_pci *pc)
{
	return strcmp(pc->pc_driver, "vfio-pci") == 0;
}

static bool
usable(const struct l2fwd_pci *pc)
{
	return by_vfio(pc) || by_uio(pc) || by_kernel(pc);
}

/* "bound to the kernel's driver e1000e (eth0, which routes lead to)" */
static const char *
binding(const struct l2fwd_pci *pc, char *text, size_t bytes)
{
	if (pc->pc_driver[0] == '\0')
		snprintf(text, bytes, "bound to no driver");
	else
		snprintf(text, bytes, "bound to the kernel's driver %s%s%s%s%s", pc->pc_driver,
		    pc->pc_netif[0] != '\0' ? " (" : "", pc->pc_netif,
		    pc->pc_default  ? ", which the default route leads to"
		    : pc->pc_routed ? ", which routes lead to"
		                    : "",
		    pc->pc_netif[0] != '\0' ? ")" : "");
	return text;
}

/* Its queues and its packets are to be on its node. */
static bool
judge_node(const struct l2fwd_look_nic *lk, const struct l2fwd_pci *pc)
{
	const struct l2fwd_facts *fa = lk->lk_fa;
	unsigned long here = 0, anywhere = 0;

	if (lk->lk_el->el_no_huge || pc->pc_node < 0 || pc->pc_node >= L2FWD_MAX_NODES)
		return true;
	for (unsigned int i = 0; i < fa->fa_npages; i++) {
		here += fa->fa_pages[i].pg_node_free[pc->pc_node];
		for (unsigned int node = 0; node < L2FWD_MAX_NODES; node++)
			anywhere += fa->fa_pages[i].pg_node_free[node];
	}
	if (here > 0 || anywhere == 0) /* of none at all something has been said */
		return true;
	l2fwd_find(lk->lk_fi, L2FWD_FAIL,
	    "%s: it is on NUMA node %d, which has no free hugepages: dpdk-hugepages.py -n %d -p %luM "
	    "--reserve 512M",
	    pc->pc_name, pc->pc_node, pc->pc_node, fa->fa_pages[0].pg_kb >> 10);
	return false;
}

static void
judge_nic(const struct l2fwd_look_nic *lk, const struct l2fwd_pci *pc)
{
	char command[200], how[160];

	if (!usable(pc))
		l2fwd_find(lk->lk_fi, L2FWD_FAIL, "%s: it is %s: %s", pc->pc_name,
		    binding(pc, how, sizeof(how)),
		    l2fwd_bind_command(lk->lk_fa, pc, command, sizeof(command)));
	else if (by_uio(pc) && lk->lk_fa->fa_uid != 0)
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "%s: %s is for root only, this is user %u: %s, or run as root", pc->pc_name,
		    pc->pc_driver, lk->lk_fa->fa_uid,
		    l2fwd_bind_command(lk->lk_fa, pc, command, sizeof(command)));
	else if ((!by_vfio(pc) || l2fwd_judge_group(lk, pc)) && judge_node(lk, pc)) {
		l2fwd_find(lk->lk_fi, L2FWD_OK, "%s: bound to %s", pc->pc_name, pc->pc_driver);
		if (pc->pc_noiommu)
			l2fwd_find(lk->lk_fi, L2FWD_WARN,
			    "%s: without an IOMMU it can reach all memory: boot with intel_iommu=on "
			    "iommu=pt",
			    pc->pc_name);
	}
}

/* @return the device of that address, or NULL. */
static const struct l2fwd_pci *
find(const struct l2fwd_facts *fa, const char *name)
{
	for (unsigned int i = 0; i < fa->fa_npci; i++)
		if (strcmp(fa->fa_pci[i].pc_name, name) == 0)
			return &fa->fa_pci[i];
	return NULL;
}

static unsigned int
judge_allowed(const struct l2fwd_look_nic *lk)
{
	unsigned int nvfio = 0;

	for (unsigned int i = 0; i < lk->lk_el->el_nallowed; i++) {
		const char *name = lk->lk_el->el_allowed[i];
		const struct l2fwd_pci *pc = find(lk->lk_fa, name);

		if (pc == NULL) {
			l2fwd_find(lk->lk_fi, L2FWD_FAIL,
			    "%s: there is no such PCI device: dpdk-devbind.py --status-dev net lists "
			    "those that are",
			    name);
			continue;
		}
		if (!is_nic(pc)) {
			l2fwd_find(lk->lk_fi, L2FWD_FAIL,
			    "%s: it is no NIC (class %06x): dpdk-devbind.py --status-dev net lists "
			    "NICs",
			    name, pc->pc_class);
			continue;
		}
		judge_nic(lk, pc);
		nvfio += by_vfio(pc);
	}
	return nvfio;
}

/* How much this machine would miss it. */
static unsigned int
in_use(const struct l2fwd_pci *pc)
{
	return pc->pc_default ? 2 : pc->pc_routed ? 1 : 0;
}

/* None of the NICs is DPDK's. The first that is not in use is proposed. */
static void
judge_none(const struct l2fwd_look_nic *lk)
{
	const struct l2fwd_pci *best = NULL;
	unsigned int n = 0;
	char command[200];

	for (unsigned int i = 0; i < lk->lk_fa->fa_npci; i++) {
		const struct l2fwd_pci *pc = &lk->lk_fa->fa_pci[i];

		if (!is_nic(pc))
			continue;
		n++;
		if (best == NULL || in_use(pc) < in_use(best))
			best = pc;
	}
	if (lk->lk_el->el_others)
		l2fwd_find(lk->lk_fi, L2FWD_OK, "devices: those of the options");
	else if (best == NULL)
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "devices: this machine has no PCI NIC: give a virtual one, as --vdev "
		    "net_af_packet0,iface=eth0");
	else
		l2fwd_find(lk->lk_fi, L2FWD_FAIL,
		    "devices: no driver of DPDK's has one of the %u NICs%s%s%s%s%s: %s", n,
		    in_use(best) == 2 ? ", and the default route leads to " : "",
		    in_use(best) == 2 ? best->pc_netif : "",
		    in_use(best) == 1 ? "; first take the routes off " : "",
		    in_use(best) == 1 ? best->pc_netif : "", in_use(best) == 1 ? ", then" : "",
		    l2fwd_bind_command(lk->lk_fa, best, command, sizeof(command)));
}

unsigned int
l2fwd_judge_nics(
    struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	const struct l2fwd_look_nic lk = {fi, el, fa};
	unsigned int nvfio = 0, nusable = 0;

	if (el->el_no_pci) {
		if (!el->el_others)
			l2fwd_find(fi, L2FWD_FAIL,
			    "devices: with --no-pci and without --vdev there are none: give --vdev, or "
			    "take --no-pci away");
		return 0;
	}
	if (el->el_nallowed > 0)
		return judge_allowed(&lk);
	for (unsigned int i = 0; i < fa->fa_npci; i++)
		if (is_nic(&fa->fa_pci[i]) && usable(&fa->fa_pci[i])) {
			judge_nic(&lk, &fa->fa_pci[i]);
			nvfio += by_vfio(&fa->fa_pci[i]);
			nusable++;
		}
	if (nusable == 0)
		judge_none(&lk);
	return nvfio;
}
