/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a packet is hashed.
 *
 * The walk goes inwards, header by header, and stops where it cannot go on: then the ends that it
 * knows are hashed. It believes no length that a header says of what is behind it, for that may be
 * zero (large frames of a segmenting sender), a lie, or that of a frame which has been cut since:
 * the packets of a flow would differ by it. What is there ends where the packet ends.
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_ether.h>

#include "flowhash_pvt.h"

#define MAC_BYTES  6
#define TAG_BYTES  4
#define ETH_BYTES  14
#define ETH_LEAST  60 /* a shorter frame is padded to this, before tags */
#define IP4_BYTES  20
#define IP6_BYTES  40
#define UDP_BYTES  8
#define PORT_BYTES 4

#define IP4_LENGTH  2 /* offsets in the headers */
#define IP4_OFFSET  6
#define IP4_PROTO   9
#define IP4_ADDRS   12
#define IP6_LENGTH  4
#define IP6_PROTO   6
#define IP6_ADDRS   8
#define IP4_PARTIAL 0x3fff /* of the 16 bits at IP4_OFFSET: more fragments, or not the first */

#define NO_L4 255 /* reserved in IANA's list of protocols */

/* Where in a packet we are. */
struct walk {
	const struct rte_mbuf *wk_mbuf;
	uint32_t wk_at;   /* the next header */
	uint32_t wk_end;  /* of what is there */
	uint32_t wk_l3;   /* the IP header gone through last */
	uint8_t wk_proto; /* of what is at wk_at behind that, or NO_L4 */
};

/* Room for a header that crosses segments. */
union header {
	uint8_t byte[IP6_BYTES];
};

/* So many bytes ahead, in place if they can be. NULL: they are not there. They may be unaligned. */
static inline const uint8_t *
walk_look(const struct walk *wk, uint32_t bytes, union header *room)
{
	const struct rte_mbuf *m = wk->wk_mbuf;

	if (unlikely(wk->wk_at + bytes > wk->wk_end))
		return NULL;
	if (likely(wk->wk_at + bytes <= m->data_len))
		return rte_pktmbuf_mtod_offset(m, const uint8_t *, wk->wk_at);
	return rte_pktmbuf_read(m, wk->wk_at, bytes, room);
}

static inline uint16_t
be16(const uint8_t *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return rte_be_to_cpu_16(value);
}

/* -- IP -------------------------------------------------------------------------------------- */

static inline void
walk_l4(struct walk *wk, uint8_t proto, struct flowhash_tuple *ft)
{
	union header room;
	const uint8_t *ports;

	wk->wk_proto = proto;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && proto != IPPROTO_SCTP)
		return;
	ports = walk_look(wk, PORT_BYTES, &room);
	if (unlikely(ports == NULL)) {
		wk->wk_proto = NO_L4;
		return;
	}
	memcpy(&ft->ft_ports, ports, PORT_BYTES); /* first in all three */
	ft->ft_ported = true;
}

static inline enum lwkt_flowhash_reason
walk_ip4(struct walk *wk, struct flowhash_tuple *ft)
{
	union header room;
	const uint8_t *ip = walk_look(wk, IP4_BYTES, &room);
	uint32_t bytes;

	if (unlikely(ip == NULL))
		return LWKT_FLOWHASH_IP4_HEADER;
	bytes = (ip[0] & 15u) * 4;
	if (unlikely(ip[0] >> 4 != 4 || bytes < IP4_BYTES))
		return LWKT_FLOWHASH_IP4_HEADER;
	ft->ft_ends = FLOWHASH_IP4;
	memcpy(ft->ft_ip4, ip + IP4_ADDRS, sizeof(ft->ft_ip4));
	wk->wk_l3 = wk->wk_at;
	wk->wk_at += bytes;
	if (likely((be16(ip + IP4_OFFSET) & IP4_PARTIAL) == 0))
		walk_l4(wk, ip[IP4_PROTO], ft);
	return LWKT_FLOWHASH_OK;
}

static inline bool
is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS ||
	       proto == IPPROTO_AH || proto == IPPROTO_FRAGMENT;
}

