/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: the keys of its own sections. Rows that are asked for by number stand in the
 * order of the enums in plan_pvt.h.
 */
#include <rte_ethdev.h>

#include "plan_pvt.h"

/* What belongs where a nested part stands is said in pa_text. */
#define NESTED(type, field, name, expected, help)                                               \
	{                                                                                       \
		.pa_name = (name), .pa_type = LWKT_PARAM_NESTED, LWKT_PARAM_FIELD(type, field), \
		.pa_text = (expected), .pa_help = (help)                                        \
	}
#define TEXT(type, field, name, text, help)                                                     \
	{                                                                                       \
		.pa_name = (name), .pa_type = LWKT_PARAM_STRING, LWKT_PARAM_FIELD(type, field), \
		.pa_text = (text), .pa_required = (text) == NULL, .pa_help = (help)             \
	}
#define NUMBER(type, field, name, min, max, value, help)                                      \
	{                                                                                     \
		.pa_name = (name), .pa_type = LWKT_PARAM_UINT, LWKT_PARAM_FIELD(type, field), \
		.pa_min = (min), .pa_max = (max), .pa_default = (value), .pa_help = (help)    \
	}
#define MEASURE(type, field, name, unit, min, max, value, help)                               \
	{                                                                                     \
		.pa_name = (name), .pa_type = LWKT_PARAM_UINT, LWKT_PARAM_FIELD(type, field), \
		.pa_unit = (unit), .pa_min = (min), .pa_max = (max), .pa_default = (value),   \
		.pa_help = (help)                                                             \
	}
#define YES_NO(type, field, name, value, help)                                                \
	{                                                                                     \
		.pa_name = (name), .pa_type = LWKT_PARAM_BOOL, LWKT_PARAM_FIELD(type, field), \
		.pa_default = (value), .pa_help = (help)                                      \
	}
#define WORD(type, field, name, words, help)                                                  \
	{                                                                                     \
		.pa_name = (name), .pa_type = LWKT_PARAM_ENUM, LWKT_PARAM_FIELD(type, field), \
		.pa_words = (words), .pa_help = (help)                                        \
	}

static const char *const no_window[] = {"none", NULL};
static const char *const messages[] = {"auto", "packet", "vector", NULL};  /* lwkt_edge_kind */
static const char *const overflows[] = {"credit", "tail", "oldest", NULL}; /* lwkt_overflow */

const struct lwkt_param config_top_table[] = {
    NESTED(struct config_top, tp_plugins, "plugins", "a list, as [my.so]",
        "shared objects with more kinds of stages, from where the file is"),
    NESTED(struct config_top, tp_pipeline, "pipeline", "a mapping", "settings of the whole"),
    NESTED(struct config_top, tp_pool, "pool", "a mapping",
        "the pool of packets, one a NUMA node in use"),
    NESTED(struct config_top, tp_balance, "balance", "a mapping",
        "moving flows from the busiest CPU to the idlest; without it they stay"),
    NESTED(struct config_top, tp_ethdevs, "ethdevs", "a list of mappings", "the devices"),
    NESTED(struct config_top, tp_stages, "stages", "a list of mappings",
        "the stages; there must be some"),
    {.pa_name = NULL},
};

const struct lwkt_param config_pipeline_table[] = {
    [PIPELINE_NAME] =
        TEXT(struct config_pipeline, cp_name, "name", "pipeline", "its name in messages"),
    [PIPELINE_WINDOW] = {.pa_name = "window",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct config_pipeline, cp_opts.po_window),
        .pa_min = LWKT_STAGE_BURST,
        .pa_max = 1u << 24,
        .pa_words = no_window,
        .pa_help = "credits: packets that it may hold; 0 stands for 1,024 a source; none: as "
                   "many as the pool has"},
    MEASURE(struct config_pipeline, cp_opts.po_budget_us, "budget_us", LWKT_UNIT_US, 50, 10000000,
        1000, "microseconds that a handler may run, for the watchdog"),
    YES_NO(struct config_pipeline, cp_opts.po_watchdog, "watchdog", false,
        "name CPU, stage and port of a handler that runs longer"),
    {.pa_name = NULL},
};

const struct lwkt_param config_pool_table[] = {
    [POOL_PACKETS] = NUMBER(struct config_pool, po_packets, "packets", 63, 1u << 26, 0,
        "mbufs of each pool; 0 stands for as many as it takes"),
    [POOL_CACHE] = NUMBER(struct config_pool, po_cache, "cache", 0, RTE_MEMPOOL_CACHE_MAX_SIZE, 256,
        "mbufs that an lcore keeps for itself"),
    [POOL_DATA_ROOM] = NUMBER(struct config_pool, po_data_room, "data_room", 256, UINT16_MAX, 0,
        "bytes of an mbuf's buffer, 128 of headroom included; 0 stands for 2,176, or as many as the "
        "frames of a node's ethdevs take that cannot be scattered"),
    {.pa_name = NULL},
};

