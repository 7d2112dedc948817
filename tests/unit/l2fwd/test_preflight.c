/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Would it start on machines that are not there? What is asked and what there is are given; what is
 * wrong has to be said with the command that mends it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "preflight.h"

#define WORDS_MAX 16

static struct l2fwd_facts facts;
static struct l2fwd_findings findings;

static void
read_line(struct l2fwd_eal *el, const char *line)
{
	static char text[256];
	char name[] = "lwkt-l2fwd", *argv[WORDS_MAX + 1] = {name};
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	for (char *w = strtok(text, " "); w != NULL && argc < WORDS_MAX; w = strtok(NULL, " "))
		argv[argc++] = w;
	l2fwd_eal_read(el, argc, argv);
}

Test(preflight, API_what_the_command_line_asks_of_the_machine)
{
	struct l2fwd_eal el;

	read_line(&el, "-l 0,1 -m 256 -a 01:00.0,key=1 --allow=0000:81:1f.7 --allow pci:2:3.1");
	cr_expect(!el.el_no_huge && !el.el_no_pci && !el.el_in_memory && !el.el_others);
	cr_expect_eq(el.el_mb, 256);
	cr_expect_eq(el.el_nallowed, 3);
	cr_expect_str_eq(el.el_allowed[0], "0000:01:00.0");
	cr_expect_str_eq(el.el_allowed[1], "0000:81:1f.7");
	cr_expect_str_eq(el.el_allowed[2], "0000:02:03.1");
	read_line(&el, "--no-huge --no-pci --in-memory -m64 --vdev net_null0 --huge-dir=/mnt/huge");
	cr_expect(el.el_no_huge && el.el_no_pci && el.el_in_memory && el.el_others);
	cr_expect_eq(el.el_mb, 64);
	cr_expect_eq(el.el_nallowed, 0);
	cr_expect_str_eq(el.el_huge_dir, "/mnt/huge");
	read_line(&el, "--socket-mem 512,0,256 -aauxiliary:mlx5_core.sf.2 -a");
	cr_expect_eq(el.el_mb, 768);
	cr_expect(el.el_others && el.el_nallowed == 0);
}

/* A machine on which all is well, but for what a case changes; no NIC. */
static void
good_machine(void)
{
	facts = (struct l2fwd_facts){
	    .fa_ipc_lock = true,
	    .fa_memlock = 64 << 10,
	    .fa_iommu = true,
	    .fa_vfio_pci = true,
	    .fa_npages = 2,
	    .fa_pages = {{.pg_kb = 2048,
	                     .pg_total = 512,
	                     .pg_free = 400,
	                     .pg_node_free = {200, 200},
	                     .pg_dir = "/dev/hugepages"},
	        {.pg_kb = 1 << 20}},
	};
}

static struct l2fwd_pci *
add_nic(const char *name, const char *driver)
{
	struct l2fwd_pci *pc = &facts.fa_pci[facts.fa_npci++];

	*pc = (struct l2fwd_pci){.pc_class = 0x020000, .pc_node = 0, .pc_group = 12};
	snprintf(pc->pc_name, sizeof(pc->pc_name), "%s", name);
	snprintf(pc->pc_driver, sizeof(pc->pc_driver), "%s", driver);
	return pc;
}

/* The lines that are not "ok", each with a line feed. */
static const char *
judged(const char *line)
{
	static char text[2048];
	struct l2fwd_eal el;
	FILE *f;

	read_line(&el, line);
	l2fwd_judge(&findings, &el, &facts);
	memset(text, 0, sizeof(text));
	f = fmemopen(text, sizeof(text) - 1, "w");
	l2fwd_findings_print(f, "p", &findings, L2FWD_WARN);
	fclose(f);
	cr_expect_eq(findings.fi_failed > 0, strstr(text, "FAILED") != NULL);
	return text;
}

