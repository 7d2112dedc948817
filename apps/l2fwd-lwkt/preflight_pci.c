/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What there is: PCI devices, who drives them, and their IOMMU groups.
 */
#include <dirent.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preflight.h"

#define UPPER_DEPTH 4 /* a VLAN on a bridge on a bond on the NIC */

/* The last part of what a link leads to. @return false: there is no such link. */
static bool
link_name(const char *dir, const char *link, char *name, size_t bytes)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	l2fwd_path(path, "%s/%s", dir, link);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	snprintf(name, bytes, "%s", basename(target));
	return true;
}

/* The first entry of a directory, or "". virtio's is one level further down: virtio0/net/eth0. */
static void
first_in(const char *dir, const char *like, char *name, size_t bytes)
{
	const struct dirent *de;
	DIR *d = opendir(dir);

	name[0] = '\0';
	while (d != NULL && name[0] == '\0' && (de = readdir(d)) != NULL)
		if (de->d_name[0] != '.' && strncmp(de->d_name, like, strlen(like)) == 0)
			snprintf(name, bytes, "%.31s", de->d_name);
	if (d != NULL)
		closedir(d);
}

static void
read_netif(struct l2fwd_pci *pc, const char *dir)
{
	char path[PATH_MAX], virtio[32];

	l2fwd_path(path, "%s/net", dir);
	first_in(path, "", pc->pc_netif, sizeof(pc->pc_netif));
	if (pc->pc_netif[0] != '\0')
		return;
	first_in(dir, "virtio", virtio, sizeof(virtio));
	if (virtio[0] == '\0')
		return;
	l2fwd_path(path, "%s/%s/net", dir, virtio);
	first_in(path, "", pc->pc_netif, sizeof(pc->pc_netif));
}

/* dpdk-devbind.py does not touch an interface that a route leads to. */
static bool
routed(const char *root, const char *netif)
{
	char path[PATH_MAX], line[200], name[32];
	bool found = false;
	FILE *f;

	l2fwd_path(path, "%s/proc/net/route", root);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		found |= sscanf(line, "%31s", name) == 1 && strcmp(name, netif) == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

/* Does a default route, of IPv4 or IPv6, lead to this interface? */
static bool
defaulted(const char *root, const char *netif)
{
	char path[PATH_MAX], line[200], name[32], target[40];
	bool found = false;
	FILE *f;

	l2fwd_path(path, "%s/proc/net/route", root);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		found |= sscanf(line, "%31s %39s %*s %*s %*s %*s %*s", name, target) == 2 &&
		         strcmp(name, netif) == 0 && strcmp(target, "00000000") == 0;
	if (f != NULL)
		fclose(f);
	l2fwd_path(path, "%s/proc/net/ipv6_route", root);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		found |=
		    sscanf(line, "%39s 00 %*s %*s %*s %*s %*s %*s %*s %31s", target, name) == 2 &&
		    strcmp(name, netif) == 0 && strspn(target, "0") == 32;
	if (f != NULL)
		fclose(f);
	return found;
}

/* ... or to a bridge, bond or VLAN upon it. */
static bool
carries_default(const char *root, const char *netif, unsigned int depth)
{
	bool found = defaulted(root, netif);
	char path[PATH_MAX];
	const struct dirent *de;
	DIR *dir;

	l2fwd_path(path, "%s/sys/class/net/%s", root, netif);
	dir = depth > 0 ? opendir(path) : NULL;
	while (dir != NULL && !found && (de = readdir(dir)) != NULL)
		if (strncmp(de->d_name, "upper_", 6) == 0)
			found = carries_default(root, de->d_name + 6, depth - 1);
	if (dir != NULL)
		closedir(dir);
	return found;
}

static void
read_device(struct l2fwd_pci *pc, const char *root, const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX], text[32];

	memset(pc, 0, sizeof(*pc));
	snprintf(pc->pc_name, sizeof(pc->pc_name), "%.15s", name);
	l2fwd_path(dir, "%s/sys/bus/pci/devices/%.15s", root, name);
	l2fwd_path(path, "%s/class", dir);
	if (l2fwd_read_line(path, text, sizeof(text)))
		pc->pc_class = (unsigned int)strtoul(text, NULL, 16);
	l2fwd_path(path, "%s/numa_node", dir);
	pc->pc_node = l2fwd_read_line(path, text, sizeof(text)) ? (int)strtol(text, NULL, 10) : -1;
	link_name(dir, "driver", pc->pc_driver, sizeof(pc->pc_driver));
	read_netif(pc, dir);
	pc->pc_routed = pc->pc_netif[0] != '\0' && routed(root, pc->pc_netif);
	pc->pc_default =
	    pc->pc_netif[0] != '\0' && carries_default(root, pc->pc_netif, UPPER_DEPTH);
	pc->pc_group = -1;
	if (!link_name(dir, "iommu_group", text, sizeof(text)))
		return;
	pc->pc_group = (int)strtol(text, NULL, 10);
	l2fwd_path(path, "%s/dev/vfio/noiommu-%d", root, pc->pc_group);
	pc->pc_noiommu = access(path, F_OK) == 0;
	if (!pc->pc_noiommu)
		l2fwd_path(path, "%s/dev/vfio/%d", root, pc->pc_group);
	pc->pc_access = l2fwd_may_write(path);
}

static bool
is_nic(const struct l2fwd_pci *pc)
{
	return pc->pc_class >> 16 == 2;
}

/* NICs first, by address. */
static int
by_use(const void *a, const void *b)
{
	const struct l2fwd_pci *x = a, *y = b;

	if (is_nic(x) != is_nic(y))
		return is_nic(x) ? -1 : 1;
	return strcmp(x->pc_name, y->pc_name);
}

/* On a machine with more devices than there is room for, NICs push others out. */
void
l2fwd_facts_pci(struct l2fwd_facts *fa, const char *root)
{
	char path[PATH_MAX];
	const struct dirent *de;
	struct l2fwd_pci pc;
	DIR *dir;

	l2fwd_path(path, "%s/sys/bus/pci/devices", root);
	dir = opendir(path);
	while (dir != NULL && (de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		read_device(&pc, root, de->d_name);
		if (fa->fa_npci < L2FWD_MAX_PCI) {
			fa->fa_pci[fa->fa_npci++] = pc;
			continue;
		}
		for (unsigned int i = 0; is_nic(&pc) && i < L2FWD_MAX_PCI; i++)
			if (!is_nic(&fa->fa_pci[i])) {
				fa->fa_pci[i] = pc;
				break;
			}
	}
	if (dir != NULL)
		closedir(dir);
	qsort(fa->fa_pci, fa->fa_npci, sizeof(fa->fa_pci[0]), by_use);
}
