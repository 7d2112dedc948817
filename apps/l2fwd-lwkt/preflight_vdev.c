/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtual devices of --vdev, and EAL's directory at run time: what there is of what their
 * arguments name, and what is wrong with it.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "preflight.h"

/* What a driver's arguments may name. Names of devices begin as its own. */
static const struct driver {
	const char *dr_name;
	const char *dr_netif[3]; /* arguments that name an interface */
	const char *dr_read[2];  /* ... a file to read, or a socket */
	const char *dr_write[2]; /* ... a file to write */
	bool dr_needs_netif;     /* there has to be one */
	bool dr_needs_any;       /* one of its arguments has to be there */
	bool dr_tun;             /* it makes an interface by /dev/net/tun */
	bool dr_raw;             /* it opens packet sockets */
} drivers[] = {
    {"net_af_packet", {"iface"}, .dr_needs_netif = true, .dr_raw = true},
    {"net_af_xdp", {"iface"}, .dr_needs_netif = true, .dr_raw = true},
    {"net_pcap", {"iface", "rx_iface", "tx_iface"}, {"rx_pcap"}, {"tx_pcap"}, .dr_needs_any = true},
    {"net_tap", {"remote"}, .dr_tun = true},
    {"net_tun", {NULL}, .dr_tun = true},
    {"net_virtio_user", {NULL}, {"path"}, .dr_needs_any = true},
    {NULL},
};

/*
 * What there is
 */

/* The value of "key=value" in a device's arguments. @return false: there is no such key. */
static bool
vdev_value(const char *vdev, const char *key, char *value, size_t bytes)
{
	size_t len = strlen(key);

	for (const char *at = strchr(vdev, ','); at != NULL; at = strchr(at, ',')) {
		at++;
		if (strncmp(at, key, len) != 0 || at[len] != '=')
			continue;
		snprintf(value, bytes, "%.*s", (int)strcspn(at + len + 1, ","), at + len + 1);
		return true;
	}
	return false;
}

static unsigned long
netif_number(const char *root, const char *name, const char *file)
{
	char path[PATH_MAX], text[32];

	l2fwd_path(path, "%s/sys/class/net/%s/%s", root, name, file);
	return l2fwd_read_line(path, text, sizeof(text)) ? strtoul(text, NULL, 0) : 0;
}

/* A value of the interface's driver, by ethtool's ioctl. @return false: it is not known. */
static bool
netif_ethtool(int fd, const char *name, void *command)
{
	struct ifreq request = {.ifr_data = command};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.15s", name);
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static bool
netif_is_on(int fd, const char *name, unsigned int what)
{
	struct ethtool_value value = {.cmd = what};

	return netif_ethtool(fd, name, &value) && value.data != 0;
}

/*
 * What a veth gives is what its other end has sent, so that one's offloads count. It may be in
 * another network namespace, where a number that is the same here means another interface.
 */
static void
netif_offloads(struct l2fwd_netif *ni)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	unsigned int peer = (unsigned int)netif_number("", ni->ni_name, "iflink");

	ni->ni_veth = netif_ethtool(fd, ni->ni_name, &driver) && strcmp(driver.driver, "veth") == 0;
	if (ni->ni_veth && (if_indextoname(peer, ni->ni_peer) == NULL ||
	                       netif_number("", ni->ni_peer, "iflink") !=
	                           netif_number("", ni->ni_name, "ifindex")))
		ni->ni_peer[0] = '\0';
	if (ni->ni_peer[0] != '\0') {
		ni->ni_csum = netif_is_on(fd, ni->ni_peer, ETHTOOL_GTXCSUM);
		ni->ni_segments = netif_is_on(fd, ni->ni_peer, ETHTOOL_GTSO) ||
		                  netif_is_on(fd, ni->ni_peer, ETHTOOL_GGSO);
	}
	ni->ni_joins = !ni->ni_veth && netif_is_on(fd, ni->ni_name, ETHTOOL_GGRO);
	if (fd >= 0)
		close(fd);
}

static void
netif_read(struct l2fwd_netif *ni, const char *root)
{
	ni->ni_there = netif_number(root, ni->ni_name, "ifindex") != 0;
	ni->ni_up = (netif_number(root, ni->ni_name, "flags") & IFF_UP) != 0;
	if (ni->ni_there && root[0] == '\0')
		netif_offloads(ni);
}