Test(preflight, API_where_nothing_is_wrong_nothing_is_said)
{
	good_machine();
	add_nic("0000:01:00.0", "vfio-pci");
	cr_expect_str_eq(judged(""), "");
	cr_expect_eq(findings.fi_n, 5, "pages, mount, the NIC, vfio, locked memory");
	cr_expect_str_eq(judged("-a 01:00.0 -m 800"), "");
	add_nic("0000:02:00.0", "e1000e")->pc_group = 13;
	cr_expect_str_eq(judged(""), "", "a NIC that is the kernel's is not meant");
	facts.fa_npci = 0;
	cr_expect_str_eq(judged("--vdev net_null0"), "");
	cr_expect_str_eq(judged("--no-pci --vdev net_null0 --no-huge"), "");
	add_nic("0000:03:00.0", "mlx5_core")->pc_group = -1;
	cr_expect_str_eq(judged(""), "");
	cr_expect_str_eq(judged("-a 03:00.0"), "");
}

Test(preflight, API_hugepages_that_are_missing_are_made_by_this_command)
{
	good_machine();
	add_nic("0000:01:00.0", "vfio-pci")->pc_node = -1;
	cr_expect_str_eq(judged("-m 900"), "p: FAILED: hugepages: 800 MB are free, the options ask "
	                                   "for 900 MB: dpdk-hugepages.py -p 2M --reserve 1124M\n");
	facts.fa_pages[0].pg_free = 16;
	cr_expect_str_eq(judged(""),
	    "p: FAILED: hugepages: 32 MB are free, it takes at least 64 MB: "
	    "dpdk-hugepages.py -p 2M --reserve 1056M\n");
	facts.fa_pages[0].pg_total = facts.fa_pages[0].pg_free = 0;
	cr_expect_str_eq(judged(""),
	    "p: FAILED: hugepages: there are none: dpdk-hugepages.py -p 2M --setup 512M\n");
	cr_expect_str_eq(judged("--socket-mem 1000,1001"),
	    "p: FAILED: hugepages: there are none: dpdk-hugepages.py -p 2M --setup 2002M\n");
	cr_expect_str_eq(judged("--no-huge"), "");
	facts.fa_npages = 0;
	cr_expect_str_eq(judged(""),
	    "p: FAILED: hugepages: this kernel has none: boot one that has, "
	    "or, for virtual devices, give --no-huge\n");
}

Test(preflight, API_a_hugetlbfs_that_is_missing_or_not_ours_is_made_by_this_command)
{
	good_machine();
	add_nic("0000:01:00.0", "vfio-pci");
	facts.fa_pages[0].pg_dir_rc = -EACCES;
	facts.fa_uid = 1000;
	cr_expect_str_eq(judged(""),
	    "p: FAILED: hugetlbfs: /dev/hugepages: user 1000 may not write to it (Permission denied): "
	    "mount -t hugetlbfs -o uid=1000,mode=0700,pagesize=2M none /mnt/huge, and give --huge-dir "
	    "/mnt/huge; or give --in-memory\n");
	cr_expect_str_eq(judged("--in-memory"), "");
	cr_expect_str_eq(judged("--huge-dir /mnt/huge"), "");
	facts.fa_pages[0].pg_dir[0] = '\0';
	cr_expect_str_eq(judged(""),
	    "p: FAILED: hugetlbfs: none is mounted: dpdk-hugepages.py -p 2M "
	    "--mount, or give --in-memory\n");
}

