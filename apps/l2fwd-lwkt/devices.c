/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that go, and that come back.
 *
 * A device has gone if its driver says so, if it was unplugged, or if its network interface is no
 * more: the kernel knows no interface of that number (ENODEV, ENXIO). Any other error, as too many
 * open files, says nothing. A tap that was moved to another network namespace is still ours; for
 * other drivers an interface that was moved is one that has gone, since the kernel closes what they
 * have of it.
 *
 * Then no CPU is in the driver while it is closed, and its queues give and take nothing. A device
 * with an interface is probed again when an interface of that name is there, a tap at once, since
 * its driver makes it; a PCI device when its address is; any other when somebody plugs it in. It has
 * to get the number that it had.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/membarrier.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_cycles.h>
#include <rte_dev.h>

#include <lwkt_pipeline.h>
#include <lwkt_ethdev.h>

#include "l2fwd.h"

struct device {
	char de_name[RTE_ETH_NAME_MAX_LEN], de_bus[16], de_args[256];
	char de_netif[IF_NAMESIZE]; /* "": none */
	unsigned int de_ifindex;
	bool de_gone;
	bool de_makes;   /* its driver makes the interface (net_tap) */
	bool de_moved;   /* its interface is in another network namespace, which has been said */
	bool de_refused; /* it cannot be had again, which has been said */
	/* Atomic, relaxed; said on a thread of EAL's: */
	bool de_removed;   /* the driver has lost it */
	bool de_unplugged; /* somebody takes it from EAL, just now */
};

#define LEAVE_MS 1000 /* so long CPUs may stay in the driver of a device that somebody unplugs */

static struct device devices[RTE_MAX_ETHPORTS];
static const struct lwkt_pipeline *running; /* from the start on */
static int control = -1;                    /* a socket, opened when there are descriptors yet */
static uint64_t next_probe_cyc;