/* All begin with the next one's type and their length, in units of their own. */
static void
walk_extensions(struct walk *wk, uint8_t proto, struct flowhash_tuple *ft)
{
	const uint8_t *ext;
	union header room;

	for (unsigned int i = 0; is_extension(proto); i++) {
		ext = walk_look(wk, 8, &room); /* none is shorter */
		if (i == LWKT_FLOWHASH_EXTS || ext == NULL || proto == IPPROTO_FRAGMENT)
			return;
		wk->wk_at += proto == IPPROTO_AH ? (ext[1] + 2u) * 4 : (ext[1] + 1u) * 8;
		proto = ext[0];
	}
	walk_l4(wk, proto, ft);
}

static inline enum lwkt_flowhash_reason
walk_ip6(struct walk *wk, struct flowhash_tuple *ft)
{
	union header room;
	const uint8_t *ip = walk_look(wk, IP6_BYTES, &room);

	if (unlikely(ip == NULL || ip[0] >> 4 != 6))
		return LWKT_FLOWHASH_IP6_HEADER;
	ft->ft_ends = FLOWHASH_IP6;
	memcpy(ft->ft_ip6, ip + IP6_ADDRS, sizeof(ft->ft_ip6));
	wk->wk_l3 = wk->wk_at;
	wk->wk_at += IP6_BYTES;
	if (unlikely(is_extension(ip[IP6_PROTO])))
		walk_extensions(wk, ip[IP6_PROTO], ft);
	else
		walk_l4(wk, ip[IP6_PROTO], ft);
	return LWKT_FLOWHASH_OK;
}

static inline enum lwkt_flowhash_reason
walk_l3(struct walk *wk, uint16_t type, struct flowhash_tuple *ft)
{
	ft->ft_ported = false;
	ft->ft_ports = 0;
	ft->ft_extra = 0;
	wk->wk_proto = NO_L4;
	return likely(type == RTE_ETHER_TYPE_IPV4) ? walk_ip4(wk, ft) : walk_ip6(wk, ft);
}

/* -- Ethernet -------------------------------------------------------------------------------- */

static inline bool
is_ip(uint16_t type)
{
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6;
}

static inline bool
is_vlan(uint16_t type)
{
	return type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ ||
	       type == RTE_ETHER_TYPE_QINQ1;
}

/* Over the Ethernet header and its tags: *type is what comes then. */
static inline enum lwkt_flowhash_reason
walk_ether(struct walk *wk, uint16_t *type)
{
	union header room;
	const uint8_t *p = walk_look(wk, ETH_BYTES, &room);

	if (unlikely(p == NULL))
		return LWKT_FLOWHASH_RUNT;
	*type = be16(p + 2 * MAC_BYTES);
	wk->wk_at += ETH_BYTES;
	for (unsigned int i = 0; i < LWKT_FLOWHASH_TAGS && unlikely(is_vlan(*type)); i++) {
		p = walk_look(wk, TAG_BYTES, &room);
		if (p == NULL)
			return LWKT_FLOWHASH_VLAN_SHORT;
		*type = be16(p + 2);
		wk->wk_at += TAG_BYTES;
	}
	return LWKT_FLOWHASH_OK;
}

/* The addresses of the Ethernet header there, which has been gone over. */
static void
take_macs(struct walk wk, uint32_t at, uint32_t extra, struct flowhash_tuple *ft)
{
	union header room;
	const uint8_t *p;

	wk.wk_at = at;
	p = walk_look(&wk, ETH_BYTES, &room);
	*ft = (struct flowhash_tuple){.ft_ends = FLOWHASH_MACS, .ft_extra = extra};
	if (p == NULL) /* it has been there before */
		return;
	memcpy(ft->ft_mac[0], p + MAC_BYTES, MAC_BYTES);
	memcpy(ft->ft_mac[1], p, MAC_BYTES);
}

/* -- between Ethernet and IP ------------------------------------------------------------------ */

#define PPPOE_BYTES   8 /* with PPP's protocol */
#define PPPOE_SESSION 2 /* offset */
#define PPP_IP4       0x0021
#define PPP_IP6       0x0057
#define MPLS_LABELS   16 /* that are looked at */
#define MPLS_BOTTOM   1  /* of the third byte of an entry */
#define MPLS_BYTES    4