/* May a file be written, or made where it is to be? */
static int
may_make(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	if (access(path, F_OK) == 0)
		return access(path, W_OK) == 0 ? 0 : -errno;
	l2fwd_path(dir, "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return access(".", W_OK | X_OK) == 0 ? 0 : -errno;
	slash[slash == dir ? 1 : 0] = '\0';
	return access(dir, W_OK | X_OK) == 0 ? 0 : -errno;
}

/* The first file that cannot be used. */
static void
vdev_files(struct l2fwd_vdev *vd, const char *vdev, const char *const *keys, bool write)
{
	for (unsigned int i = 0; i < 2 && keys[i] != NULL && vd->vd_file_rc == 0; i++) {
		if (!vdev_value(vdev, keys[i], vd->vd_file, sizeof(vd->vd_file)))
			continue;
		vd->vd_nargs++;
		vd->vd_file_rc = write                           ? may_make(vd->vd_file)
		                 : access(vd->vd_file, R_OK) < 0 ? -errno
		                                                 : 0;
	}
}

static const struct driver *
driver_of(const char *vdev)
{
	const struct driver *dr = drivers;

	while (dr->dr_name != NULL && strncmp(vdev, dr->dr_name, strlen(dr->dr_name)) != 0)
		dr++;
	return dr;
}

static void
vdev_read(struct l2fwd_vdev *vd, const char *vdev, const char *root)
{
	const struct driver *dr = driver_of(vdev);

	snprintf(vd->vd_name, sizeof(vd->vd_name), "%.*s", (int)strcspn(vdev, ","), vdev);
	for (unsigned int i = 0; i < 3 && dr->dr_netif[i] != NULL; i++) {
		struct l2fwd_netif *ni = &vd->vd_netif[vd->vd_nnetifs];

		if (!vdev_value(vdev, dr->dr_netif[i], ni->ni_name, sizeof(ni->ni_name)))
			continue;
		vd->vd_nargs++;
		vd->vd_nnetifs++;
		netif_read(ni, root);
	}
	vdev_files(vd, vdev, dr->dr_read, false);
	vdev_files(vd, vdev, dr->dr_write, true);
}

/* Where EAL keeps what it has while it runs, as eal_create_runtime_dir() chooses it. */
static void
runtime_read(struct l2fwd_facts *fa, const char *root)
{
	const char *dir = getenv("RUNTIME_DIRECTORY");
	char path[PATH_MAX];

	if (dir == NULL && fa->fa_uid == 0)
		dir = "/var/run";
	else if (dir == NULL)
		dir = getenv("XDG_RUNTIME_DIR");
	if (dir == NULL)
		dir = "/tmp";
	snprintf(fa->fa_runtime, sizeof(fa->fa_runtime), "%s/dpdk", dir);
	l2fwd_path(path, "%s%s", root, fa->fa_runtime);
	if (access(path, F_OK) == 0)
		fa->fa_runtime_rc = access(path, W_OK | X_OK) == 0 ? 0 : -errno;
	else
		fa->fa_runtime_rc = may_make(path);
}

void
l2fwd_facts_vdevs(struct l2fwd_facts *fa, const struct l2fwd_eal *el, const char *root)
{
	char path[PATH_MAX];

	runtime_read(fa, root);
	l2fwd_path(path, "%s/dev/net/tun", root);
	fa->fa_tun_rc = l2fwd_may_write(path);
	for (unsigned int i = 0; i < el->el_nvdevs; i++)
		vdev_read(&fa->fa_vdev[i], el->el_vdev[i], root);
}

/*
 * Judged
 */

static void
judge_offloads(struct l2fwd_findings *fi, const struct l2fwd_vdev *vd, const struct l2fwd_netif *ni)
{
	if (ni->ni_veth && ni->ni_peer[0] == '\0')
		l2fwd_find(fi, L2FWD_WARN,
		    "%s: the other end of %s is in another network namespace; should it leave "
		    "checksums and segments of TCP to its device, they take time here: there, ethtool -K "
		    "DEV tx off tso off gso off",
		    vd->vd_name, ni->ni_name);
	else if (ni->ni_csum || ni->ni_segments)
		l2fwd_find(fi, L2FWD_WARN,
		    "%s: the other end of %s, %s, leaves %s of TCP to its device, which takes time "
		    "here: ethtool -K %s%s%s",
		    vd->vd_name, ni->ni_name, ni->ni_peer,
		    !ni->ni_csum      ? "segments"
		    : ni->ni_segments ? "checksums and segments"
		                      : "checksums",
		    ni->ni_peer, ni->ni_csum ? " tx off" : "",
		    ni->ni_segments ? " tso off gso off" : "");
	if (ni->ni_joins)
		l2fwd_find(fi, L2FWD_WARN,
		    "%s: %s joins segments of TCP, which are cut where they are larger than the ring's "
		    "frames: ethtool -K %s gro off lro off",
		    vd->vd_name, ni->ni_name, ni->ni_name);
}

static void
judge_netif(struct l2fwd_findings *fi, const struct l2fwd_vdev *vd, const struct l2fwd_netif *ni)
{
	if (!ni->ni_there) {
		l2fwd_find(fi, L2FWD_FAIL,
		    "%s: there is no interface %s in this network namespace: ip link lists those that "
		    "are",
		    vd->vd_name, ni->ni_name);
		return;
	}
	if (!ni->ni_up)
		l2fwd_find(fi, L2FWD_WARN, "%s: interface %s is down: ip link set %s up",
		    vd->vd_name, ni->ni_name, ni->ni_name);
	judge_offloads(fi, vd, ni);
}

/* What it needs of the machine and of its arguments. */
static void
judge_needs(struct l2fwd_findings *fi, const struct l2fwd_facts *fa, const struct l2fwd_vdev *vd)
{
	const struct driver *dr = driver_of(vd->vd_name);

	if (dr->dr_needs_netif && vd->vd_nnetifs == 0)
		l2fwd_find(fi, L2FWD_FAIL, "%s: it names no interface: --vdev %s,iface=eth0",
		    vd->vd_name, vd->vd_name);
	else if (dr->dr_needs_any && vd->vd_nargs == 0)
		l2fwd_find(fi, L2FWD_FAIL, "%s: it has no %s: --vdev %s,%s=...", vd->vd_name,
		    dr->dr_read[0], vd->vd_name, dr->dr_read[0]);
	if (dr->dr_raw && fa->fa_uid != 0 && !fa->fa_net_raw)
		l2fwd_find(fi, L2FWD_FAIL,
		    "%s: user %u may not open packet sockets: run as root, or setcap cap_net_raw+ep "
		    "PROGRAM",
		    vd->vd_name, fa->fa_uid);
	if (dr->dr_tun && fa->fa_tun_rc < 0)
		l2fwd_find(fi, L2FWD_FAIL, "%s: /dev/net/tun cannot be opened (%s): %s",
		    vd->vd_name, strerror(-fa->fa_tun_rc),
		    fa->fa_tun_rc == -ENOENT ? "modprobe tun" : "run as root");
	if (vd->vd_file_rc < 0)
		l2fwd_find(fi, L2FWD_FAIL,
		    "%s: %s cannot be used (%s): name another one, or mend it", vd->vd_name,
		    vd->vd_file, strerror(-vd->vd_file_rc));
}

void
l2fwd_judge_vdevs(
    struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	if (!el->el_no_shconf && fa->fa_runtime_rc < 0)
		l2fwd_find(fi, L2FWD_FAIL,
		    "%s: EAL's directory cannot be written to (%s): make it one that user %u may write "
		    "to, or name another one: RUNTIME_DIRECTORY=/run/user/%u",
		    fa->fa_runtime, strerror(-fa->fa_runtime_rc), fa->fa_uid, fa->fa_uid);
	for (unsigned int i = 0; i < el->el_nvdevs; i++) {
		const struct l2fwd_vdev *vd = &fa->fa_vdev[i];

		for (unsigned int k = 0; k < i; k++)
			if (strcmp(fa->fa_vdev[k].vd_name, vd->vd_name) == 0)
				l2fwd_find(fi, L2FWD_FAIL,
				    "%s: --vdev names it twice: give one another number",
				    vd->vd_name);
		judge_needs(fi, fa, vd);
		for (unsigned int k = 0; k < vd->vd_nnetifs; k++)
			judge_netif(fi, vd, &vd->vd_netif[k]);
	}
}
