/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/stages: the table of a learning switch, from MAC address and VLAN to output. One CPU's.
 */
#ifndef LWKT_MAC_TABLE_PVT_H
#define LWKT_MAC_TABLE_PVT_H

#include <stdalign.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include <lwkt_clock.h>

#include "stages_pvt.h"

#define MAC_NOWHERE UINT8_MAX /* not in the table */
#define MAC_WAYS    4

struct mac_entry {
	uint32_t me_seen; /* ticks: it was a source last */
	uint8_t me_output;
};

/* A cache line. */
struct mac_bucket {
	alignas(64) uint64_t mb_key[MAC_WAYS]; /* 0: nobody */
	struct mac_entry mb_entry[MAC_WAYS];
};

/* An address and its first bucket. */
struct mac_ref {
	uint64_t mr_key;
	struct mac_bucket *mr_bucket;
};

/* How restless an entry is; seldom looked at, so not in its bucket. */
struct mac_moves {
	uint32_t mm_second; /* in which it has moved ... */
	uint16_t mm_count;  /* ... so often */
};

/* The last move of an address that moved more often than the limit. */
struct mac_flap {
	uint64_t mf_key;
	uint8_t mf_from, mf_to;
	bool mf_new; /* since somebody cleared it */
};

struct mac_table {
	struct mac_bucket *mt_buckets; /* an address is in one of two */
	uint64_t mt_mask;              /* buckets - 1 */
	unsigned int mt_shift;         /* of 64 bits, so that buckets are left */
	struct mac_moves *mt_moves;    /* [buckets * MAC_WAYS] */
	unsigned int mt_size, mt_used; /* addresses: at most, now */
	uint64_t mt_cursor;            /* the bucket that is looked at next */
	unsigned int mt_tick_shift;    /* a tick is 1 << this of the TSC */
	uint32_t mt_age;               /* ticks */
	uint64_t mt_bucket_cyc;        /* a bucket is looked at each so often, */
	uint64_t mt_swept_cyc;         /* and so far they all have been */
	uint32_t mt_move_limit;        /* a second; 0: none */
	struct mac_flap mt_flap;
	bool mt_overflow; /* an address found no room since somebody cleared it */
};

#define MAC_VLAN_SHIFT 48
#define MAC_VLAN_AD    0x1000              /* an 802.1ad tag: its VLANs are others than 802.1Q's */
#define MAC_KEY_USED   (UINT64_C(1) << 63) /* so that no key is 0 */

#define MAC_ADDR_MASK RTE_LEN2MASK(MAC_VLAN_SHIFT, uint64_t)

/*
 * Of eight bytes of a header that begin with the address. vlan: an id, with MAC_VLAN_AD or without;
 * 0: none.
 */
static inline uint64_t
mac_key(uint64_t bytes, unsigned int vlan)
{
	return (bytes & MAC_ADDR_MASK) | (uint64_t)vlan << MAC_VLAN_SHIFT | MAC_KEY_USED;
}

/* Of a key; its line is on its way then. Sequences of addresses spread, by whichever byte they count. */
static inline struct mac_ref
mac_ref(const struct mac_table *mt, uint64_t key)
{
	struct mac_bucket *mb = &mt->mt_buckets[key * UINT64_C(0x9e3779b99e9e3779) >> mt->mt_shift];

	rte_prefetch0(mb);
	return (struct mac_ref){key, mb};
}

/*
 * 0, or a negative errno after a logged line. age_cyc: an entry lives so long without traffic;
 * move_limit: more moves of an address within a second are noted as mt_flap.
 */
int mac_table_init(struct mac_table *mt, const struct lwkt_stage *st, unsigned int size,
    uint64_t age_cyc, uint32_t move_limit);
void mac_table_fini(struct mac_table *mt);

/* An entry of the table or NULL; the second bucket is looked at only there. */
struct mac_entry *mac_table_second(const struct mac_table *mt, struct mac_ref ref);

/* What is not just seen again where it was. */
void mac_table_news(struct mac_table *mt, struct mac_ref ref, uint8_t output, uint32_t now,
    struct lwkt_l2switch_stats *stats);

static inline uint32_t
mac_table_now(const struct mac_table *mt)
{
	return (uint32_t)(lwkt_clock() >> mt->mt_tick_shift);
}

static inline bool
mac_is_old(const struct mac_table *mt, const struct mac_entry *me, uint32_t now)
{
	return now - me->me_seen > mt->mt_age;
}

/* NULL: not there. Without a branch for each way; at most one of them is it. */
static inline struct mac_entry *
mac_in_bucket(struct mac_bucket *mb, uint64_t key)
{
	unsigned int first = mb->mb_key[1] == key, second = mb->mb_key[2] == key,
	             third = mb->mb_key[3] == key, way = (first | third) | (second | third) << 1;

	return likely(mb->mb_key[way] == key) ? &mb->mb_entry[way] : NULL;
}

static inline struct mac_entry *
mac_table_look_up(const struct mac_table *mt, struct mac_ref ref)
{
	struct mac_entry *me = mac_in_bucket(ref.mr_bucket, ref.mr_key);

	return likely(me != NULL) ? me : mac_table_second(mt, ref);
}

/* A source has been seen at this output. */
static inline void
mac_table_learn(struct mac_table *mt, struct mac_ref ref, uint8_t output, uint32_t now,
    struct lwkt_l2switch_stats *stats)
{
	struct mac_entry *me = mac_table_look_up(mt, ref);

	if (unlikely(me == NULL || me->me_output != output || mac_is_old(mt, me, now)))
		mac_table_news(mt, ref, output, now, stats);
	else if (me->me_seen != now)
		me->me_seen = now;
}

/* The output of a destination, or MAC_NOWHERE; what is too old is not there. */
static inline uint8_t
mac_table_find(const struct mac_table *mt, struct mac_ref ref, uint32_t now)
{
	const struct mac_entry *me = mac_table_look_up(mt, ref);

	return me != NULL && likely(!mac_is_old(mt, me, now)) ? me->me_output : MAC_NOWHERE;
}

/* Call it now and then: looks at as many entries as it is time for, and takes out the old. */
void mac_table_age(struct mac_table *mt, struct lwkt_l2switch_stats *stats);

#endif /* LWKT_MAC_TABLE_PVT_H */