/* Mixed, so that stacks of other labels, or of the same in another order, differ. */
static inline uint32_t
add_extra(uint32_t extra, uint32_t value)
{
	extra = (extra ^ (value + 1)) * 0x9e3779b1u;
	return extra ^ extra >> 15;
}

/* The session is the same in both directions. True: ft has what it carries. */
static bool
walk_pppoe(struct walk *wk, uint32_t *extra, struct flowhash_tuple *ft)
{
	union header room;
	const uint8_t *p = walk_look(wk, PPPOE_BYTES, &room);
	uint16_t proto;

	if (p == NULL || p[0] != 0x11 || p[1] != 0)
		return false;
	*extra = add_extra(0, be16(p + PPPOE_SESSION));
	proto = be16(p + PPPOE_BYTES - 2);
	wk->wk_at += PPPOE_BYTES;
	if (proto != PPP_IP4 && proto != PPP_IP6)
		return false;
	if (walk_l3(wk, proto == PPP_IP4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6, ft) !=
	    LWKT_FLOWHASH_OK)
		return false;
	ft->ft_extra = *extra;
	return true;
}

/* To the end of the label stack. False: that is not there, or too deep. */
static bool
walk_labels(struct walk *wk, uint32_t *extra)
{
	union header room;
	const uint8_t *p;

	for (unsigned int i = 0; i < MPLS_LABELS; i++) {
		p = walk_look(wk, MPLS_BYTES, &room);
		if (p == NULL)
			return false;
		*extra = add_extra(*extra, (uint32_t)be16(p) << 4 | p[2] >> 4);
		wk->wk_at += MPLS_BYTES;
		if (p[2] & MPLS_BOTTOM)
			return true;
	}
	return false;
}

/*
 * What is behind the labels has no type: IP says its version, an Ethernet pseudowire begins with a
 * control word of zeros. Labels are those of a direction, so they count only where no IP is found.
 */
static bool
walk_mpls(struct walk *wk, uint32_t *extra, struct flowhash_tuple *ft)
{
	union header room;
	const uint8_t *p;
	uint16_t type;

	if (!walk_labels(wk, extra))
		return false;
	p = walk_look(wk, MPLS_BYTES, &room);
	if (p == NULL)
		return false;
	if (p[0] >> 4 == 4 || p[0] >> 4 == 6) {
		type = p[0] >> 4 == 4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6;
	} else {
		wk->wk_at += MPLS_BYTES;
		if (p[0] != 0 || walk_ether(wk, &type) != LWKT_FLOWHASH_OK || !is_ip(type))
			return false;
	}
	return walk_l3(wk, type, ft) == LWKT_FLOWHASH_OK;
}

/* No IP: the two addresses at Ethernet's header, and what tells flows apart behind them. */
static __rte_noinline enum lwkt_flowhash_reason
walk_l2(struct walk *wk, const struct flowhash_look *fl, uint32_t at, uint16_t type,
    struct flowhash_tuple *ft)
{
	bool found = false;
	uint32_t extra = 0;

	if (!fl->fl_l2_outer && type == RTE_ETHER_TYPE_PPPOE_SESSION)
		found = walk_pppoe(wk, &extra, ft);
	else if (!fl->fl_l2_outer && (type == RTE_ETHER_TYPE_MPLS || type == RTE_ETHER_TYPE_MPLSM))
		found = walk_mpls(wk, &extra, ft);
	if (!found) {
		wk->wk_proto = NO_L4;
		take_macs(*wk, at, extra, ft);
	}
	return LWKT_FLOWHASH_OK;
}

static inline enum lwkt_flowhash_reason
walk_frame(struct walk *wk, const struct flowhash_look *fl, struct flowhash_tuple *ft)
{
	uint32_t at = wk->wk_at;
	uint16_t type;
	enum lwkt_flowhash_reason reason = walk_ether(wk, &type);

	if (unlikely(reason != LWKT_FLOWHASH_OK))
		return reason;
	return likely(is_ip(type)) ? walk_l3(wk, type, ft) : walk_l2(wk, fl, at, type, ft);
}

/* -- tunnels --------------------------------------------------------------------------------- */

/*
 * What does not look like the tunnel that its protocol or port promises (another version, a
 * reserved bit) is none: the port may be anybody's.
 */