static const struct {
	const char *line;
	bool iommu, noiommu, vfio_loaded;
	const char *driver, *netif;
	bool routed;
	const char *text;
} bindings[] = {
    /* clang-format off */
	{"-a 01:00.0", true, false, true, "e1000e", "eth0", false,
	    "p: FAILED: 0000:01:00.0: it is bound to the kernel's driver e1000e (eth0): "
	    "dpdk-devbind.py -b vfio-pci 0000:01:00.0\n"},
	{"-a 01:00.0", true, false, true, "", "", false,
	    "p: FAILED: 0000:01:00.0: it is bound to no driver: dpdk-devbind.py -b vfio-pci 0000:01:00.0\n"},
	{"-a 01:00.0", true, false, false, "ixgbe", "", false,
	    "p: FAILED: 0000:01:00.0: it is bound to the kernel's driver ixgbe: modprobe vfio-pci && "
	    "dpdk-devbind.py -b vfio-pci 0000:01:00.0\n"},
	{"-a 01:00.0", true, false, true, "e1000e", "eth0", true,
	    "p: FAILED: 0000:01:00.0: it is bound to the kernel's driver e1000e (eth0, which routes lead "
	    "to): dpdk-devbind.py --force -b vfio-pci 0000:01:00.0\n"},
	{"-a 01:00.0", false, false, false, "", "", false,
	    "p: FAILED: 0000:01:00.0: it is bound to no driver: modprobe vfio "
	    "enable_unsafe_noiommu_mode=1 && modprobe vfio-pci && dpdk-devbind.py -b vfio-pci "
	    "0000:01:00.0\n"},
	{"-a 01:00.0", false, false, true, "", "", false,
	    "p: FAILED: 0000:01:00.0: it is bound to no driver: echo 1 > "
	    "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode && dpdk-devbind.py -b vfio-pci "
	    "0000:01:00.0\n"},
	{"-a 01:00.0", false, true, true, "", "", false,
	    "p: FAILED: 0000:01:00.0: it is bound to no driver: dpdk-devbind.py -b vfio-pci 0000:01:00.0\n"},
	{"", true, false, true, "e1000e", "eth0", false,
	    "p: FAILED: devices: no driver of DPDK's has one of the 1 NICs: dpdk-devbind.py -b vfio-pci "
	    "0000:01:00.0\n"},
	{"", true, false, true, "e1000e", "eth0", true,
	    "p: FAILED: devices: no driver of DPDK's has one of the 1 NICs; first take the routes off "
	    "eth0, then: dpdk-devbind.py --force -b vfio-pci 0000:01:00.0\n"},
	{"-a 0000:99:00.0", true, false, true, "vfio-pci", "", false,
	    "p: FAILED: 0000:99:00.0: there is no such PCI device: dpdk-devbind.py --status-dev net lists "
	    "those that are\n"},
	{"--no-pci", true, false, true, "vfio-pci", "", false,
	    "p: FAILED: devices: with --no-pci and without --vdev there are none: give --vdev, or take "
	    "--no-pci away\n"},
    /* clang-format on */
};

Test(preflight, API_a_nic_that_is_not_dpdk_s_becomes_so_by_this_command)
{
	for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
		struct l2fwd_pci *pc;

		good_machine();
		facts.fa_iommu = bindings[i].iommu;
		facts.fa_vfio_noiommu = bindings[i].noiommu;
		facts.fa_vfio_pci = bindings[i].vfio_loaded;
		pc = add_nic("0000:01:00.0", bindings[i].driver);
		pc->pc_group = bindings[i].iommu ? 12 : -1;
		pc->pc_routed = bindings[i].routed;
		snprintf(pc->pc_netif, sizeof(pc->pc_netif), "%s", bindings[i].netif);
		cr_expect_str_eq(judged(bindings[i].line), bindings[i].text);
	}
}

Test(preflight, API_of_several_nics_one_without_routes_is_proposed)
{
	good_machine();
	add_nic("0000:01:00.0", "e1000e")->pc_routed = true;
	add_nic("0000:02:00.0", "e1000e");
	cr_expect_str_eq(judged(""),
	    "p: FAILED: devices: no driver of DPDK's has one of the 2 NICs: "
	    "dpdk-devbind.py -b vfio-pci 0000:02:00.0\n");
	facts.fa_npci = 0;
	cr_expect_str_eq(judged(""),
	    "p: FAILED: devices: this machine has no PCI NIC: give a virtual one, as --vdev "
	    "net_af_packet0,iface=eth0\n");
	add_nic("0000:03:00.0", "vfio-pci")->pc_class = 0x010802;
	cr_expect_str_eq(judged("-a 03:00.0"),
	    "p: FAILED: 0000:03:00.0: it is no NIC (class 010802): dpdk-devbind.py --status-dev net "
	    "lists NICs\n");
}

