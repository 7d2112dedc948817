/* SPDX-License-Identifier: BSD-3-Clause */
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include <lwkt_stage.h>

#include "ethdev_kernel_pvt.h"
#include "l4_pvt.h"

#define FRAMESZ 2048 /* net_af_packet's default */

static uint32_t
kernel_mtu(const char *interface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};
	uint32_t mtu = 0;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (fd >= 0 && ioctl(fd, SIOCGIFMTU, &request) == 0)
		mtu = (uint32_t)request.ifr_mtu;
	if (fd >= 0)
		close(fd);
	return mtu;
}

/* What a slot of the ring holds, as the device's arguments say; an mbuf has to hold as much. */
static void
kernel_slot(struct lwkt_ethdev_limits *limits, const struct rte_eth_dev_info *info)
{
	const struct rte_devargs *args = rte_dev_devargs(info->device);
	const char *key =
	    args != NULL && args->args != NULL ? strstr(args->args, "framesz=") : NULL;
	unsigned long framesz = key != NULL ? strtoul(key + strlen("framesz="), NULL, 10) : FRAMESZ;

	if (framesz <= KERNEL_SLOT_HEAD || framesz > INT32_MAX)
		return;
	limits->el_slot = (uint32_t)framesz - KERNEL_SLOT_HEAD;
	limits->el_min_buf =
	    RTE_MAX(limits->el_min_buf, (uint32_t)framesz - (uint32_t)sizeof(struct tpacket2_hdr));
}

void
kernel_limits(struct lwkt_ethdev_limits *limits, const struct rte_eth_dev_info *info)
{
	if (info->if_index == 0 || if_indextoname(info->if_index, limits->el_if_name) == NULL) {
		limits->el_if_name[0] = '\0';
		return;
	}
	limits->el_if_mtu = kernel_mtu(limits->el_if_name);
	if (strcmp(info->driver_name, "net_af_packet") == 0)
		kernel_slot(limits, info);
}

/* Some NICs' drivers have an interface beside (mlx5), and finish what they hand over. */
bool
kernel_unfinished(uint16_t ethdev)
{
	static const char *const drivers[] = {"net_af_packet", "net_tap", "net_pcap", "net_af_xdp"};
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(ethdev, &info) < 0 || info.if_index == 0)
		return false;
	for (unsigned int i = 0; i < RTE_DIM(drivers); i++)
		if (strcmp(info.driver_name, drivers[i]) == 0)
			return true;
	return false;
}

/*
 * TCP and UDP
 */

/*
 * Of a TCP packet that was cut make its first segment, as the sender's device would have: with an
 * IP packet of mtu bytes, without what only the last segment has.
 */
static bool
l4_first_segment(struct rte_mbuf *m, struct l4 *l4, uint32_t mtu)
{
	uint32_t bytes = RTE_MIN(mtu, rte_pktmbuf_data_len(m) - l4->l4_ip_at);
	void *ip = rte_pktmbuf_mtod_offset(m, void *, l4->l4_ip_at);
	struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *, l4->l4_at);
	uint32_t headers = l4->l4_at - l4->l4_ip_at + (tcp->data_off >> 4) * 4u;

	if (!l4->l4_tcp || m->nb_segs != 1 || bytes <= headers ||
	    l4->l4_at - l4->l4_ip_at + l4->l4_bytes <= bytes)
		return false;
	if (l4->l4_ipv4) {
		struct rte_ipv4_hdr *v4 = ip;

		v4->total_length = rte_cpu_to_be_16((uint16_t)bytes);
		v4->hdr_checksum = 0;
		v4->hdr_checksum = rte_ipv4_cksum(v4);
	} else {
		((struct rte_ipv6_hdr *)ip)->payload_len =
		    rte_cpu_to_be_16((uint16_t)(bytes - sizeof(struct rte_ipv6_hdr)));
	}
	tcp->tcp_flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
	rte_pktmbuf_trim(m, (uint16_t)(rte_pktmbuf_data_len(m) - l4->l4_ip_at - bytes));
	if (!l4_look(m, l4))
		return false;
	*l4->l4_cksum = l4->l4_pseudo;
	return l4_complete(m, l4);
}

void
kernel_mend(struct rte_mbuf **pkts, unsigned int n, const struct kernel_ways *ways,
    struct kernel_mended *km)
{
	struct rte_mbuf *cut[LWKT_STAGE_BURST];
	unsigned int ncut = 0;

	*km = (struct kernel_mended){0};
	for (unsigned int i = 0; i < n; i++) {
		bool whole = ways->kw_slot == 0 || rte_pktmbuf_pkt_len(pkts[i]) < ways->kw_slot;
		struct l4 l4;

		if (ways->kw_complete && l4_look(pkts[i], &l4) && *l4.l4_cksum == l4.l4_pseudo) {
			if (whole) {
				km->km_completed += l4_complete(pkts[i], &l4);
			} else {
				whole = l4_first_segment(pkts[i], &l4, ways->kw_mtu);
				km->km_segments += whole;
			}
		}
		if (whole)
			pkts[km->km_whole++] = pkts[i];
		else
			cut[ncut++] = pkts[i];
	}
	memcpy(&pkts[km->km_whole], cut, ncut * sizeof(cut[0]));
}
