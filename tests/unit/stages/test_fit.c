/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wanted of an ethdev, and what comes of it with drivers of all kinds.
 */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <rte_ethdev.h>

#include <lwkt_ethdev.h>

#define SCATTER RTE_ETH_RX_OFFLOAD_SCATTER
#define SEGS    RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define FREE    RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE
#define HASH    RTE_ETH_RX_OFFLOAD_RSS_HASH

#define ROOM RTE_MBUF_DEFAULT_BUF_SIZE

/* A NIC that can do everything, one that can do nothing. */
#define ALL                                                                                    \
	{                                                                                      \
		{64, 4096, 8}, {128, 2048, 32}, 68, 9710, 26, 1024, 40, UINT64_MAX, UINT64_MAX \
	}
#define NOTHING                                                \
	{                                                      \
		{0, 0, 0}, {0, 0, 0}, 46, 1504, 18, 0, 0, 0, 0 \
	}

/* An interface of the kernel's, with its mtu and the slots of its ring. */
#define BLOCKS(mtu, slot, block)                                                                 \
	{                                                                                        \
		.el_max_mtu = 65535, .el_overhead = 18, .el_if_name = "veth0", .el_if_mtu = mtu, \
		.el_slot = slot, .el_block = block                                               \
	}
#define SLOTS(mtu, slot) BLOCKS(mtu, slot, 0)

