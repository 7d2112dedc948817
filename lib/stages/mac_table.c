/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of a learning switch: buckets of four addresses and what is known of them, a line each.
 *
 * Each address has two buckets. It goes to the first if there is room, so nearly all are found there;
 * else to the second; else one of those eight goes to its other bucket. Of 10 places 4 are taken
 * when the table is full, and 1 of 12 buckets is full then: an address that finds no place before
 * would have to meet ten of those.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>

#include <lwkt_clock.h>
#include <lwkt_log.h>

#include "mac_table_pvt.h"

#define SWEEPS    16   /* looks at each bucket while its entries age */
#define SWEEP_MAX 1024 /* buckets in a row, about as many microseconds / 40 */
#define AGE_TICKS 20   /* bits: an age has that many, so who was seen is seldom written again */

int
mac_table_init(struct mac_table *mt, const struct lwkt_stage *st, unsigned int size,
    uint64_t age_cyc, uint32_t move_limit)
{
	int socket = (int)rte_lcore_to_socket_id(st->st_lcore);
	uint64_t buckets = rte_align64pow2(RTE_MAX(2u, (size * 5 + 7) / 8));

	*mt = (struct mac_table){.mt_mask = buckets - 1,
	    .mt_shift = 64 - (unsigned int)rte_bsf64(buckets),
	    .mt_size = size,
	    .mt_bucket_cyc = RTE_MAX(age_cyc / SWEEPS / buckets, UINT64_C(1)),
	    .mt_swept_cyc = lwkt_clock(),
	    .mt_move_limit = move_limit};
	while (age_cyc >> mt->mt_tick_shift >= 1u << AGE_TICKS)
		mt->mt_tick_shift++;
	mt->mt_age = (uint32_t)(age_cyc >> mt->mt_tick_shift);
	mt->mt_buckets = rte_zmalloc_socket(
	    "lwkt", buckets * sizeof(*mt->mt_buckets), alignof(struct mac_bucket), socket);
	mt->mt_moves =
	    rte_zmalloc_socket("lwkt", buckets * MAC_WAYS * sizeof(*mt->mt_moves), 0, socket);
	if (mt->mt_buckets != NULL && mt->mt_moves != NULL)
		return 0;
	lwkt_error("stage %s: no memory for a table of %u addresses; give EAL more (-m)",
	    st->st_name, size);
	mac_table_fini(mt);
	return -ENOMEM;
}

void
mac_table_fini(struct mac_table *mt)
{
	rte_free(mt->mt_buckets);
	rte_free(mt->mt_moves);
}

/* Another one than the first. */
static inline struct mac_bucket *
second_bucket(const struct mac_table *mt, struct mac_ref ref)
{
	uint64_t h = (ref.mr_key ^ ref.mr_key >> 29) * UINT64_C(0xd6e8feb86659fd93);
	struct mac_bucket *mb = &mt->mt_buckets[h >> mt->mt_shift];

	return mb != ref.mr_bucket ? mb : &mt->mt_buckets[(mb - mt->mt_buckets) ^ 1];
}

struct mac_entry *
mac_table_second(const struct mac_table *mt, struct mac_ref ref)
{
	return mac_in_bucket(second_bucket(mt, ref), ref.mr_key);
}

static struct mac_entry *
free_in_bucket(struct mac_bucket *mb)
{
	for (unsigned int i = 0; i < MAC_WAYS; i++)
		if (mb->mb_key[i] == 0)
			return &mb->mb_entry[i];
	return NULL;
}

/* Where in the table an entry is: its bucket and its way. */
static inline struct mac_bucket *
bucket_of(const struct mac_table *mt, const struct mac_entry *me)
{
	return &mt->mt_buckets[((uintptr_t)me - (uintptr_t)mt->mt_buckets) /
	                       sizeof(*mt->mt_buckets)];
}

static inline uint64_t *
key_of(const struct mac_table *mt, const struct mac_entry *me)
{
	struct mac_bucket *mb = bucket_of(mt, me);

	return &mb->mb_key[me - mb->mb_entry];
}

static inline struct mac_moves *
moves_of(const struct mac_table *mt, const struct mac_entry *me)
{
	return &mt->mt_moves[key_of(mt, me) - bucket_of(mt, me)->mb_key +
	                     (bucket_of(mt, me) - mt->mt_buckets) * MAC_WAYS];
}

