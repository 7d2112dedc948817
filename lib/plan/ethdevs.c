/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file and the machine: its ethdevs, and whether they can be what it says.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ethdev.h>

#include "plan_pvt.h"

static const char *
device_at(const void *pf, unsigned int i)
{
	return ((const struct lwkt_pipeline_file *)pf)->pf_have.iv_ethdev[i].ie_name;
}

/* By EAL's name, or by port id. */
static struct lwkt_inventory_ethdev *
find_device(struct lwkt_inventory *iv, const char *device)
{
	char *end;
	unsigned long id = strtoul(device, &end, 10);
	bool is_id = device[0] >= '0' && device[0] <= '9' && *end == '\0';

	for (unsigned int i = 0; i < iv->iv_nethdevs; i++)
		if (is_id ? iv->iv_ethdev[i].ie_id == id
		          : strcmp(iv->iv_ethdev[i].ie_name, device) == 0)
			return &iv->iv_ethdev[i];
	return NULL;
}

static void
no_device(struct lwkt_pipeline_file *pf, const struct config_ethdev *ce)
{
	const char *nearest = config_nearest(ce->ce_device, pf->pf_have.iv_nethdevs, device_at, pf);
	char fix[128] = "give EAL one (-a, --vdev)";

	if (nearest != NULL)
		snprintf(fix, sizeof(fix), "did you mean %s?", nearest);
	else if (pf->pf_have.iv_nethdevs > 0)
		snprintf(fix, sizeof(fix), "EAL found %u, the first is %s; write a name or id",
		    pf->pf_have.iv_nethdevs, device_at(pf, 0));
	config_error(pf, ce->ce_keys.ck_key[ETHDEV_DEVICE], "ethdev %s: device: there is no %s; %s",
	    ce->ce_name, config_clip(ce->ce_device, strlen(ce->ce_device)).cl_text, fix);
}

static void
check_ring(struct lwkt_pipeline_file *pf, const struct config_ethdev *ce, unsigned int row,
    unsigned int value, const struct lwkt_ethdev_ring *er)
{
	struct config_pos pos = ce->ce_keys.ck_key[row];

	/* The default is made to fit. */
	if (pos.po_line == 0)
		return;
	if (value < er->er_min || (er->er_max != 0 && value > er->er_max))
		config_error(pf, pos,
		    "ethdev %s: %s: %u, device %s takes %u to %u; write one of these", ce->ce_name,
		    config_ethdev_table[row].pa_name, value, ce->ce_have->ie_name, er->er_min,
		    er->er_max);
}

static void
check_most(struct lwkt_pipeline_file *pf, const struct config_ethdev *ce, unsigned int row,
    unsigned int value, unsigned int most)
{
	struct config_pos pos = ce->ce_keys.ck_key[row];

	if (value > most)
		config_error(pf, pos.po_line != 0 ? pos : ce->ce_keys.ck_at,
		    "ethdev %s: %s: %u, device %s takes at most %u; write that", ce->ce_name,
		    config_ethdev_table[row].pa_name, value, ce->ce_have->ie_name, most);
}

/* Several rx queues, of which only one will see packets. */
static void
check_rss(struct lwkt_pipeline_file *pf, const struct config_ethdev *ce)
{
	if (ce->ce_params.ep_rxq > 1 && ce->ce_have->ie_no_rss != NULL)
		config_warn(pf, ce->ce_keys.ck_key[ETHDEV_RXQ],
		    "ethdev %s: rxq: %u, but %s, so that flows are not spread; write rxq: 1, and a "
		    "distribute stage behind it",
		    ce->ce_name, ce->ce_params.ep_rxq, ce->ce_have->ie_no_rss);
}

static void
check_mtu(struct lwkt_pipeline_file *pf, const struct config_ethdev *ce)
{
	const struct lwkt_ethdev_limits *el = &ce->ce_have->ie_limits;
	unsigned int mtu = ce->ce_params.ep_mtu;
	unsigned int bytes = RTE_PKTMBUF_HEADROOM + mtu + el->el_overhead;

	if (mtu == 0)
		return;
	if (mtu < el->el_min_mtu || mtu > el->el_max_mtu)
		config_error(pf, ce->ce_keys.ck_key[ETHDEV_MTU],
		    "ethdev %s: mtu: %u, device %s takes %u to %u; write one of these", ce->ce_name,
		    mtu, ce->ce_have->ie_name, el->el_min_mtu, el->el_max_mtu);
	else if (pf->pf_pool.po_data_room != 0 && bytes > pf->pf_pool.po_data_room &&
	         (el->el_rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) == 0)
		config_error(pf, ce->ce_keys.ck_key[ETHDEV_MTU],
		    "ethdev %s: mtu: with headroom %u + mtu %u + Ethernet %u = %u bytes a packet "
		    "does not fit into data_room %u, and the device does not scatter; write "
		    "data_room: %u in pool, or a smaller mtu",
		    ce->ce_name, RTE_PKTMBUF_HEADROOM, mtu, el->el_overhead, bytes,
		    pf->pf_pool.po_data_room, lwkt_ethdev_data_room(el, mtu));
}

static void
check_ethdev(struct lwkt_pipeline_file *pf, unsigned int i)
{
	struct config_ethdev *ce = &pf->pf_ethdev[i];

	ce->ce_have = find_device(&pf->pf_have, ce->ce_device);
	if (ce->ce_have == NULL) {
		no_device(pf, ce);
		return;
	}
	for (unsigned int k = 0; k < i; k++)
		if (pf->pf_ethdev[k].ce_have == ce->ce_have)
			config_error(pf, ce->ce_keys.ck_key[ETHDEV_DEVICE],
			    "ethdev %s: device: ethdev %s is %s already; write another device",
			    ce->ce_name, pf->pf_ethdev[k].ce_name, ce->ce_have->ie_name);
	check_most(pf, ce, ETHDEV_RXQ, ce->ce_params.ep_rxq, ce->ce_have->ie_max_rxq);
	check_most(pf, ce, ETHDEV_TXQ, ce->ce_params.ep_txq, ce->ce_have->ie_max_txq);
	check_ring(pf, ce, ETHDEV_RXD, ce->ce_params.ep_rxd, &ce->ce_have->ie_limits.el_rx);
	check_ring(pf, ce, ETHDEV_TXD, ce->ce_params.ep_txd, &ce->ce_have->ie_limits.el_tx);
	check_rss(pf, ce);
	check_mtu(pf, ce);
}

void
config_ethdevs(struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nethdevs; i++)
		check_ethdev(pf, i);
}

unsigned int
lwkt_inventory_rxq(struct lwkt_inventory_ethdev *ie, const struct lwkt_ethdev_params *params)
{
	struct lwkt_ethdev_params pa = *params;

	pa.ep_rxq = (uint16_t)RTE_MIN((unsigned int)pa.ep_rxq, RTE_MAX(ie->ie_max_rxq, 1u));
	while (pa.ep_rxq > 1 && lwkt_ethdev_try(ie->ie_id, &pa) < 0) {
		pa.ep_rxq = (uint16_t)rte_align32prevpow2(pa.ep_rxq - 1u);
		ie->ie_max_rxq = pa.ep_rxq;
	}
	return pa.ep_rxq;
}

void
config_drivers(struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nethdevs && pf->pf_real && pf->pf_errors == 0; i++) {
		struct config_ethdev *ce = &pf->pf_ethdev[i];
		unsigned int most = lwkt_inventory_rxq(ce->ce_have, &ce->ce_params);

		check_most(pf, ce, ETHDEV_RXQ, ce->ce_params.ep_rxq, most);
	}
}
