/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow hash: a number for each packet that is the same for all packets of a flow, in both
 * directions (contract N84 to N88). Two functions:
 *
 *      mix         the two ends in order, multiplied twice: any pattern of addresses and ports
 *                  spreads like random ones. The default.
 *      toeplitz    what a NIC's RSS computes with the same key. The key repeats every 16 bits, so
 *                  that it does not matter which end is the source. That costs: all 16-bit parts of
 *                  the ends just add up, both halves of the hash are the same, and flows whose
 *                  address and port count together, or hosts in pairs, have one hash.
 *
 * What is hashed:
 *
 *      TCP, UDP, SCTP                      addresses and ports
 *      other IP, all fragments             addresses; a first fragment has ports, the others not
 *      PPPoE session                       the session, and the IP in it as above
 *      MPLS                                the IP in it as above; without, MAC addresses and labels
 *      the rest                            MAC addresses
 *
 * Behind at most LWKT_FLOWHASH_TAGS VLAN tags, IPv4 options, at most LWKT_FLOWHASH_EXTS IPv6
 * extension headers (hop-by-hop, routing, destination, fragment, AH); what is behind more of them
 * is not looked at, and the layer before decides. If asked for, the tunnels VXLAN, Geneve, GTP-U,
 * GRE and IP in IP are taken for what they carry, one tunnel deep; for what they are where the UDP
 * destination port is another one, the header has bits that it may not have, or what they carry
 * cannot be read.
 *
 * WHERE IT IS. In m->hash.rss, with RTE_MBUF_F_RX_RSS_HASH set, be it from the NIC or from here. A
 * hash from here is marked with its function: a packet is hashed once however often it is asked
 * for, and again by another function (kind, key, seed, or what it looks at). Seven functions have a
 * mark; packets of any further one are hashed each time. Whoever changes addresses or ports and
 * wants another hash calls lwkt_flowhash_forget().
 *
 * LENGTHS. What a header says about the length of what follows it is not believed: one flow has one
 * hash, whether a packet is cut off, padded, or says a length of 0 as large ones do. Only in a
 * frame so short that it may be padded does IP's length bound what a tunnel carries. A packet is
 * malformed if there is no address to hash: its reason is reported, for the caller to drop it;
 * lwkt_flowhash_reasons names the reasons as a stage's sk_drop_names does, reason r at r - 1. A
 * packet whose hash is known is not read, and so not checked either.
 *
 * A struct lwkt_flowhash is constant once made and may serve all CPUs.
 */
#ifndef LWKT_FLOWHASH_H
#define LWKT_FLOWHASH_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_FLOWHASH_TAGS    4
#define LWKT_FLOWHASH_EXTS    8
#define LWKT_FLOWHASH_KEY_MAX 52 /* bytes; NICs want 40 or 52 */
#define LWKT_FLOWHASH_BUCKETS 256

#define LWKT_FLOWHASH_TUNNEL_PORTS 4

struct lwkt_flowhash;

enum lwkt_flowhash_kind {
	LWKT_FLOWHASH_AUTO, /**< toeplitz with fc_nic or a key, else mix */
	LWKT_FLOWHASH_MIX,
	LWKT_FLOWHASH_TOEPLITZ,
};

/** What is hashed of PPPoE and MPLS. */
enum lwkt_flowhash_l2 {
	LWKT_FLOWHASH_L2_INNER, /**< the IP in it, and what tells its flows apart */
	LWKT_FLOWHASH_L2_OUTER, /**< the MAC addresses */
};

/** All zero is a good choice without a NIC that hashes. */
struct lwkt_flowhash_config {
	/**
	 * The NIC's hash is taken: it has our key, and what it hashes (its rss_hf, inner or outer
	 * headers) is what is said above. Else a hash of the NIC's is overwritten.
	 */
	bool fc_nic;
	bool fc_inner; /* tunnels: hash what they carry */
	/** Take a key that is not symmetric: the directions of a flow then differ. */
	bool fc_asymmetric;
	/** Toeplitz: 40 or 52 bytes, copied; NULL: the symmetric key, 0x6d5a repeated. */
	const uint8_t *fc_key;
	unsigned int fc_key_bytes;
	enum lwkt_flowhash_kind fc_kind;
	enum lwkt_flowhash_l2 fc_l2;
	/**
	 * Mix: hashes with different seeds have nothing to do with each other. Who looks up flows
	 * of one bucket in a table, or distributes them once more, takes another seed than the
	 * distributor's, such as LWKT_FLOWHASH_TABLE_SEED.
	 */
	uint64_t fc_seed;
	/** UDP ports of tunnels; how many of each are given, 0: the registered one (VXLAN: and
	 * 8472). A port 0 is none.
	 */
	uint16_t fc_vxlan[LWKT_FLOWHASH_TUNNEL_PORTS];
	uint16_t fc_geneve[LWKT_FLOWHASH_TUNNEL_PORTS];
	uint16_t fc_gtpu[LWKT_FLOWHASH_TUNNEL_PORTS];
	unsigned int fc_nvxlan, fc_ngeneve, fc_ngtpu;
};

#define LWKT_FLOWHASH_TABLE_SEED 1