const struct lwkt_param config_balance_table[] = {
    [BALANCE_STAGE] = TEXT(
        struct config_balance, cb_stage, "stage", NULL, "whose flows: a stage of kind distribute"),
    MEASURE(struct config_balance, cb_conf.bc_interval_ms, "interval_ms", LWKT_UNIT_MS, 1, 3600000,
        100, "milliseconds between two decisions"),
    MEASURE(struct config_balance, cb_conf.bc_threshold, "threshold", LWKT_UNIT_PERCENT, 1, 100, 20,
        "percentage points of CPU between busiest and idlest from which on flows are moved"),
    MEASURE(struct config_balance, cb_conf.bc_gain, "gain", LWKT_UNIT_PERCENT, 1, 100, 2,
        "points that the moves of one decision must narrow that by at least"),
    NUMBER(struct config_balance, cb_conf.bc_moves, "moves", 1, 256, 8,
        "buckets that a decision moves at most"),
    {.pa_name = NULL},
};

const struct lwkt_param config_ethdev_table[] = {
    [ETHDEV_NAME] = TEXT(struct config_ethdev, ce_name, "name", NULL, "what stages call it"),
    [ETHDEV_DEVICE] = TEXT(struct config_ethdev, ce_device, "device", NULL,
        "DPDK's port id, or EAL's name: 0, 0000:01:00.0, net_null0"),
    [ETHDEV_RXQ] = NUMBER(
        struct config_ethdev, ce_params.ep_rxq, "rxq", 1, RTE_MAX_QUEUES_PER_PORT, 1, "rx queues"),
    [ETHDEV_TXQ] = NUMBER(
        struct config_ethdev, ce_params.ep_txq, "txq", 1, RTE_MAX_QUEUES_PER_PORT, 1, "tx queues"),
    [ETHDEV_RXD] = NUMBER(struct config_ethdev, ce_params.ep_rxd, "rxd", 32, 32768, 1024,
        "descriptors of an rx queue"),
    [ETHDEV_TXD] = NUMBER(struct config_ethdev, ce_params.ep_txd, "txd", 32, 32768, 1024,
        "descriptors of a tx queue"),
    [ETHDEV_MTU] = NUMBER(struct config_ethdev, ce_params.ep_mtu, "mtu", 68, 65000, 0,
        "bytes of the largest packet, without Ethernet header; 0 stands for what the device has"),
    YES_NO(struct config_ethdev, ce_params.ep_promiscuous, "promiscuous", false,
        "take frames for anybody, where the device can"),
    {.pa_name = NULL},
};

const struct lwkt_param config_stage_table[] = {
    [STAGE_NAME] = TEXT(struct config_stage, cs_name, "name", NULL, "its own name"),
    [STAGE_KIND] = TEXT(struct config_stage, cs_kind_name, "kind", NULL, "one of the kinds below"),
    [STAGE_CPU] = TEXT(struct config_stage, cs_cpu, "cpu", "auto",
        "a worker lcore's id; auto: on the NUMA node of its ethdev, where the fewest stages are"),
    [STAGE_PARAMS] = NESTED(
        struct config_stage, cs_params, "params", "a mapping", "what the kind wants to know"),
    [STAGE_OUTPUTS] = NESTED(struct config_stage, cs_outputs, "outputs",
        "a list, as [fwd] or [{to: fwd, limit: 512}]", "where its packets go, from output 0 on"),
    {.pa_name = NULL},
};

const struct lwkt_param config_output_table[] = {
    TEXT(struct config_output, co_to, "to", NULL, "name of the stage it leads to"),
    WORD(struct config_output, co_edge.ec_kind, "message", messages,
        "between CPUs: each packet as a message, or a burst in one; auto: a burst if both stages "
        "can"),
    WORD(struct config_output, co_edge.ec_overflow, "overflow", overflows,
        "beyond the limit: the sources wait; the newest are dropped; the oldest are"),
    NUMBER(struct config_output, co_edge.ec_limit, "limit", LWKT_EDGE_LIMIT_MIN,
        LWKT_EDGE_LIMIT_MAX, 0,
        "packets under way; 0 stands for as many as there are credits, and 1,024 with tail or "
        "oldest"),
    YES_NO(struct config_output, co_edge.ec_priority, "priority", false,
        "its packets overtake others at the receiver"),
    {.pa_name = NULL},
};