#define VXLAN_BYTES    8
#define VXLAN_VNI      0x08 /* of the first byte: there is a VNI */
#define VXLAN_GROUP    0x80 /* and the next three are of the group policy extension */
#define VXLAN_POLICY   0x48 /* of the second byte, with VXLAN_GROUP */
#define GENEVE_BYTES   8
#define GENEVE_VERSION 0xc0 /* of the first byte */
#define GENEVE_OPTIONS 0x3f /* the rest of it: their length in words */
#define GENEVE_NO_DATA 0xbf /* of the second: a control packet, and bits that are reserved */
#define GRE_BYTES      4
#define GRE_CHECKSUM   0x8000 /* of the first two bytes: these add 4 bytes each, ... */
#define GRE_KEY        0x2000
#define GRE_SEQUENCE   0x1000
#define GRE_KNOWN      0xb000 /* ... and with any other bit set it is not RFC 2890's */
#define GTPU_BYTES     8
#define GTPU_OPTIONAL  0x07 /* of the first byte: with any of these, 4 bytes more, ... */
#define GTPU_CHAIN     0x04 /* ... of which the last is the type of an extension header */
#define GTPU_VERSION \
	0xf8           /* the rest of it: version, protocol type, a bit that is reserved, ... \
	                */
#define GTPU_1    0x30 /* ... which are so */
#define GTPU_DATA 255  /* the second byte */
#define GTPU_EXTS 8

/* Each of these: the EtherType of what is inside, at wk_at then; 0: it is no such tunnel. */
static uint16_t
vxlan_inside(struct walk *wk)
{
	union header room;
	const uint8_t *p = walk_look(wk, VXLAN_BYTES, &room);
	bool reserved;

	if (p == NULL)
		return 0;
	reserved = p[0] == (VXLAN_VNI | VXLAN_GROUP) ? (p[1] & ~VXLAN_POLICY) != 0
	                                             : (p[1] | p[2] | p[3]) != 0;
	if ((p[0] & ~VXLAN_GROUP) != VXLAN_VNI || reserved || p[7] != 0)
		return 0;
	wk->wk_at += VXLAN_BYTES;
	return RTE_ETHER_TYPE_TEB;
}

static uint16_t
geneve_inside(struct walk *wk)
{
	union header room;
	const uint8_t *p = walk_look(wk, GENEVE_BYTES, &room);

	if (p == NULL || (p[0] & GENEVE_VERSION) || (p[1] & GENEVE_NO_DATA) || p[7] != 0)
		return 0;
	wk->wk_at += GENEVE_BYTES + (p[0] & GENEVE_OPTIONS) * 4u;
	return be16(p + 2);
}

/* Its extension headers: length in words first, the next one's type last. */
static bool
walk_gtpu_chain(struct walk *wk, uint8_t type)
{
	union header room;
	const uint8_t *p;
	uint32_t bytes;

	for (unsigned int i = 0; type != 0; i++) {
		p = walk_look(wk, 4, &room);
		if (p == NULL || p[0] == 0 || i == GTPU_EXTS)
			return false;
		bytes = p[0] * 4u;
		wk->wk_at += bytes - 1;
		p = walk_look(wk, 1, &room);
		if (p == NULL)
			return false;
		type = p[0];
		wk->wk_at++;
	}
	return true;
}

static uint16_t
gtpu_inside(struct walk *wk)
{
	union header room;
	const uint8_t *p = walk_look(wk, GTPU_BYTES, &room);
	uint8_t flags, version;

	if (p == NULL || (p[0] & GTPU_VERSION) != GTPU_1 || p[1] != GTPU_DATA)
		return 0;
	flags = p[0];
	wk->wk_at += GTPU_BYTES;
	if (flags & GTPU_OPTIONAL) {
		p = walk_look(wk, 4, &room);
		if (p == NULL)
			return 0;
		wk->wk_at += 4;
		if ((flags & GTPU_CHAIN) && !walk_gtpu_chain(wk, p[3]))
			return 0;
	}
	p = walk_look(wk, 1, &room);
	version = p != NULL ? p[0] >> 4 : 0;
	return version == 4 ? RTE_ETHER_TYPE_IPV4 : version == 6 ? RTE_ETHER_TYPE_IPV6 : 0;
}