/** Why a packet is malformed; some reasons of former releases do not occur any more. */
enum lwkt_flowhash_reason {
	LWKT_FLOWHASH_OK,
	LWKT_FLOWHASH_RUNT,       /* shorter than an Ethernet header */
	LWKT_FLOWHASH_VLAN_SHORT, /* a VLAN tag is cut off */
	LWKT_FLOWHASH_IP4_HEADER, /* cut off, not version 4, or a header length below 20 */
	LWKT_FLOWHASH_IP4_LENGTH, /* does not occur */
	LWKT_FLOWHASH_IP6_HEADER, /* cut off, or not version 6 */
	LWKT_FLOWHASH_IP6_LENGTH, /* does not occur, nor do the following */
	LWKT_FLOWHASH_IP6_EXT,
	LWKT_FLOWHASH_L4_SHORT,
	LWKT_FLOWHASH_TUNNEL_SHORT,
	LWKT_FLOWHASH_REASONS
};

/** "runt", "vlan_short", ...: the name of reason r at [r - 1]; NULL at the end. */
extern const char *const lwkt_flowhash_reasons[];

/**
 * Make a flow hash.
 *
 * @param cfg        settings, copied; NULL: all zero.
 * @param socket_id  the NUMA node of its tables (toeplitz: 40 KiB), or SOCKET_ID_ANY.
 * @return it, or NULL with rte_errno after one logged line: EINVAL for settings that contradict
 * each other (lwkt_flowhash_check()), a key of another length, or one that is not symmetric;
 *         ENOMEM; or what rte_mbuf_dynflag_register() says (ENOSPC).
 * Context: main lcore, EAL is up; allocates. Ordering: none. Source: ours.
 */
struct lwkt_flowhash *lwkt_flowhash_create(const struct lwkt_flowhash_config *cfg, int socket_id);

/**
 * Do settings go together? lwkt_flowhash_create() asks this too; so a file can be checked before.
 *
 * @param cfg  settings.
 * @return NULL, or a text: what is wrong, and what to take instead.
 * Context: any thread, needs no EAL, never blocks. Ordering: none. Source: ours.
 */
const char *lwkt_flowhash_check(const struct lwkt_flowhash_config *cfg);

/**
 * Free a flow hash.
 *
 * @param fh  one that nobody uses any more, or NULL.
 * Context: main lcore. Ordering: none. Source: ours.
 */
void lwkt_flowhash_destroy(struct lwkt_flowhash *fh);

/**
 * The key, for a NIC that wants so many bytes (struct rte_eth_rss_conf).
 *
 * @param fh     a flow hash.
 * @param bytes  how many the NIC wants.
 * @return it, valid as long as fh; NULL if the settings gave a shorter one, or it is no toeplitz.
 * Context: any thread, never blocks. Ordering: none. Source: ours.
 */
const uint8_t *lwkt_flowhash_key(const struct lwkt_flowhash *fh, unsigned int bytes);

/**
 * See to it that m->hash.rss is the packet's flow hash.
 *
 * @param fh  a flow hash.
 * @param m   the packet.
 * @return LWKT_FLOWHASH_OK, or why the packet is malformed; then its hash is not known.
 * Context: any thread that owns the packet; never blocks. The packet's data is only read, and not
 * even that if its hash is known. Ordering: none. Source: ours.
 */
enum lwkt_flowhash_reason lwkt_flowhash_pkt(const struct lwkt_flowhash *fh, struct rte_mbuf *m);

/**
 * The same for n packets, with their data fetched ahead.
 *
 * @param fh       a flow hash.
 * @param pkts     n packets.
 * @param n        how many.
 * @param reasons  receives n values of enum lwkt_flowhash_reason.
 * @return how many are malformed; mostly 0, and then nobody need look at reasons.
 * Context: the packet's owner, never blocks. Ordering: none. Source: ours.
 */
unsigned int lwkt_flowhash_burst(
    const struct lwkt_flowhash *fh, struct rte_mbuf **pkts, unsigned int n, uint8_t *reasons);

/**
 * The hash of a packet from its data, whatever it says of itself. For comparing a NIC with us:
 * m->hash.rss of what it received has to be *hash.
 *
 * @param fh    a flow hash.
 * @param m     the packet.
 * @param hash  receives the hash; untouched if the packet is malformed.
 * @return as lwkt_flowhash_pkt().
 * Context: the packet's owner, never blocks. Ordering: none. Source: ours.
 */
enum lwkt_flowhash_reason lwkt_flowhash_compute(
    const struct lwkt_flowhash *fh, const struct rte_mbuf *m, uint32_t *hash);

/**
 * The packet's addresses or ports have changed: its hash is not known any more.
 *
 * @param fh  a flow hash.
 * @param m   the packet.
 * Context: the packet's owner, never blocks. Ordering: none. Source: ours.
 */
void lwkt_flowhash_forget(const struct lwkt_flowhash *fh, struct rte_mbuf *m);

/**
 * The bucket of a hash; its low bits, as a NIC indexes its redirection table.
 *
 * @param hash  of a packet.
 * @return 0 .. LWKT_FLOWHASH_BUCKETS - 1.
 * Context: any thread, never blocks. Ordering: none. Source: ours.
 */
static inline unsigned int
lwkt_flowhash_bucket(uint32_t hash)
{
	return hash % LWKT_FLOWHASH_BUCKETS;
}

#ifdef __cplusplus
}
#endif

#endif /* LWKT_FLOWHASH_H */
