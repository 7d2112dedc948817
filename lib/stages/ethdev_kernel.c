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

#define FRAMESZ 2048 /* net_af_packet's defaults */
#define BLOCKSZ 4096

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

/* A number of the device's arguments; key: with its '='. */
static unsigned long
kernel_argument(const struct rte_eth_dev_info *info, const char *key, unsigned long usual)
{
	const struct rte_devargs *args = rte_dev_devargs(info->device);
	const char *at = args != NULL && args->args != NULL ? strstr(args->args, key) : NULL;

	return at != NULL ? strtoul(at + strlen(key), NULL, 10) : usual;
}

/* What a slot of the ring holds, as the device's arguments say; an mbuf has to hold as much. */
static void
kernel_slot(struct lwkt_ethdev_limits *limits, const struct rte_eth_dev_info *info)
{
	unsigned long framesz = kernel_argument(info, "framesz=", FRAMESZ);
	unsigned long blocksz = kernel_argument(info, "blocksz=", BLOCKSZ);

	if (framesz <= KERNEL_SLOT_HEAD || framesz > INT32_MAX)
		return;
	limits->el_slot = (uint32_t)framesz - KERNEL_SLOT_HEAD;
	limits->el_block = blocksz <= INT32_MAX ? (uint32_t)blocksz : 0;
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
 * Segments
 */

/*
 * A TCP packet that its sender has left to its device to segment: what is there of it. False: it
 * is none, or not even one segment is there.
 */
static bool
segments_look(const struct rte_mbuf *m, const struct l4 *l4, const struct kernel_ways *ways,
    struct kernel_segments *ks)
{
	const struct rte_tcp_hdr *tcp =
	    rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, l4->l4_at);
	uint32_t tcp_len = (tcp->data_off >> 4) * 4u, ip_len = l4->l4_at - l4->l4_ip_at;
	uint32_t there = rte_pktmbuf_pkt_len(m) - l4->l4_at;
	bool cut = there < l4->l4_bytes;

	if (!l4->l4_tcp || ip_len + l4->l4_bytes <= ways->kw_mtu ||
	    ways->kw_mtu <= ip_len + tcp_len || tcp_len < sizeof(*tcp) ||
	    rte_pktmbuf_data_len(m) < l4->l4_at + tcp_len ||
	    m->buf_len < RTE_PKTMBUF_HEADROOM + l4->l4_ip_at + ways->kw_mtu)
		return false;
	*ks = (struct kernel_segments){
	    .ks_ip_at = l4->l4_ip_at,
	    .ks_l4_at = l4->l4_at,
	    .ks_payload_at = l4->l4_at + tcp_len,
	    .ks_mss = ways->kw_mtu - ip_len - tcp_len,
	    .ks_payload = (cut ? there : l4->l4_bytes) - tcp_len,
	    .ks_ipv4 = l4->l4_ipv4,
	    .ks_cut = cut,
	};
	ks->ks_n =
	    cut ? ks->ks_payload / ks->ks_mss : (ks->ks_payload + ks->ks_mss - 1) / ks->ks_mss;
	if (ks->ks_n > LWKT_STAGE_BURST) {
		ks->ks_n = LWKT_STAGE_BURST;
		ks->ks_cut = true;
	}
	return ks->ks_n > 0;
}

static uint32_t
segment_payload(const struct kernel_segments *ks, unsigned int i)
{
	return RTE_MIN(ks->ks_mss, ks->ks_payload - i * ks->ks_mss);
}

/* A segment with the headers of the whole gets its own, as the sender's device would write them. */
static void
segment_headers(struct rte_mbuf *m, const struct kernel_segments *ks, unsigned int i)
{
	void *ip = rte_pktmbuf_mtod_offset(m, void *, ks->ks_ip_at);
	struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *, ks->ks_l4_at);
	uint16_t bytes = (uint16_t)(rte_pktmbuf_pkt_len(m) - ks->ks_ip_at);
	struct l4 l4;

	if (ks->ks_ipv4) {
		struct rte_ipv4_hdr *v4 = ip;

		v4->total_length = rte_cpu_to_be_16(bytes);
		v4->packet_id = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(v4->packet_id) + i));
		v4->hdr_checksum = 0;
		v4->hdr_checksum = rte_ipv4_cksum(v4);
	} else {
		((struct rte_ipv6_hdr *)ip)->payload_len =
		    rte_cpu_to_be_16((uint16_t)(bytes - sizeof(struct rte_ipv6_hdr)));
	}
	tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + i * ks->ks_mss);
	if (i + 1 < ks->ks_n || ks->ks_cut)
		tcp->tcp_flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
	if (i > 0)
		tcp->tcp_flags &= (uint8_t)~RTE_TCP_CWR_FLAG;
	if (l4_look(m, &l4)) {
		*l4.l4_cksum = l4.l4_pseudo;
		l4_complete(m, &l4);
	}
}

static struct rte_mbuf *
segment_copy(const struct rte_mbuf *whole, const struct kernel_segments *ks, unsigned int i)
{
	uint32_t bytes = segment_payload(ks, i);
	struct rte_mbuf *m = rte_pktmbuf_alloc(whole->pool);
	char *to = m != NULL ? rte_pktmbuf_append(m, (uint16_t)(ks->ks_payload_at + bytes)) : NULL;
	const void *payload;

	if (to == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	m->port = whole->port;
	memcpy(to, rte_pktmbuf_mtod(whole, const void *), ks->ks_payload_at);
	to += ks->ks_payload_at;
	payload = rte_pktmbuf_read(whole, ks->ks_payload_at + i * ks->ks_mss, bytes, to);
	if (payload != to)
		memcpy(to, payload, bytes);
	segment_headers(m, ks, i);
	return m;
}

/* Its first bytes stay, in however many mbufs they are. */
static void
keep_first(struct rte_mbuf *m, uint32_t bytes)
{
	struct rte_mbuf *last = m;
	uint16_t n = 1;

	m->pkt_len = bytes;
	for (; bytes > last->data_len; n++) {
		bytes -= last->data_len;
		last = last->next;
	}
	last->data_len = (uint16_t)bytes;
	rte_pktmbuf_free(last->next);
	last->next = NULL;
	m->nb_segs = n;
}

unsigned int
kernel_segment(
    struct rte_mbuf *m, struct kernel_segments *ks, struct rte_mbuf *others[LWKT_STAGE_BURST])
{
	unsigned int n = 1;

	for (; n < ks->ks_n; n++) {
		others[n - 1] = segment_copy(m, ks, n);
		if (others[n - 1] == NULL) {
			ks->ks_cut = true; /* for want of mbufs: as if the rest had been cut */
			break;
		}
	}
	keep_first(m, ks->ks_payload_at + segment_payload(ks, 0));
	segment_headers(m, ks, 0);
	return n - 1;
}

enum kernel_found
kernel_mend(struct rte_mbuf *m, const struct kernel_ways *ways, struct kernel_segments *ks)
{
	bool whole = ways->kw_slot == 0 || rte_pktmbuf_pkt_len(m) < ways->kw_slot;
	enum kernel_found found = whole ? KERNEL_AS_IT_IS : KERNEL_CUT;
	struct l4 l4;

	if (!ways->kw_complete || !l4_look(m, &l4) || *l4.l4_cksum != l4.l4_pseudo)
		return found;
	if (segments_look(m, &l4, ways, ks))
		return KERNEL_SEGMENTS;
	return whole && l4_complete(m, &l4) ? KERNEL_COMPLETED : found;
}
