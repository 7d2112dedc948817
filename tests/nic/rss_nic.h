/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ethdev of nic-rss: several rx queues, RSS with the symmetric key, a redirection table.
 */
#ifndef TESTS_NIC_RSS_NIC_H
#define TESTS_NIC_RSS_NIC_H

#include <stdint.h>

#include <rte_ethdev.h>

#define RETA_MAX 512

struct nic {
	uint16_t ethdev, queues, entries;
	uint8_t reta[RETA_MAX];
	uint64_t came[RTE_MAX_QUEUES_PER_PORT]; /* per queue */
};

/* Set it up as lwkt-l2fwd does, and shuffle its table. @return 0, or -1: said. */
int rss_nic_start(struct nic *nic, struct rte_mempool *pool);

void rss_nic_stop(const struct nic *nic);

/* Say what is wrong. @return -1. */
int rss_fail(const struct nic *nic, const char *what);

#endif /* TESTS_NIC_RSS_NIC_H */
