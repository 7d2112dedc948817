/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of a learning switch: rte_hash finds the index of an entry.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <lwkt_log.h>

#include "mac_table_pvt.h"

#define SWEEPS    16   /* looks at each entry while it ages */
#define SWEEP_MIN 8    /* entries, or it is not worth the while yet */
#define SWEEP_MAX 1024 /* entries in a row, about as many microseconds / 100 */

int
mac_table_init(struct mac_table *mt, const struct lwkt_stage *st, unsigned int size,
    uint64_t age_cyc, uint32_t move_limit)
{
	int socket = (int)rte_lcore_to_socket_id(st->st_lcore);
	char name[24];
	const struct rte_hash_parameters params = {
	    .name = name,
	    .entries = size,
	    .key_len = sizeof(uint64_t),
	    .socket_id = socket,
	    /* So that it takes as many as were asked for, wherever they fall. */
	    .extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};

	snprintf(name, sizeof(name), "lwkt_%p", (const void *)st);
	mt->mt_size = size;
	mt->mt_age_cyc = age_cyc;
	mt->mt_entry_cyc = RTE_MAX(age_cyc / SWEEPS / size, UINT64_C(1));
	mt->mt_swept_cyc = rte_rdtsc();
	mt->mt_move_limit = move_limit;
	mt->mt_entries = rte_zmalloc_socket("lwkt", size * sizeof(struct mac_entry), 0, socket);
	mt->mt_hash = rte_hash_create(&params);
	if (mt->mt_entries != NULL && mt->mt_hash != NULL)
		return 0;
	lwkt_error("stage %s: no memory for a table of %u addresses; give EAL more (-m)",
	    st->st_name, size);
	mac_table_fini(mt);
	return -ENOMEM;
}

void
mac_table_fini(struct mac_table *mt)
{
	rte_hash_free(mt->mt_hash);
	rte_free(mt->mt_entries);
}

static void
look_up(const struct mac_table *mt, const uint64_t *keys, int32_t *index, unsigned int n)
{
	const void *at[LWKT_STAGE_BURST];

	for (unsigned int i = 0; i < n; i++)
		at[i] = &keys[i];
	rte_hash_lookup_bulk(mt->mt_hash, at, n, index);
}

/* NULL: no room. */
static __rte_cold struct mac_entry *
add(struct mac_table *mt, uint64_t key, uint8_t output, struct lwkt_l2switch_stats *stats)
{
	int32_t index = rte_hash_add_key(mt->mt_hash, &key);
	struct mac_entry *me;

	if (index < 0) {
		stage_add(&stats->ls_full, 1);
		return NULL;
	}
	me = &mt->mt_entries[index];
	if (me->me_used) /* it is the second time in this burst */
		return me;
	*me = (struct mac_entry){.me_key = key, .me_output = output, .me_used = true};
	stage_add(&stats->ls_learned, 1);
	stage_add(&stats->ls_entries, 1);
	return me;
}

static __rte_cold void
move(struct mac_table *mt, struct mac_entry *me, uint8_t output, uint64_t now,
    struct lwkt_l2switch_stats *stats)
{
	uint32_t second = (uint32_t)(now / rte_get_tsc_hz());

	if (me->me_second != second)
		me->me_moves = 0;
	me->me_second = second;
	me->me_moves = RTE_MIN(me->me_moves + 1, UINT16_MAX);
	if (mt->mt_move_limit != 0 && me->me_moves > mt->mt_move_limit)
		mt->mt_flap = (struct mac_flap){me->me_key, me->me_output, output, true};
	me->me_output = output;
	stage_add(&stats->ls_moved, 1);
}

static inline bool
is_old(const struct mac_table *mt, const struct mac_entry *me, uint64_t now)
{
	return (int64_t)(now - me->me_seen_cyc) > (int64_t)mt->mt_age_cyc;
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
mac_table_learn(struct mac_table *mt, const uint64_t *keys, const uint8_t *outputs, unsigned int n,
    struct lwkt_l2switch_stats *stats)
{
	int32_t index[LWKT_STAGE_BURST];
	uint64_t now = rte_rdtsc();

	look_up(mt, keys, index, n);
	for (unsigned int i = 0; i < n; i++) {
		struct mac_entry *me;

		if (likely(index[i] >= 0)) {
			me = &mt->mt_entries[index[i]];
			if (unlikely(is_old(mt, me, now)))
				renew(me, outputs[i], stats);
		} else if ((me = add(mt, keys[i], outputs[i], stats)) == NULL) {
			continue;
		}
		me->me_seen_cyc = now;
		if (unlikely(me->me_output != outputs[i]))
			move(mt, me, outputs[i], now, stats);
	}
}

void
mac_table_find(const struct mac_table *mt, const uint64_t *keys, uint8_t *outputs, unsigned int n)
{
	int32_t index[LWKT_STAGE_BURST];
	uint64_t now = rte_rdtsc();

	look_up(mt, keys, index, n);
	for (unsigned int i = 0; i < n; i++) {
		const struct mac_entry *me = &mt->mt_entries[RTE_MAX(index[i], 0)];

		outputs[i] =
		    index[i] >= 0 && likely(!is_old(mt, me, now)) ? me->me_output : MAC_NOWHERE;
	}
}

/* How many entries it is time to look at: by the clock, so that idle CPUs get on too. */
static unsigned int
sweep_due(struct mac_table *mt, uint64_t now)
{
	uint64_t passed = now - mt->mt_swept_cyc, n;

	if (likely((int64_t)passed < (int64_t)(SWEEP_MIN * mt->mt_entry_cyc)))
		return 0;
	n = passed / mt->mt_entry_cyc;
	if (n > SWEEP_MAX) {
		n = SWEEP_MAX;
		mt->mt_swept_cyc = now;
	} else {
		mt->mt_swept_cyc += n * mt->mt_entry_cyc;
	}
	return (unsigned int)RTE_MIN(n, (uint64_t)mt->mt_size);
}

void
mac_table_age(struct mac_table *mt, struct lwkt_l2switch_stats *stats)
{
	uint64_t now = rte_rdtsc();

	for (unsigned int n = sweep_due(mt, now); n > 0; n--) {
		struct mac_entry *me = &mt->mt_entries[mt->mt_cursor];

		mt->mt_cursor = mt->mt_cursor + 1 < mt->mt_size ? mt->mt_cursor + 1 : 0;
		if (!me->me_used || !is_old(mt, me, now))
			continue;
		rte_hash_del_key(mt->mt_hash, &me->me_key);
		me->me_used = false;
		stage_add(&stats->ls_aged, 1);
		stage_add(&stats->ls_entries, UINT64_MAX); /* one less */
	}
}
