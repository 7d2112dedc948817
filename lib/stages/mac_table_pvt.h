/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/stages: the table of a learning switch, from MAC address and VLAN to output. One CPU's.
 */
#ifndef LWKT_MAC_TABLE_PVT_H
#define LWKT_MAC_TABLE_PVT_H

#include <string.h>

#include <rte_hash.h>

#include "stages_pvt.h"

#define MAC_NOWHERE UINT8_MAX /* not in the table */

struct mac_entry {
	uint64_t me_key;
	uint64_t me_seen_cyc; /* TSC: it was a source last */
	uint32_t me_second;   /* in which it has moved ... */
	uint16_t me_moves;    /* ... so often */
	uint8_t me_output;
	bool me_used;
};

/* The last move of an address that moved more often than the limit. */
struct mac_flap {
	uint64_t mf_key;
	uint8_t mf_from, mf_to;
	bool mf_new; /* since somebody cleared it */
};

struct mac_table {
	struct rte_hash *mt_hash;     /* key to index */
	struct mac_entry *mt_entries; /* [mt_size], by index */
	unsigned int mt_size;
	unsigned int mt_cursor; /* the entry that is looked at next */
	uint64_t mt_age_cyc;
	uint64_t mt_entry_cyc;  /* an entry is looked at every mt_size of these, */
	uint64_t mt_swept_cyc;  /* and so far they all have been */
	uint32_t mt_move_limit; /* a second; 0: none */
	struct mac_flap mt_flap;
};

#define MAC_VLAN_SHIFT 48
#define MAC_VLAN_AD    0x1000 /* an 802.1ad tag: its VLANs are others than 802.1Q's */

/* vlan: an id, with MAC_VLAN_AD or without; 0: none. */
static inline uint64_t
mac_key(const struct rte_ether_addr *addr, unsigned int vlan)
{
	uint64_t key = 0;

	memcpy(&key, addr, sizeof(*addr));
	return key | (uint64_t)vlan << MAC_VLAN_SHIFT;
}

/*
 * 0, or a negative errno after a logged line. age_cyc: an entry lives so long without traffic;
 * move_limit: more moves of an address within a second are noted as mt_flap.
 */
int mac_table_init(struct mac_table *mt, const struct lwkt_stage *st, unsigned int size,
    uint64_t age_cyc, uint32_t move_limit);
void mac_table_fini(struct mac_table *mt);

/* n <= LWKT_STAGE_BURST sources have been seen at these outputs. */
void mac_table_learn(struct mac_table *mt, const uint64_t *keys, const uint8_t *outputs,
    unsigned int n, struct lwkt_l2switch_stats *stats);

/* The outputs of n <= LWKT_STAGE_BURST destinations, or MAC_NOWHERE; what is too old is not there. */
void mac_table_find(
    const struct mac_table *mt, const uint64_t *keys, uint8_t *outputs, unsigned int n);

/* Call it now and then: looks at as many entries as it is time for, and takes out the old. */
void mac_table_age(struct mac_table *mt, struct lwkt_l2switch_stats *stats);

#endif /* LWKT_MAC_TABLE_PVT_H */