static uint16_t
gre_inside(struct walk *wk)
{
	union header room;
	const uint8_t *p = walk_look(wk, GRE_BYTES, &room);
	uint16_t flags;

	if (p == NULL)
		return 0;
	flags = be16(p);
	if (flags & ~GRE_KNOWN)
		return 0;
	wk->wk_at += GRE_BYTES;
	wk->wk_at += flags & GRE_CHECKSUM ? 4 : 0;
	wk->wk_at += flags & GRE_KEY ? 4 : 0;
	wk->wk_at += flags & GRE_SEQUENCE ? 4 : 0;
	return be16(p + 2);
}

static uint16_t
udp_inside(struct walk *wk, const struct flowhash_look *fl, uint16_t port)
{
	static uint16_t (*const inside[FLOWHASH_TUNNELS])(struct walk *) = {
	    [FLOWHASH_VXLAN] = vxlan_inside,
	    [FLOWHASH_GENEVE] = geneve_inside,
	    [FLOWHASH_GTPU] = gtpu_inside,
	};

	if (port == 0)
		return 0;
	for (unsigned int t = 0; t < FLOWHASH_TUNNELS; t++) {
		for (unsigned int i = 0; i < LWKT_FLOWHASH_TUNNEL_PORTS; i++) {
			if (fl->fl_port[t][i] != port)
				continue;
			wk->wk_at += UDP_BYTES;
			return inside[t](wk);
		}
	}
	return 0;
}

static uint16_t
tunnel_inside(struct walk *wk, const struct flowhash_look *fl, const struct flowhash_tuple *ft)
{
	switch (wk->wk_proto) {
	case IPPROTO_UDP:
		return udp_inside(wk, fl, be16((const uint8_t *)&ft->ft_ports + 2));
	case IPPROTO_GRE:
		return gre_inside(wk);
	case IPPROTO_IPIP:
		return RTE_ETHER_TYPE_IPV4;
	case IPPROTO_IPV6:
		return RTE_ETHER_TYPE_IPV6;
	default:
		return 0;
	}
}

/*
 * A frame this short may be padded, and a tunnel of nothing would carry the padding: here IP's
 * length is believed, if it can be true.
 */
static void
leave_padding(struct walk *wk)
{
	struct walk l3 = *wk;
	union header room;
	const uint8_t *ip;
	uint32_t bytes;

	l3.wk_at = wk->wk_l3;
	ip = walk_look(&l3, IP4_BYTES, &room);
	if (wk->wk_end > ETH_LEAST + wk->wk_l3 - ETH_BYTES || ip == NULL)
		return;
	bytes = ip[0] >> 4 == 4 ? be16(ip + IP4_LENGTH) : be16(ip + IP6_LENGTH) + IP6_BYTES;
	if (wk->wk_l3 + bytes >= wk->wk_at && wk->wk_l3 + bytes < wk->wk_end)
		wk->wk_end = wk->wk_l3 + bytes;
}

/* One tunnel deep: ft becomes what is inside, if that can be read. */
static __rte_noinline void
walk_tunnel(struct walk *wk, const struct flowhash_look *fl, struct flowhash_tuple *ft)
{
	enum lwkt_flowhash_reason reason;
	struct flowhash_tuple inner;
	uint16_t inside;

	leave_padding(wk);
	inside = tunnel_inside(wk, fl, ft);
	if (inside != RTE_ETHER_TYPE_TEB && !is_ip(inside))
		return;
	reason =
	    inside == RTE_ETHER_TYPE_TEB ? walk_frame(wk, fl, &inner) : walk_l3(wk, inside, &inner);
	if (reason == LWKT_FLOWHASH_OK)
		*ft = inner;
}

enum lwkt_flowhash_reason
flowhash_parse(const struct rte_mbuf *m, const struct flowhash_look *fl, struct flowhash_tuple *ft)
{
	struct walk wk = {.wk_mbuf = m, .wk_end = m->pkt_len, .wk_proto = NO_L4};
	enum lwkt_flowhash_reason reason = walk_frame(&wk, fl, ft);

	if (unlikely(fl->fl_inner) && reason == LWKT_FLOWHASH_OK && wk.wk_proto != NO_L4 &&
	    wk.wk_proto != IPPROTO_TCP)
		walk_tunnel(&wk, fl, ft);
	return reason;
}