/* Whichever way a NIC is found to be the kernel's: no command takes the default route's. */
Test(preflight, API_the_nic_of_the_default_route_is_named_and_never_proposed)
{
	static const char why[] =
	    "leave it to the kernel, this machine would lose its network; give "
	    "another NIC, or move the default route off eth0 first\n";
	struct l2fwd_pci *pc;
	char want[400];

	good_machine();
	pc = add_nic("0000:01:00.0", "e1000e");
	pc->pc_routed = pc->pc_default = true;
	snprintf(pc->pc_netif, sizeof(pc->pc_netif), "eth0");
	snprintf(want, sizeof(want),
	    "p: FAILED: 0000:01:00.0: it is bound to the kernel's driver e1000e (eth0, which the "
	    "default route leads to): %s",
	    why);
	cr_expect_str_eq(judged("-a 01:00.0"), want);
	snprintf(want, sizeof(want),
	    "p: FAILED: devices: no driver of DPDK's has one of the 1 NICs, and the default route leads "
	    "to eth0: %s",
	    why);
	cr_expect_str_eq(judged(""), want);
	add_nic("0000:02:00.0", "vfio-pci")->pc_group = pc->pc_group = 12;
	snprintf(want, sizeof(want),
	    "p: FAILED: 0000:02:00.0: 0000:01:00.0 is in its IOMMU group 12 too, bound to e1000e: %s",
	    why);
	cr_expect_str_eq(judged("-a 02:00.0"), want);
	facts.fa_pci[1].pc_driver[0] = 'x';
	facts.fa_pci[1].pc_routed = true;
	cr_expect_not_null(
	    strstr(judged(""), "--force -b vfio-pci 0000:02:00.0\n"), "%s", judged(""));
}

Test(preflight, API_a_vfio_group_that_is_missing_shared_or_not_ours_is_mended_by_this_command)
{
	struct l2fwd_pci *pc, *mate;

	good_machine();
	facts.fa_uid = 1000;
	pc = add_nic("0000:01:00.0", "vfio-pci");
	pc->pc_access = -EACCES;
	cr_expect_str_eq(judged("--in-memory"),
	    "p: FAILED: 0000:01:00.0: user 1000 may not open its group /dev/vfio/12 (Permission "
	    "denied): chown 1000 /dev/vfio/12\n");
	pc->pc_access = -ENOENT;
	cr_expect_str_eq(judged("--in-memory"),
	    "p: FAILED: 0000:01:00.0: there is no /dev/vfio/12 for its group: dpdk-devbind.py -u "
	    "0000:01:00.0 && dpdk-devbind.py -b vfio-pci 0000:01:00.0\n");
	pc->pc_access = 0;
	pc->pc_noiommu = true;
	cr_expect_str_eq(judged("--in-memory"),
	    "p: FAILED: 0000:01:00.0: without an IOMMU only root may drive it, not user 1000: run as "
	    "root, or boot with intel_iommu=on iommu=pt\n");
	facts.fa_uid = 0;
	cr_expect_str_eq(judged("--in-memory"),
	    "p: warning: 0000:01:00.0: without an IOMMU it can reach all memory: boot with "
	    "intel_iommu=on iommu=pt\n");
	pc->pc_noiommu = false;
	mate = add_nic("0000:01:00.1", "ixgbe");
	cr_expect_str_eq(judged("-a 01:00.0"),
	    "p: FAILED: 0000:01:00.0: 0000:01:00.1 is in its IOMMU group 12 too, bound to ixgbe: "
	    "dpdk-devbind.py -b vfio-pci 0000:01:00.1\n");
	mate->pc_class = 0x060400;
	cr_expect_str_eq(judged("-a 01:00.0"), "", "a bridge may stay the kernel's");
	pc->pc_group = -1;
	cr_expect_str_eq(judged("-a 01:00.0"),
	    "p: FAILED: 0000:01:00.0: vfio has no group for it, since there is no IOMMU: boot with "
	    "intel_iommu=on iommu=pt, or, without protection: echo 1 > "
	    "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode && dpdk-devbind.py -u 0000:01:00.0 "
	    "&& dpdk-devbind.py -b vfio-pci 0000:01:00.0\n");
}

Test(preflight, API_what_a_user_may_not_do_is_named_with_the_command)
{
	good_machine();
	facts.fa_uid = 1000;
	facts.fa_ipc_lock = false;
	add_nic("0000:01:00.0", "vfio-pci");
	cr_expect_str_eq(judged("-m 256"),
	    "p: FAILED: locked memory: 64 KiB are allowed, vfio locks all that EAL has, 256 MB: ulimit "
	    "-l unlimited, in a shell of root or by limits.conf(5); in a service "
	    "LimitMEMLOCK=infinity\n");
	facts.fa_memlock = 256 << 20;
	cr_expect_str_eq(judged("-m 256"), "");
	facts.fa_memlock = UINT64_MAX;
	facts.fa_vfio_access = -EACCES;
	cr_expect_str_eq(judged(""), "p: FAILED: vfio: user 1000 may not open /dev/vfio/vfio "
	                             "(Permission denied): chmod 0666 /dev/vfio/vfio\n");
	facts.fa_vfio_access = -ENOENT;
	cr_expect_str_eq(
	    judged(""), "p: FAILED: vfio: there is no /dev/vfio/vfio: modprobe vfio-pci\n");
	facts.fa_npci = 0;
	add_nic("0000:01:00.0", "uio_pci_generic");
	cr_expect_str_eq(judged(""),
	    "p: FAILED: 0000:01:00.0: uio_pci_generic is for root only, this is user 1000: "
	    "dpdk-devbind.py -b vfio-pci 0000:01:00.0, or run as root\n");
	facts.fa_uid = 0;
	cr_expect_str_eq(judged(""), "");
}

