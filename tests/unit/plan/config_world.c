/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "config_world.h"

static unsigned int
no_poll(struct lwkt_stage *st)
{
	(void)st;
	return 0;
}

static void
no_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	(void)st;
	(void)pkts;
	(void)n;
}

static const char *const words[] = {"red", "green", "blue", NULL};

#define FIELD(field) LWKT_PARAM_FIELD(struct all_conf, field)

static const struct lwkt_param all_params[] = {
    {.pa_name = "number",
        .pa_type = LWKT_PARAM_UINT,
        FIELD(al_number),
        .pa_min = 10,
        .pa_max = 100,
        .pa_default = 42,
        .pa_help = "a number"},
    {.pa_name = "flag", .pa_type = LWKT_PARAM_BOOL, FIELD(al_flag), .pa_help = "a flag"},
    {.pa_name = "word",
        .pa_type = LWKT_PARAM_ENUM,
        FIELD(al_word),
        .pa_words = words,
        .pa_default = 1,
        .pa_help = "a word"},
    {.pa_name = "text",
        .pa_type = LWKT_PARAM_STRING,
        FIELD(al_text),
        .pa_text = "abc",
        .pa_help = "a text"},
    {.pa_name = "mac", .pa_type = LWKT_PARAM_MAC, FIELD(al_mac), .pa_help = "an address"},
    {.pa_name = "list",
        .pa_type = LWKT_PARAM_LIST,
        FIELD(al_list),
        .pa_item_bytes = sizeof(uint16_t),
        .pa_count_offset = offsetof(struct all_conf, al_nlist),
        .pa_min = 1,
        .pa_max = 100,
        .pa_help = "a list"},
    {.pa_name = "wide",
        .pa_type = LWKT_PARAM_UINT,
        FIELD(al_wide),
        .pa_max = UINT64_MAX,
        .pa_help = "a wide number"},
    {.pa_name = NULL},
};

static int
complete(void *conf, const struct lwkt_param_view *view, char *why, size_t bytes)
{
	struct all_conf *al = conf;

	(void)view;
	al->al_completed = 1;
	if (al->al_number != 13)
		return 0;
	snprintf(why, bytes, "number: 13 is an unlucky one; write 12");
	return -EINVAL;
}

static const struct lwkt_stage_kind kinds[] = {
    {.sk_name = "t_source", .sk_poll = no_poll},
    {.sk_name = "t_relay", .sk_handle = no_handle},
    {.sk_name = "t_single", .sk_handle = no_handle, .sk_per_packet = true},
    {.sk_name = "t_sink", .sk_handle = no_handle, .sk_max_outs = LWKT_STAGE_END},
    {.sk_name = "t_all",
        .sk_handle = no_handle,
        .sk_params = all_params,
        .sk_conf_bytes = sizeof(struct all_conf),
        .sk_complete = complete},
};

void
config_world_kinds(void)
{
	for (unsigned int i = 0; i < RTE_DIM(kinds); i++)
		if (lwkt_stage_kind_register(&kinds[i]) < 0)
			abort();
}

static void
add_ethdev(struct lwkt_inventory *iv, const char *name, int node)
{
	struct lwkt_inventory_ethdev *ie = &iv->iv_ethdev[iv->iv_nethdevs];

	*ie = (struct lwkt_inventory_ethdev){
	    .ie_id = (uint16_t)iv->iv_nethdevs++,
	    .ie_node = node,
	    .ie_max_rxq = 4,
	    .ie_max_txq = 4,
	    .ie_no_rss = node == 0 ? NULL : "its driver has no RSS",
	    .ie_limits = {.el_rx = {64, 4096, 8},
	        .el_tx = {64, 4096, 8},
	        .el_min_mtu = 68,
	        .el_max_mtu = 9000,
	        .el_overhead = 18},
	    .ie_mac = {{2, 0, 0, 0, 1, (uint8_t)iv->iv_nethdevs}},
	};
	snprintf(ie->ie_name, sizeof(ie->ie_name), "%s", name);
}

void
config_world_inventory(struct lwkt_inventory *iv)
{
	*iv = (struct lwkt_inventory){
	    .iv_main = 0,
	    .iv_nlcores = 4,
	    .iv_lcore = {{0, 0}, {1, 0}, {2, 0}, {3, 1}},
	};
	add_ethdev(iv, "net_null0", 0);
	add_ethdev(iv, "net_null1", 0);
	add_ethdev(iv, "net_far0", 1);
}
