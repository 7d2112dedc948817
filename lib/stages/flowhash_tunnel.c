/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tunnels: what is behind their headers. What does not look like the tunnel that its protocol or
 * port promises (another version, no VNI) is none, and hashed as what it is.
 */
#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_udp.h>

#include "flowhash_pvt.h"

#define VXLAN_PORT   4789
#define VXLAN_BYTES  8
#define VXLAN_VNI    0x08 /* of the first byte: there is a VNI */
#define GENEVE_PORT  6081
#define GENEVE_BYTES 8
/* The first byte: two bits of version, then the length of the options in words. */
#define GENEVE_VERSION 0xc0
#define GENEVE_OPTIONS 0x3f
#define GRE_BYTES      4
#define GRE_CHECKSUM   0x8000 /* of the first two bytes: these add 4 bytes each, ... */
#define GRE_KEY        0x2000
#define GRE_SEQUENCE   0x1000
#define GRE_KNOWN      0xb000 /* ... and with any other bit set it is not RFC 2890's */

static bool
is_carried(uint16_t type)
{
	return type == RTE_ETHER_TYPE_TEB || type == RTE_ETHER_TYPE_IPV4 ||
	       type == RTE_ETHER_TYPE_IPV6;
}

/* Go on behind so many bytes of tunnel header. */
static enum lwkt_flowhash_reason
enter(struct walk *wk, uint32_t bytes, uint16_t type, uint16_t *inside)
{
	if (bytes > wk->wk_end - wk->wk_at)
		return LWKT_FLOWHASH_TUNNEL_SHORT;
	wk->wk_at += bytes;
	*inside = type;
	return LWKT_FLOWHASH_OK;
}

static enum lwkt_flowhash_reason
udp_tunnel(struct walk *wk, uint16_t *inside)
{
	uint8_t header[8];
	uint16_t type;

	if (wk->wk_udp_port != VXLAN_PORT && wk->wk_udp_port != GENEVE_PORT)
		return LWKT_FLOWHASH_OK;
	wk->wk_at += sizeof(struct rte_udp_hdr);
	if (!walk_look(wk, header, sizeof(header)))
		return LWKT_FLOWHASH_TUNNEL_SHORT;
	if (wk->wk_udp_port == VXLAN_PORT) {
		if (!(header[0] & VXLAN_VNI))
			return LWKT_FLOWHASH_OK;
		return enter(wk, VXLAN_BYTES, RTE_ETHER_TYPE_TEB, inside);
	}
	type = (uint16_t)(header[2] << 8 | header[3]);
	if ((header[0] & GENEVE_VERSION) || !is_carried(type))
		return LWKT_FLOWHASH_OK;
	return enter(wk, GENEVE_BYTES + (header[0] & GENEVE_OPTIONS) * 4u, type, inside);
}

static enum lwkt_flowhash_reason
gre(struct walk *wk, uint16_t *inside)
{
	uint8_t header[GRE_BYTES];
	uint32_t bytes = GRE_BYTES;
	uint16_t flags, type;

	if (!walk_look(wk, header, sizeof(header)))
		return LWKT_FLOWHASH_TUNNEL_SHORT;
	flags = (uint16_t)(header[0] << 8 | header[1]);
	type = (uint16_t)(header[2] << 8 | header[3]);
	if ((flags & ~GRE_KNOWN) || !is_carried(type))
		return LWKT_FLOWHASH_OK;
	bytes += flags & GRE_CHECKSUM ? 4 : 0;
	bytes += flags & GRE_KEY ? 4 : 0;
	bytes += flags & GRE_SEQUENCE ? 4 : 0;
	return enter(wk, bytes, type, inside);
}

enum lwkt_flowhash_reason
flowhash_tunnel(struct walk *wk, uint16_t *inside)
{
	*inside = 0;
	switch (wk->wk_proto) {
	case IPPROTO_UDP:
		return udp_tunnel(wk, inside);
	case IPPROTO_GRE:
		return gre(wk, inside);
	case IPPROTO_IPIP:
		return enter(wk, 0, RTE_ETHER_TYPE_IPV4, inside);
	case IPPROTO_IPV6:
		return enter(wk, 0, RTE_ETHER_TYPE_IPV6, inside);
	default:
		return LWKT_FLOWHASH_OK;
	}
}