/* A place in a full bucket, if one of it can go to its other bucket; else NULL. */
static struct mac_entry *
make_room(const struct mac_table *mt, struct mac_bucket *mb)
{
	for (unsigned int i = 0; i < MAC_WAYS; i++) {
		struct mac_ref ref = mac_ref(mt, mb->mb_key[i]);
		struct mac_entry *from = &mb->mb_entry[i], *to;

		to = free_in_bucket(ref.mr_bucket != mb ? ref.mr_bucket : second_bucket(mt, ref));
		if (to == NULL)
			continue;
		*to = *from;
		*key_of(mt, to) = ref.mr_key;
		*moves_of(mt, to) = *moves_of(mt, from);
		return from;
	}
	return NULL;
}

/* A free place for it, or NULL. */
static struct mac_entry *
place(const struct mac_table *mt, struct mac_ref ref)
{
	struct mac_bucket *second = second_bucket(mt, ref);
	struct mac_entry *me = free_in_bucket(ref.mr_bucket);

	if (me == NULL)
		me = free_in_bucket(second);
	if (me == NULL)
		me = make_room(mt, ref.mr_bucket);
	return me != NULL ? me : make_room(mt, second);
}

/* NULL: no room. */
static __rte_cold struct mac_entry *
add(struct mac_table *mt, struct mac_ref ref, uint8_t output, struct lwkt_l2switch_stats *stats)
{
	struct mac_entry *me = mt->mt_used < mt->mt_size ? place(mt, ref) : NULL;

	if (me == NULL) {
		mt->mt_overflow = true;
		stage_add(&stats->ls_full, 1);
		return NULL;
	}
	mt->mt_used++;
	*key_of(mt, me) = ref.mr_key;
	*moves_of(mt, me) = (struct mac_moves){0};
	*me = (struct mac_entry){.me_output = output};
	stage_add(&stats->ls_learned, 1);
	stage_add(&stats->ls_entries, 1);
	return me;
}

static __rte_cold void
move(struct mac_table *mt, struct mac_entry *me, uint8_t output, struct lwkt_l2switch_stats *stats)
{
	uint32_t second = (uint32_t)(lwkt_clock() / rte_get_tsc_hz());
	struct mac_moves *mm = moves_of(mt, me);

	if (mm->mm_second != second)
		mm->mm_count = 0;
	mm->mm_second = second;
	mm->mm_count = RTE_MIN(mm->mm_count + 1, UINT16_MAX);
	if (mt->mt_move_limit != 0 && mm->mm_count > mt->mt_move_limit)
		mt->mt_flap = (struct mac_flap){*key_of(mt, me), me->me_output, output, true};
	me->me_output = output;
	stage_add(&stats->ls_moved, 1);
}

/* It comes back before somebody has taken it out. */
static __rte_cold void
renew(struct mac_entry *me, uint8_t output, struct lwkt_l2switch_stats *stats)
{
	me->me_output = output;
	stage_add(&stats->ls_aged, 1);
	stage_add(&stats->ls_learned, 1);
}

void
mac_table_news(struct mac_table *mt, struct mac_ref ref, uint8_t output, uint32_t now,
    struct lwkt_l2switch_stats *stats)
{
	struct mac_entry *me = mac_table_look_up(mt, ref);

	if (me == NULL) {
		me = add(mt, ref, output, stats);
		if (me == NULL)
			return;
	} else if (mac_is_old(mt, me, now)) {
		renew(me, output, stats);
	}
	me->me_seen = now;
	if (me->me_output != output)
		move(mt, me, output, stats);
}

/* How many buckets it is time to look at: by the clock, so that idle CPUs get on too. */
static uint64_t
sweep_due(struct mac_table *mt)
{
	uint64_t now = lwkt_clock(), passed = now - mt->mt_swept_cyc, n;

	if (likely((int64_t)passed < (int64_t)mt->mt_bucket_cyc))
		return 0;
	n = passed / mt->mt_bucket_cyc;
	if (n > SWEEP_MAX) {
		n = SWEEP_MAX;
		mt->mt_swept_cyc = now;
	} else {
		mt->mt_swept_cyc += n * mt->mt_bucket_cyc;
	}
	return RTE_MIN(n, mt->mt_mask + 1);
}

void
mac_table_age(struct mac_table *mt, struct lwkt_l2switch_stats *stats)
{
	uint32_t now = mac_table_now(mt);

	for (uint64_t n = sweep_due(mt); n > 0; n--) {
		struct mac_bucket *mb = &mt->mt_buckets[mt->mt_cursor];

		mt->mt_cursor = (mt->mt_cursor + 1) & mt->mt_mask;
		for (unsigned int i = 0; i < MAC_WAYS; i++) {
			if (mb->mb_key[i] == 0 || !mac_is_old(mt, &mb->mb_entry[i], now))
				continue;
			mb->mb_key[i] = 0;
			mt->mt_used--;
			stage_add(&stats->ls_aged, 1);
			stage_add(&stats->ls_entries, UINT64_MAX); /* one less */
		}
	}
}
