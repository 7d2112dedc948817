/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What there is, read from a machine that is a directory.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "preflight.h"

static char root[] = "/tmp/lwkt-facts-XXXXXX";
static struct l2fwd_facts facts;
static struct l2fwd_eal eal;

/* root/NAME, its directories made. */
static const char *
place(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *c = path + strlen(root) + 1; (c = strchr(c, '/')) != NULL; c++) {
		*c = '\0';
		cr_assert(mkdir(path, 0777) == 0 || errno == EEXIST, "%s", path);
		*c = '/';
	}
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(place(name), "w");

	cr_assert_not_null(f, "%s", name);
	fputs(text, f);
	fclose(f);
}

static void
link_to(const char *name, const char *target)
{
	cr_assert_eq(symlink(target, place(name)), 0, "%s", name);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

#define DEV    "sys/bus/pci/devices/"
#define PAGES2 "hugepages/hugepages-2048kB/"

static void
make_machine(void)
{
	put("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "0\n");
	put("sys/kernel/mm/" PAGES2 "nr_hugepages", "128\n");
	put("sys/kernel/mm/" PAGES2 "free_hugepages", "100\n");
	put("sys/devices/system/node/node0/" PAGES2 "free_hugepages", "60\n");
	put("sys/devices/system/node/node1/" PAGES2 "free_hugepages", "40\n");
	put("proc/mounts", "proc /proc proc rw 0 0\n"
	                   "none /absent hugetlbfs rw,relatime,pagesize=2M 0 0\n"
	                   "none /huge hugetlbfs rw,relatime,pagesize=2M 0 0\n"
	                   "none /big hugetlbfs rw,pagesize=1024M 0 0\n");
	put("huge/x", "");
	put("proc/self/status",
	    "Name:\tx\nUid:\t1000\t1001\t1000\t1000\nCapEff:\t0000000000004000\n");
	put("proc/self/limits",
	    "Limit                     Soft Limit           Hard Limit           Units\n"
	    "Max locked memory         8388608              8388608              bytes\n");
	put("sys/kernel/iommu_groups/12/type", "DMA\n");
	put("sys/bus/pci/drivers/vfio-pci/bind", "");
	put("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
	put("dev/vfio/vfio", "");
	put("dev/vfio/12", "");
	put("dev/vfio/noiommu-3", "");
	put(DEV "0000:00:1f.0/class", "0x060100\n");
	put(DEV "0000:81:00.0/class", "0x020000\n");
	put(DEV "0000:81:00.0/numa_node", "1\n");
	link_to(DEV "0000:81:00.0/driver", "../../../bus/pci/drivers/vfio-pci");
	link_to(DEV "0000:81:00.0/iommu_group", "../../../../kernel/iommu_groups/12");
	put(DEV "0000:01:00.0/class", "0x020000\n");
	put(DEV "0000:01:00.0/numa_node", "-1\n");
	link_to(DEV "0000:01:00.0/driver", "../../../bus/pci/drivers/e1000e");
	put(DEV "0000:01:00.0/net/eth7/mtu", "1500\n");
	put(DEV "0000:02:00.0/class", "0x020000\n");
	link_to(DEV "0000:02:00.0/driver", "../../../bus/pci/drivers/virtio-pci");
	put(DEV "0000:02:00.0/virtio0/net/ens3/mtu", "1500\n");
	put(DEV "0000:03:00.0/class", "0x028000\n");
	link_to(DEV "0000:03:00.0/iommu_group", "../../../../kernel/iommu_groups/3");
	put("proc/net/route",
	    "Iface\tDestination\tGateway\nens3\t0000A8C0\t00000000\t1\t0\t0\t0\t0\n"
	    "vlan8\t00000000\t0101A8C0\t3\t0\t0\t0\t00000000\n");
	put("proc/net/ipv6_route",
	    "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 "
	    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     ens3\n"
	    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	    "fd000000000000000000000000000001 00000400 00000003 00000000 00000003     wlan0\n");
	put("sys/class/net/eth7/upper_br0", "");
	put("sys/class/net/br0/upper_vlan8", "");
	put(DEV "0000:03:00.0/net/wlan0/mtu", "1500\n");
}

static void
expect_devices(void)
{
	const struct l2fwd_pci *pc = facts.fa_pci;

	cr_assert_eq(facts.fa_npci, 5);
	cr_expect_str_eq(pc[0].pc_name, "0000:01:00.0", "NICs first");
	cr_expect_str_eq(pc[0].pc_driver, "e1000e");
	cr_expect_str_eq(pc[0].pc_netif, "eth7");
	cr_expect(!pc[0].pc_routed && pc[0].pc_node == -1 && pc[0].pc_group == -1);
	cr_expect_str_eq(pc[1].pc_netif, "ens3", "virtio's is further down");
	cr_expect(pc[0].pc_default, "by a VLAN on its bridge");
	cr_expect(pc[1].pc_routed && !pc[1].pc_default);
	cr_expect(!pc[2].pc_routed && pc[2].pc_default, "IPv6");
	cr_expect_str_eq(pc[2].pc_driver, "");
	cr_expect(pc[2].pc_group == 3 && pc[2].pc_noiommu && pc[2].pc_access == 0);
	cr_expect_str_eq(pc[3].pc_driver, "vfio-pci");
	cr_expect(pc[3].pc_group == 12 && !pc[3].pc_noiommu && pc[3].pc_access == 0);
	cr_expect_eq(pc[3].pc_node, 1);
	cr_expect_eq(pc[4].pc_class, 0x060100);
}

Test(preflight, API_facts_are_read_from_sys_proc_and_dev)
{
	const struct l2fwd_pages *pg = facts.fa_pages;

	cr_assert_not_null(mkdtemp(root));
	make_machine();
	l2fwd_facts_read(&facts, &eal, root);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	cr_assert_eq(facts.fa_npages, 2);
	cr_expect(pg[0].pg_kb == 2048 && pg[0].pg_total == 128 && pg[0].pg_free == 100);
	cr_expect(pg[0].pg_node_free[0] == 60 && pg[0].pg_node_free[1] == 40);
	cr_expect_str_eq(pg[0].pg_dir, "/huge", "the first that can be written to");
	cr_expect_eq(pg[0].pg_dir_rc, 0);
	cr_expect(pg[1].pg_kb == 1 << 20 && pg[1].pg_total == 0);
	cr_expect_str_eq(pg[1].pg_dir, "/big");
	cr_expect_eq(pg[1].pg_dir_rc, -ENOENT);
	cr_expect_eq(facts.fa_uid, 1001, "the effective one");
	cr_expect(
	    facts.fa_ipc_lock && facts.fa_iommu && facts.fa_vfio_pci && facts.fa_vfio_noiommu);
	cr_expect_eq(facts.fa_memlock, 8388608);
	cr_expect_eq(facts.fa_vfio_access, 0);
	expect_devices();
}

Test(preflight, API_what_virtual_devices_name_is_looked_for)
{
	char pcap[600], none[600];

	cr_assert_not_null(mkdtemp(root));
	put("proc/self/status", "Uid:\t5\t5\t5\t5\nCapEff:\t0000000000002000\n");
	put("sys/class/net/v0/ifindex", "7\n");
	put("sys/class/net/v0/flags", "0x1003\n");
	put("sys/class/net/v1/ifindex", "8\n");
	put("sys/class/net/v1/flags", "0x1002\n");
	put("dev/net/tun", "");
	put("run/dpdk/x", "");
	put("in.pcap", "");
	snprintf(
	    pcap, sizeof(pcap), "net_pcap0,rx_pcap=%s/in.pcap,tx_pcap=%s/out.pcap", root, root);
	snprintf(none, sizeof(none), "net_pcap1,rx_iface=v1,tx_pcap=%s/none/out.pcap", root);
	setenv("RUNTIME_DIRECTORY", "/run", 1);
	eal = (struct l2fwd_eal){.el_nvdevs = 5,
	    .el_vdev = {"net_af_packet0,blocksz=4096,iface=v0", "net_tap0,iface=v9", pcap, none,
	        "net_af_packet1,iface=v2"}};
	l2fwd_facts_read(&facts, &eal, root);
	setenv("RUNTIME_DIRECTORY", "/nowhere/at/all", 1);
	eal.el_nvdevs = 0;
	cr_expect_eq(facts.fa_runtime_rc, 0);
	cr_expect_str_eq(facts.fa_runtime, "/run/dpdk");
	cr_expect(facts.fa_tun_rc == 0 && facts.fa_net_raw && !facts.fa_ipc_lock);
	cr_expect_str_eq(facts.fa_vdev[0].vd_name, "net_af_packet0");
	cr_expect_eq(facts.fa_vdev[0].vd_nnetifs, 1);
	cr_expect_str_eq(facts.fa_vdev[0].vd_netif[0].ni_name, "v0");
	cr_expect(facts.fa_vdev[0].vd_netif[0].ni_there && facts.fa_vdev[0].vd_netif[0].ni_up);
	cr_expect_eq(facts.fa_vdev[1].vd_nnetifs, 0, "a tap makes its interface");
	cr_expect(facts.fa_vdev[2].vd_nargs == 2 && facts.fa_vdev[2].vd_file_rc == 0);
	cr_expect(facts.fa_vdev[3].vd_nargs == 2 && facts.fa_vdev[3].vd_file_rc == -ENOENT);
	cr_expect(facts.fa_vdev[3].vd_netif[0].ni_there && !facts.fa_vdev[3].vd_netif[0].ni_up);
	cr_expect(!facts.fa_vdev[4].vd_netif[0].ni_there);
	l2fwd_facts_read(&facts, &eal, root);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	cr_expect_eq(facts.fa_runtime_rc, -ENOENT);
}

Test(preflight, API_a_machine_with_nothing_has_nothing)
{
	cr_assert_not_null(mkdtemp(root));
	l2fwd_facts_read(&facts, &eal, root);
	rmdir(root);
	cr_expect(facts.fa_npages == 0 && facts.fa_npci == 0);
	cr_expect(!facts.fa_ipc_lock && !facts.fa_iommu && !facts.fa_vfio_pci);
	cr_expect_eq(facts.fa_memlock, UINT64_MAX);
	cr_expect_eq(facts.fa_vfio_access, -ENOENT);
}