static const struct {
	struct lwkt_ethdev_limits limits;
	struct lwkt_ethdev_params params;
	unsigned int room;
	int rc;
	struct lwkt_ethdev_setup setup;
	const char *why;
} fits[] = {
    /* clang-format off */
	/* Nothing said; what nobody needs stays off, checksums among it. */
	{ALL, {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1526, 1, 0, 0}, ""},
	{NOTHING, {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	/* Descriptors: multiples, most, least. */
	{ALL, {.ep_rxq = 1, .ep_rxd = 512, .ep_txd = 512}, ROOM, 0, {512, 512, 1500, 1526, 1, 0, 0}, ""},
	{ALL, {.ep_rxq = 1, .ep_rxd = 1001, .ep_txd = 1024}, ROOM, 0, {1008, 1024, 1500, 1526, 1, 0, 0},
	    "1008 rx and 1024 tx descriptors, not 1001 and 1024: its driver takes 64 to 4096 rx, in "
	    "multiples of 8"},
	{ALL, {.ep_rxq = 1, .ep_rxd = 8192, .ep_txd = 8192}, ROOM, 0, {4096, 2048, 1500, 1526, 1, 0, 0},
	    "4096 rx and 2048 tx descriptors, not 8192 and 8192: its driver takes 64 to 4096 rx, in "
	    "multiples of 8"},
	{ALL, {.ep_rxq = 1, .ep_rxd = 1024, .ep_txd = 16}, ROOM, 0, {1024, 128, 1500, 1526, 1, 0, 0},
	    "1024 rx and 128 tx descriptors, not 1024 and 16: its driver takes 128 to 2048 tx, in "
	    "multiples of 32"},
	{NOTHING, {.ep_rxq = 1, .ep_rxd = 65535, .ep_txd = 1}, ROOM, 0, {65535, 1, 1500, 1518, 1, 0, 0}, ""},
	{{.el_rx = {4096, 4096, 1}, .el_max_mtu = 1500}, {.ep_rxq = 1}, ROOM, 0,
	    {4096, 1024, 1500, 1500, 1, 0, 0}, ""},
	/* The mtu, and mbufs for it. */
	{ALL, {.ep_rxq = 1, .ep_mtu = 2022}, ROOM, 0, {1024, 1024, 2022, 2048, 1, 0, 0}, ""},
	{ALL, {.ep_rxq = 1, .ep_mtu = 2023}, ROOM, 0, {1024, 1024, 2023, 2049, 2, SCATTER, 0}, ""},
	{ALL, {.ep_rxq = 1, .ep_mtu = 9000}, ROOM, 0, {1024, 1024, 9000, 9026, 5, SCATTER, 0}, ""},
	{ALL, {.ep_rxq = 1, .ep_mtu = 9000}, 9344, 0, {1024, 1024, 9000, 9026, 1, 0, 0}, ""},
	{ALL, {.ep_rxq = 1, .ep_mtu = 9711}, ROOM, -ERANGE, {0},
	    "mtu: 9711, its driver takes 68 to 9710; give one of these"},
	{ALL, {.ep_rxq = 1, .ep_mtu = 67}, ROOM, -ERANGE, {0},
	    "mtu: 67, its driver takes 68 to 9710; give one of these"},
	{NOTHING, {.ep_rxq = 1, .ep_mtu = 1504}, 1024, -EMSGSIZE, {0},
	    "mtu: frames of 1522 bytes do not fit into mbufs of 896, and its driver does not scatter "
	    "them over several; give a data room of 2176, or a smaller mtu"},
	{NOTHING, {.ep_rxq = 1}, 1024, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	{ALL, {.ep_rxq = 1}, 1024, -EMSGSIZE, {0},
	    "mbufs: its driver wants 1024 bytes in each, these have 896; give a data room of 2176"},
	{NOTHING, {.ep_rxq = 1}, 128, -EMSGSIZE, {0},
	    "mbufs: its driver wants 0 bytes in each, these have 0; give a data room of 2176"},
	{{.el_max_mtu = 1000, .el_overhead = 18}, {.ep_rxq = 1}, ROOM, 0,
	    {1024, 1024, 1000, 1018, 1, 0, 0}, ""},
	/* Packets of several mbufs are sent. */
	{ALL, {.ep_rxq = 1, .ep_tx_segs = 5}, ROOM, 0, {1024, 1024, 1500, 1526, 1, 0, SEGS}, ""},
	{ALL, {.ep_rxq = 1, .ep_tx_segs = 41}, ROOM, -EMSGSIZE, {0},
	    "tx: packets of 41 mbufs come to it, its driver sends at most 40; give a larger data room, "
	    "or a smaller mtu"},
	{NOTHING, {.ep_rxq = 1, .ep_tx_segs = 2}, ROOM, -EMSGSIZE, {0},
	    "tx: packets of 2 mbufs come to it, its driver sends at most 1; give a larger data room, "
	    "or a smaller mtu"},
	/* In bulk only where it is legal, and the driver can. */
	{ALL, {.ep_rxq = 1, .ep_fast_free = true}, ROOM, 0, {1024, 1024, 1500, 1526, 1, 0, FREE}, ""},
	{ALL, {.ep_rxq = 1, .ep_fast_free = true, .ep_tx_segs = 2}, ROOM, 0,
	    {1024, 1024, 1500, 1526, 1, 0, SEGS}, ""},
	{NOTHING, {.ep_rxq = 1, .ep_fast_free = true}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	/* Over several rx queues it says the hash. */
	{ALL, {.ep_rxq = 2}, ROOM, 0, {1024, 1024, 1500, 1526, 1, HASH, 0}, ""},
	{NOTHING, {.ep_rxq = 2}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	/* An interface whose frames its ring would cut. */
	{SLOTS(1960, 1982), {.ep_rxq = 1}, ROOM, -EMSGSIZE, {0},
	    "framesz: interface veth0 has mtu 1960, and frames of more than 1982 bytes would come in cut; "
	    "give its --vdev framesz=4096,blocksz=4096, or the interface mtu 1500"},
	{SLOTS(1959, 1982), {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	{SLOTS(9000, 16318), {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	{SLOTS(1500, 958), {.ep_rxq = 1}, ROOM, -EMSGSIZE, {0},
	    "framesz: interface veth0 has mtu 1500, and frames of more than 958 bytes would come in cut; "
	    "give its --vdev framesz=2048,blocksz=4096, or the interface mtu 935"},
	{SLOTS(9000, 0), {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	/* Slots that do not fill their blocks: the driver counts on that they do. */
	{BLOCKS(1500, 1982, 4096), {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	{BLOCKS(1500, 4030, 65536), {.ep_rxq = 1}, ROOM, 0, {1024, 1024, 1500, 1518, 1, 0, 0}, ""},
	{BLOCKS(9000, 65342, 65536), {.ep_rxq = 1}, ROOM, -EINVAL, {0},
	    "blocksz: slots of 65408 bytes do not fill blocks of 65536, and its driver would look for "
	    "frames where none are; give its --vdev framesz=16384,blocksz=16384"},
	{BLOCKS(1500, 2934, 4096), {.ep_rxq = 1}, ROOM, -EINVAL, {0},
	    "blocksz: slots of 3000 bytes do not fill blocks of 4096, and its driver would look for "
	    "frames where none are; give its --vdev framesz=2048,blocksz=4096"},
    /* clang-format on */
};

Test(fit, API_what_is_wanted_is_fitted_to_what_the_driver_says)
{
	for (size_t i = 0; i < RTE_DIM(fits); i++) {
		struct lwkt_ethdev_setup es;
		char why[200] = "?";
		int rc;

		memset(&es, 0, sizeof(es));
		rc = lwkt_ethdev_fit(
		    &fits[i].limits, &fits[i].params, fits[i].room, &es, why, sizeof(why));
		cr_expect_eq(rc, fits[i].rc, "%zu: %d, %s", i, rc, why);
		cr_expect_str_eq(why, fits[i].why, "%zu: %s", i, why);
		cr_expect_eq(es.es_rxd, fits[i].setup.es_rxd, "%zu: %u", i, es.es_rxd);
		cr_expect_eq(es.es_txd, fits[i].setup.es_txd, "%zu: %u", i, es.es_txd);
		cr_expect_eq(es.es_mtu, fits[i].setup.es_mtu, "%zu: %u", i, es.es_mtu);
		cr_expect_eq(es.es_frame, fits[i].setup.es_frame, "%zu: %u", i, es.es_frame);
		cr_expect_eq(es.es_segs, fits[i].setup.es_segs, "%zu: %u", i, es.es_segs);
		cr_expect_eq(es.es_rx_offloads, fits[i].setup.es_rx_offloads, "%zu", i);
		cr_expect_eq(es.es_tx_offloads, fits[i].setup.es_tx_offloads, "%zu", i);
	}
}

Test(fit, API_the_data_room_holds_a_frame_in_whole_kib)
{
	const struct lwkt_ethdev_limits all = ALL, nothing = NOTHING;

	cr_expect_eq(lwkt_ethdev_data_room(&all, 1500), 2048 + RTE_PKTMBUF_HEADROOM);
	cr_expect_eq(lwkt_ethdev_data_room(&all, 2022), 2048 + RTE_PKTMBUF_HEADROOM);
	cr_expect_eq(lwkt_ethdev_data_room(&all, 2023), 3072 + RTE_PKTMBUF_HEADROOM);
	cr_expect_eq(lwkt_ethdev_data_room(&nothing, 9000), 9216 + RTE_PKTMBUF_HEADROOM);
}