/* The virtual devices of a line, on a machine where all is well with them. */
static const char *
judged_vdev(const char *vdev, const struct l2fwd_vdev *have)
{
	static char line[200];

	good_machine();
	facts.fa_vdev[0] = *have;
	snprintf(line, sizeof(line), "--no-huge --no-pci --vdev %s", vdev);
	return judged(line);
}

Test(preflight, API_what_a_virtual_device_names_has_to_be_there)
{
	struct l2fwd_vdev vd = {.vd_name = "net_af_packet0"};

	cr_expect_str_eq(judged_vdev("net_af_packet0", &vd),
	    "p: FAILED: net_af_packet0: it names no interface: --vdev net_af_packet0,iface=eth0\n");
	vd.vd_nargs = vd.vd_nnetifs = 1;
	vd.vd_netif[0] = (struct l2fwd_netif){.ni_name = "v0"};
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd),
	    "p: FAILED: net_af_packet0: there is no interface v0 in this network namespace: ip link "
	    "lists those that are\n");
	vd.vd_netif[0].ni_there = true;
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd),
	    "p: warning: net_af_packet0: interface v0 is down: ip link set v0 up\n");
	vd.vd_netif[0].ni_up = true;
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd), "");
	facts.fa_uid = 1000;
	cr_expect_str_eq(judged("--no-huge --no-pci --vdev net_af_packet0,iface=v0"),
	    "p: FAILED: net_af_packet0: user 1000 may not open packet sockets: run as root, or setcap "
	    "cap_net_raw+ep PROGRAM\n");
	facts.fa_net_raw = true;
	cr_expect_str_eq(judged("--no-huge --no-pci --vdev net_af_packet0,iface=v0"), "");
	facts.fa_vdev[1] = facts.fa_vdev[0];
	cr_expect_str_eq(judged("--no-huge --no-pci --vdev net_af_packet0,iface=v0 "
	                        "--vdev net_af_packet0,iface=v0"),
	    "p: FAILED: net_af_packet0: --vdev names it twice: give one another number\n");

	vd = (struct l2fwd_vdev){.vd_name = "net_pcap0"};
	cr_expect_str_eq(judged_vdev("net_pcap0", &vd),
	    "p: FAILED: net_pcap0: it has no rx_pcap: --vdev net_pcap0,rx_pcap=...\n");
	vd = (struct l2fwd_vdev){"net_pcap0", 1, .vd_file = "in.pcap", .vd_file_rc = -ENOENT};
	cr_expect_str_eq(judged_vdev("net_pcap0,rx_pcap=in.pcap", &vd),
	    "p: FAILED: net_pcap0: in.pcap cannot be used (No such file or directory): name another "
	    "one, or mend it\n");
	vd = (struct l2fwd_vdev){.vd_name = "net_tap0"};
	cr_expect_str_eq(judged_vdev("net_tap0", &vd), "");
	facts.fa_tun_rc = -ENOENT;
	cr_expect_str_eq(judged("--no-huge --no-pci --vdev net_tap0"),
	    "p: FAILED: net_tap0: /dev/net/tun cannot be opened (No such file or directory): modprobe "
	    "tun\n");
}