/* A full fence on each processor; slow, and there is nothing to register. */
static void
fence_all(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/*
 * Another thread unplugs a device, and will free what it has when this returns. Its bursts are
 * silenced first; then each CPU that has called two functions since, or sleeps, has left the
 * driver: the first one it may have been about to call. The fences (E27) order what the CPUs count
 * without any. Only the driver's own end, before EAL says anything, cannot be waited for.
 */
static void
wait_until_left(uint16_t id)
{
	uint64_t until = rte_get_timer_cycles() + LEAVE_MS * rte_get_timer_hz() / 1000;
	unsigned int n = running != NULL ? lwkt_pipeline_nloops(running) : 0;
	uint64_t turns[RTE_MAX_LCORE];
	struct lwkt_loop_stats ls;

	lwkt_ethdev_silence(id);
	fence_all(); /* E27: from here on a burst that begins is a silent one */
	for (unsigned int i = 0; i < n; i++) {
		lwkt_loop_stats(running, i, &ls);
		turns[i] = ls.ls_turns;
	}
	for (unsigned int i = 0; i < n; i++) {
		do {
			lwkt_loop_stats(running, i, &ls);
		} while (!ls.ls_asleep && ls.ls_turns - turns[i] < 2 &&
		         rte_get_timer_cycles() < until && usleep(100) <= 0);
	}
	fence_all(); /* E27: what a CPU did before it counted a turn is done */
}

static int
on_removal(uint16_t id, enum rte_eth_event_type event, void *arg, void *out)
{
	(void)arg;
	(void)out;
	if (event == RTE_ETH_EVENT_DESTROY) {
		__atomic_store_n(&devices[id].de_unplugged, true, __ATOMIC_RELAXED);
		if (rte_lcore_id() != rte_get_main_lcore()) /* which has parked them */
			wait_until_left(id);
	} else {
		__atomic_store_n(&devices[id].de_removed, true, __ATOMIC_RELAXED);
	}
	return 0;
}

static void
listen_for_removal(uint16_t id)
{
	rte_eth_dev_callback_register(id, RTE_ETH_EVENT_INTR_RMV, on_removal, NULL);
	rte_eth_dev_callback_register(id, RTE_ETH_EVENT_DESTROY, on_removal, NULL);
}

/* @return 0 and its name, or a negative errno. */
static int
interface_name(unsigned int ifindex, char name[IF_NAMESIZE])
{
	struct ifreq ifr = {.ifr_ifindex = (int)ifindex};

	if (ioctl(control, SIOCGIFNAME, &ifr) < 0)
		return -errno;
	memcpy(name, ifr.ifr_name, IF_NAMESIZE);
	name[IF_NAMESIZE - 1] = '\0';
	return 0;
}

/* @return the number of the interface of that name; 0: there is none, or it is not known. */
static unsigned int
interface_index(const char *name)
{
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	return ioctl(control, SIOCGIFINDEX, &ifr) == 0 ? (unsigned int)ifr.ifr_ifindex : 0;
}

/* Is one of this process's descriptors a tap of that name, wherever its interface is? */
static bool
tap_is_open(const char *name)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *de;
	bool found = dir == NULL; /* not known */

	while (dir != NULL && !found && (de = readdir(dir)) != NULL) {
		struct ifreq ifr = {0};

		found = de->d_name[0] != '.' && ioctl(atoi(de->d_name), TUNGETIFF, &ifr) == 0 &&
		        strncmp(ifr.ifr_name, name, IF_NAMESIZE) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static bool
interface_has_gone(uint16_t id, struct device *de)
{
	char name[IF_NAMESIZE];
	int rc = de->de_ifindex != 0 ? interface_name(de->de_ifindex, name) : 0;

	if (rc != -ENODEV && rc != -ENXIO)
		return false;
	if (!tap_is_open(de->de_netif))
		return true;
	if (!de->de_moved)
		l2fwd_say("ethdev %u: its interface %s is in another network namespace", id,
		    de->de_netif);
	de->de_moved = true;
	return false;
}

static bool
has_gone(uint16_t id, struct device *de)
{
	return __atomic_load_n(&de->de_removed, __ATOMIC_RELAXED) ||
	       !rte_eth_dev_is_valid_port(id) || rte_eth_dev_is_removed(id) != 0 ||
	       interface_has_gone(id, de);
}

static void
say_state(const struct l2fwd *fw)
{
	unsigned int all = fw->fw_plan.pn_nethdevs, gone = l2fwd_devices_gone(fw, NULL, 0);
	char ids[80];

	l2fwd_devices_gone(fw, ids, sizeof(ids));
	if (gone == 0)
		l2fwd_notify("forwarding between %u ethdevs", all);
	else
		l2fwd_notify("forwarding between %u of %u ethdevs; gone: %s", all - gone, all, ids);
}

static void
give_up(struct l2fwd *fw, struct l2fwd_ethdev *ed, struct device *de)
{
	/* Before it is closed here, which is such an event too. */
	bool unplugged = __atomic_load_n(&de->de_unplugged, __ATOMIC_RELAXED);

	de->de_gone = true;
	l2fwd_happened(LWKT_EVENT_DEVICE_GONE,
	    "ethdev %u: the device has gone; going on without it", ed->ed_id);
	lwkt_pipeline_park(fw->fw_pipeline);
	lwkt_ethdev_abandon(ed->ed_id);
	lwkt_pipeline_unpark(fw->fw_pipeline);
	if (de->de_bus[0] != '\0' && !unplugged)
		rte_eal_hotplug_remove(de->de_bus, de->de_name);
	say_state(fw);
}

/*
 * Back again
 */

static bool
may_be_back(const struct device *de)
{
	char path[128], driver[128] = "";

	if (de->de_makes)
		return true;
	if (de->de_netif[0] != '\0')
		return interface_index(de->de_netif) != 0;
	if (strcmp(de->de_bus, "pci") != 0)
		return false;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.64s/driver", de->de_name);
	return readlink(path, driver, sizeof(driver) - 1) > 0 &&
	       (strstr(driver, "/vfio-pci") != NULL || strstr(driver, "uio") != NULL);
}

static int
start_again(struct l2fwd *fw, unsigned int i)
{
	struct l2fwd_ethdev *ed = &fw->fw_plan.pn_ethdev[i];
	int rc = lwkt_pipeline_file_ethdev_start(fw->fw_file, i);

	if (rc == 0)
		rte_eth_dev_default_mac_addr_set(ed->ed_id, &ed->ed_mac); /* as others know it */
	return rc;
}

static void
take_back(struct l2fwd *fw, unsigned int i, struct device *de)
{
	uint16_t want = fw->fw_plan.pn_ethdev[i].ed_id, id;
	int rc;

	if (rte_eth_dev_get_port_by_name(de->de_name, &id) != 0 &&
	    (!may_be_back(de) || rte_eal_hotplug_add(de->de_bus, de->de_name, de->de_args) < 0 ||
	        rte_eth_dev_get_port_by_name(de->de_name, &id) != 0))
		return;
	lwkt_pipeline_park(fw->fw_pipeline);
	if (id != want) { /* another one that has gone had a lower number: first that one */
		rte_eal_hotplug_remove(de->de_bus, de->de_name);
		lwkt_ethdev_abandon(id);
		lwkt_pipeline_unpark(fw->fw_pipeline);
		return;
	}
	rc = start_again(fw, i);
	if (rc < 0)
		lwkt_ethdev_abandon(id);
	lwkt_pipeline_unpark(fw->fw_pipeline);
	if (rc < 0) {
		rte_eal_hotplug_remove(de->de_bus, de->de_name);
		if (!de->de_refused)
			l2fwd_say(
			    "ethdev %u: the device is back, but cannot be started (%s); it is tried "
			    "again",
			    id, strerror(-rc));
		de->de_refused = true;
		return;
	}
	de->de_gone = de->de_refused = de->de_moved = false;
	__atomic_store_n(&de->de_removed, false, __ATOMIC_RELAXED);
	__atomic_store_n(&de->de_unplugged, false, __ATOMIC_RELAXED);
	listen_for_removal(id);
	de->de_ifindex = de->de_netif[0] != '\0' ? interface_index(de->de_netif) : 0;
	l2fwd_happened(LWKT_EVENT_DEVICE_BACK, "ethdev %u: the device is back", id);
	say_state(fw);
}

/*
 * The rounds
 */

void
l2fwd_devices_start(const struct l2fwd *fw)
{
	control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	running = fw->fw_pipeline;
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		uint16_t id = fw->fw_plan.pn_ethdev[i].ed_id;
		struct device *de = &devices[id];
		struct rte_eth_dev_info info;

		rte_eth_dev_get_name_by_port(id, de->de_name);
		listen_for_removal(id);
		if (rte_eth_dev_info_get(id, &info) != 0 || info.device == NULL)
			continue;
		snprintf(
		    de->de_bus, sizeof(de->de_bus), "%s", rte_bus_name(rte_dev_bus(info.device)));
		if (rte_dev_devargs(info.device) != NULL &&
		    rte_dev_devargs(info.device)->args != NULL)
			snprintf(de->de_args, sizeof(de->de_args), "%s",
			    rte_dev_devargs(info.device)->args);
		de->de_makes = strcmp(info.driver_name, "net_tap") == 0;
		de->de_ifindex = info.if_index;
		if (info.if_index != 0 && interface_name(info.if_index, de->de_netif) < 0)
			de->de_ifindex = 0;
	}
	say_state(fw);
}

bool
l2fwd_devices_look(struct l2fwd *fw, unsigned int i)
{
	struct l2fwd_ethdev *ed = &fw->fw_plan.pn_ethdev[i];
	struct device *de = &devices[ed->ed_id];

	if (!de->de_gone && has_gone(ed->ed_id, de))
		give_up(fw, ed, de);
	return !de->de_gone;
}

bool
l2fwd_devices_has_gone(uint16_t ethdev)
{
	return devices[ethdev].de_gone;
}

void
l2fwd_devices_probe(struct l2fwd *fw)
{
	uint64_t now = rte_get_timer_cycles();

	if (fw->fw_args.reprobe == 0 || now < next_probe_cyc)
		return;
	next_probe_cyc = now + fw->fw_args.reprobe * rte_get_timer_hz();
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		struct device *de = &devices[fw->fw_plan.pn_ethdev[i].ed_id];

		if (de->de_gone)
			take_back(fw, i, de);
	}
}

unsigned int
l2fwd_devices_gone(const struct l2fwd *fw, char *ids, size_t bytes)
{
	unsigned int n = 0;
	size_t at = 0;

	if (bytes > 0)
		ids[0] = '\0';
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		uint16_t id = fw->fw_plan.pn_ethdev[i].ed_id;

		if (!devices[id].de_gone)
			continue;
		if (at < bytes)
			at += (size_t)snprintf(ids + at, bytes - at, "%s%u (%s)",
			    n == 0 ? "" : ", ", id, devices[id].de_name);
		n++;
	}
	return n;
}
