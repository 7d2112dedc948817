/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can go wrong while it runs, looked for in each round of the main lcore. Each change is said
 * once, in a line, and forwarding goes on:
 *
 *   a link goes down or comes up        rte_eth_link_get_nowait()
 *   a device has gone, or is back       devices.c
 *   a tx queue takes nothing            packets are dropped as tx_full and none is sent
 *   a pool is empty                     nothing can be received
 *
 * A stage that does not return is the watchdog's matter (lib/dispatch/watchdog.c).
 */
#include <string.h>

#include <rte_cycles.h>

#include <lwkt_ethdev.h>

#include "capture.h"
#include "stats.h"

#define STUCK_MS 1000
#define POOLS    32 /* that are looked at */

struct seen_ethdev {
	bool se_known, se_up;
};

struct seen_tx {
	uint64_t st_sent, st_dropped, st_since; /* TSC; 0: nothing is dropped */
	bool st_said;
};

static struct seen_ethdev ethdevs[RTE_MAX_ETHPORTS];
static struct seen_tx txs[L2FWD_STATS_STAGES];
static struct {
	const struct rte_mempool *pool;
	bool empty;
} pools[POOLS];

/*
 * Links
 */

static void
look_at_link(uint16_t id, struct seen_ethdev *se)
{
	struct rte_eth_link link = {0};
	bool up;

	if (rte_eth_link_get_nowait(id, &link) < 0)
		return;
	up = link.link_status == RTE_ETH_LINK_UP;
	if (se->se_known && up && !se->se_up)
		l2fwd_happened(LWKT_EVENT_LINK_UP, "ethdev %u: its link is up, %u Mbit/s", id,
		    link.link_speed);
	else if (se->se_known && !up && se->se_up)
		l2fwd_happened(LWKT_EVENT_LINK_DOWN, "ethdev %u: its link is down", id);
	se->se_known = true;
	se->se_up = up;
}

static void
look_at_ethdevs(struct l2fwd *fw)
{
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		uint16_t id = fw->fw_plan.pn_ethdev[i].ed_id;

		if (l2fwd_devices_look(fw, i))
			look_at_link(id, &ethdevs[id]);
	}
	l2fwd_devices_probe(fw);
}

/*
 * Tx queues
 */

static void
look_at_tx(const struct lwkt_stage *st, struct seen_tx *tx, uint64_t now)
{
	struct lwkt_stage_stats ss;
	bool sends, drops;

	lwkt_stage_stats(st, &ss);
	sends = ss.ss_sent != tx->st_sent;
	drops = ss.ss_dropped[0] != tx->st_dropped; /* tx_full */
	tx->st_sent = ss.ss_sent;
	tx->st_dropped = ss.ss_dropped[0];
	if (sends && tx->st_said)
		l2fwd_happened(LWKT_EVENT_DEVICE_MOVES, "stage %s: the device takes packets again",
		    st->st_name);
	if (sends || (tx->st_since == 0 && !drops)) {
		tx->st_since = 0;
		tx->st_said = false;
	} else if (tx->st_since == 0) {
		tx->st_since = now;
	} else if (!tx->st_said && now - tx->st_since > rte_get_tsc_hz() / 1000 * STUCK_MS) {
		tx->st_said = true;
		l2fwd_happened(LWKT_EVENT_DEVICE_STUCK,
		    "stage %s: the device has taken no packet for %.1f s; they are dropped "
		    "(tx_full)",
		    st->st_name, (double)(now - tx->st_since) / (double)rte_get_tsc_hz());
	}
}

static void
look_at_txs(const struct l2fwd *fw)
{
	uint64_t now = rte_rdtsc();

	for (unsigned int i = 0; i < l2fwd_stats_nstages(fw); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(fw->fw_pipeline, i);

		if (st->st_kind == &lwkt_stage_ethdev_tx)
			look_at_tx(st, &txs[i], now);
	}
}

/*
 * Pools
 */

/* Without those that CPUs keep for themselves. */
static unsigned int
mbufs_left(const struct rte_mempool *mp)
{
	unsigned int kept = 0, all = rte_mempool_avail_count(mp);

	for (unsigned int i = 0; mp->cache_size > 0 && i < RTE_MAX_LCORE; i++)
		kept += mp->local_cache[i].len;
	return all > kept ? all - kept : 0;
}

static void
look_at_pool(struct rte_mempool *mp, void *arg)
{
	unsigned int i = 0, left = mbufs_left(mp);

	(void)arg;
	if (strcmp(mp->name, CAPTURE_POOL) == 0) /* it may run empty */
		return;
	while (i < POOLS && pools[i].pool != NULL && pools[i].pool != mp)
		i++;
	if (i == POOLS || mp->size < LWKT_STAGE_BURST)
		return;
	pools[i].pool = mp;
	if (left < LWKT_STAGE_BURST && !pools[i].empty) {
		pools[i].empty = true;
		l2fwd_happened(LWKT_EVENT_POOL_EMPTY,
		    "mbuf pool %s: empty but for what CPUs keep; packets may be lost for want "
		    "of mbufs",
		    mp->name);
	} else if (left > mp->size / 16 && pools[i].empty) {
		pools[i].empty = false;
		l2fwd_happened(
		    LWKT_EVENT_POOL_FILLED, "mbuf pool %s: has %u mbufs again", mp->name, left);
	}
}

void
l2fwd_watch_start(const struct l2fwd *fw)
{
	l2fwd_devices_start(fw);
}

bool
l2fwd_watch_link_is_down(uint16_t ethdev)
{
	return ethdevs[ethdev].se_known && !ethdevs[ethdev].se_up;
}

void
l2fwd_watch(struct l2fwd *fw)
{
	look_at_ethdevs(fw);
	look_at_txs(fw);
	rte_mempool_walk(look_at_pool, NULL);
}