Test(preflight, API_what_the_kernel_leaves_to_its_device_is_said_with_the_command)
{
	struct l2fwd_vdev vd = {"net_af_packet0", 1, 1, .vd_netif = {{"v0", true, true}}};
	struct l2fwd_netif *ni = &vd.vd_netif[0];

	ni->ni_veth = true;
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd),
	    "p: warning: net_af_packet0: the other end of v0 is in another network namespace; should "
	    "it leave checksums and segments of TCP to its device, they take time here: there, ethtool "
	    "-K DEV tx off tso off gso off\n");
	strcpy(ni->ni_peer, "v1");
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd), "");
	ni->ni_csum = ni->ni_segments = true;
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd),
	    "p: warning: net_af_packet0: the other end of v0, v1, leaves checksums and segments of TCP "
	    "to its device, which takes time here: ethtool -K v1 tx off tso off gso off\n");
	ni->ni_segments = false;
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=v0", &vd),
	    "p: warning: net_af_packet0: the other end of v0, v1, leaves checksums of TCP to its "
	    "device, which takes time here: ethtool -K v1 tx off\n");
	*ni = (struct l2fwd_netif){"e0", true, true, .ni_joins = true};
	cr_expect_str_eq(judged_vdev("net_af_packet0,iface=e0", &vd),
	    "p: warning: net_af_packet0: e0 joins segments of TCP, which are cut where they are larger "
	    "than the ring's frames: ethtool -K e0 gro off lro off\n");
}

Test(preflight, API_a_directory_that_eal_cannot_write_to_is_named)
{
	good_machine();
	facts.fa_uid = 7;
	strcpy(facts.fa_runtime, "/run/x/dpdk");
	facts.fa_runtime_rc = -EACCES;
	cr_expect_str_eq(judged("--no-huge --no-pci --vdev net_null0"),
	    "p: FAILED: /run/x/dpdk: EAL's directory cannot be written to (Permission denied): make it "
	    "one that user 7 may write to, or name another one: RUNTIME_DIRECTORY=/run/user/7\n");
	cr_expect_str_eq(judged("--no-huge --no-pci --vdev net_null0 --no-shconf"), "");
	cr_expect_str_eq(judged("--in-memory --no-pci --vdev net_null0"), "");
}

Test(preflight, G99_a_nic_whose_node_has_no_hugepages_is_named)
{
	good_machine();
	add_nic("0000:81:00.0", "vfio-pci")->pc_node = 1;
	cr_expect_str_eq(judged(""), "");
	facts.fa_pages[0].pg_node_free[1] = 0;
	cr_expect_str_eq(judged(""),
	    "p: FAILED: 0000:81:00.0: it is on NUMA node 1, which has no free hugepages: "
	    "dpdk-hugepages.py -n 1 -p 2M --reserve 512M\n");
	cr_expect_str_eq(judged("--no-huge"), "");
}

/* What is beyond is left to EAL. Limit: L2FWD_MAX_VDEVS, L2FWD_MAX_PCI */
Test(preflight, API_more_devices_than_there_is_room_for_are_left_to_eal)
{
	static struct l2fwd_eal el;
	static char name[] = "p", vdev[] = "--vdev=net_null0", nic[] = "-a01:00.0";
	static char *argv[2 * (L2FWD_MAX_PCI + 1) + 1] = {name};
	int argc = 1;

	for (unsigned int i = 0; i < L2FWD_MAX_PCI + 1; i++) {
		argv[argc++] = vdev;
		argv[argc++] = nic;
		l2fwd_eal_read(&el, argc, argv);
		cr_expect_eq(el.el_nvdevs, i < L2FWD_MAX_VDEVS ? i + 1 : L2FWD_MAX_VDEVS);
		cr_expect_eq(el.el_nallowed, i < L2FWD_MAX_PCI ? i + 1 : L2FWD_MAX_PCI);
	}
	good_machine();
	for (unsigned int i = 0; i < L2FWD_MAX_PCI - 1; i++)
		add_nic("0000:01:00.0", "vfio-pci");
	l2fwd_judge(&findings, &el, &facts);
	cr_expect_eq(findings.fi_n, L2FWD_MAX_FINDINGS);
}

/* Limit: L2FWD_MAX_FINDINGS */
Test(preflight, API_more_findings_than_there_is_room_for_are_counted)
{
	struct l2fwd_findings fi = {.fi_n = 0};

	for (unsigned int i = 0; i < 2 * L2FWD_MAX_FINDINGS; i++)
		l2fwd_find(&fi, L2FWD_FAIL, "%u", i);
	cr_expect_eq(fi.fi_n, L2FWD_MAX_FINDINGS);
	cr_expect_eq(fi.fi_failed, 2 * L2FWD_MAX_FINDINGS);
}
