/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/stages: the table of a learning switch, from MAC address to output. One CPU's.
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
	uint8_t me_output;
	bool me_used;
};

struct mac_table {
	struct rte_hash *mt_hash;     /* key to index */
	struct mac_entry *mt_entries; /* [mt_size], by index */
	unsigned int mt_size;
	unsigned int mt_cursor; /* the entry that is looked at next */
	uint64_t mt_age_cyc;    /* 0: entries stay */
};

static inline uint64_t
mac_key(const struct rte_ether_addr *addr)
{
	uint64_t key = 0;

	memcpy(&key, addr, sizeof(*addr));
	return key;
}

/* 0, or a negative errno after a logged line. age_cyc: an entry lives so long without traffic. */
int mac_table_init(
    struct mac_table *mt, const struct lwkt_stage *st, unsigned int size, uint64_t age_cyc);
void mac_table_fini(struct mac_table *mt);

/* n <= LWKT_STAGE_BURST sources have been seen at these outputs. */
void mac_table_learn(struct mac_table *mt, const uint64_t *keys, const uint8_t *outputs,
    unsigned int n, struct lwkt_l2switch_stats *stats);

/* The outputs of n <= LWKT_STAGE_BURST destinations, or MAC_NOWHERE. */
void mac_table_find(
    const struct mac_table *mt, const uint64_t *keys, uint8_t *outputs, unsigned int n);

/* Look at a few entries and take out what is too old. */
void mac_table_age(struct mac_table *mt, struct lwkt_l2switch_stats *stats);

#endif /* LWKT_MAC_TABLE_PVT_H */
