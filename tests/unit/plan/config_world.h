/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine that is not there, and kinds of stages, for tests of pipeline files.
 *
 *      lcores 0 (main), 1, 2 on node 0, 3 on node 1
 *      ethdevs 0 net_null0, 1 net_null1 on node 0, 2 net_far0 on node 1: 4 queues each way
 */
#ifndef CONFIG_WORLD_H
#define CONFIG_WORLD_H

#include <lwkt_plan.h>

/* What t_all can be told: a parameter of each type. */
struct all_conf {
	uint32_t al_number;
	bool al_flag;
	uint8_t al_word;
	char al_text[8];
	struct rte_ether_addr al_mac;
	uint16_t al_list[4];
	unsigned int al_nlist;
	uint64_t al_wide;
	char al_completed; /* by sk_complete */
};

/* Registers t_source, t_relay, t_single (per packet), t_sink and t_all. */
void config_world_kinds(void);

void config_world_inventory(struct lwkt_inventory *iv);

#endif /* CONFIG_WORLD_H */
