/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one place that knows DPDK versions (22.11 to 25.11). Code elsewhere uses the names below
 * and has no #if on RTE_VERSION.
 */
#ifndef LWKT_COMPAT_H
#define LWKT_COMPAT_H

#include <rte_version.h>

#if RTE_VERSION < RTE_VERSION_NUM(22, 11, 0, 0)
#error "lwkt needs DPDK 22.11 or newer"
#endif

/** The DPDK release that this is compiled with, as a number: 2211 is 22.11. */
#define LWKT_DPDK_RELEASE (RTE_VER_YEAR * 100u + RTE_VER_MONTH)

/**
 * Send for a cache line that is going to be written. The compiler's builtin asks for reading only,
 * if the machine it compiles for (DPDK's -march) is older than the instruction; where that is so,
 * processors take it for a no-op.
 *
 * @param p  any address; none faults.
 * Context: any thread, does not block. Ordering: none, it is a hint.
 * Source: ours, for DPDK's rte_prefetch0_write(), which is that builtin.
 */
static inline void
lwkt_prefetch_write(const void *p)
{
#if defined(__x86_64__)
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

/**
 * How long an RSS key has to be.
 *
 * @param hash_key_size  what the ethdev's info says.
 * @return bytes. 0: the driver takes no key. One that does not say, takes 40 bytes up to DPDK 23.07
 *         (rte_eth_rss_conf's comment there), and since then none, as ethdev checks the length.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
static inline unsigned int
lwkt_rss_key_bytes(unsigned int hash_key_size)
{
#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
	return hash_key_size != 0 ? hash_key_size : 40;
#else
	return hash_key_size;
#endif
}

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
/**
 * Does a driver report an RSS function? A macro, as lib/lwkt knows nothing of ethdevs.
 *
 * @param info      struct rte_eth_dev_info of it.
 * @param function  the end of RTE_ETH_HASH_FUNCTION_...
 * @return true if so; up to DPDK 23.07, where a driver cannot say so, always false.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
#define LWKT_RSS_HAS(info, function) \
	(((info)->rss_algo_capa & RTE_ETH_HASH_ALGO_CAPA_MASK(function)) != 0)
/**
 * Take an RSS function that LWKT_RSS_HAS().
 *
 * @param conf      struct rte_eth_rss_conf to write it into.
 * @param function  as there.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
#define LWKT_RSS_TAKE(conf, function) ((conf)->algorithm = RTE_ETH_HASH_FUNCTION_##function)
#else
/**
 * Does a driver report an RSS function? A macro, as lib/lwkt knows nothing of ethdevs.
 *
 * @param info      struct rte_eth_dev_info of it.
 * @param function  the end of RTE_ETH_HASH_FUNCTION_...
 * @return true if so; up to DPDK 23.07, where a driver cannot say so, always false.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
#define LWKT_RSS_HAS(info, function)  ((void)(info), false)
/**
 * Take an RSS function that LWKT_RSS_HAS().
 *
 * @param conf      struct rte_eth_rss_conf to write it into.
 * @param function  as there.
 * Context: any thread, does not block. Ordering: none. Source: ours.
 */
#define LWKT_RSS_TAKE(conf, function) ((void)(conf))
#endif

#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define lwkt_tel_add_uint rte_tel_data_add_dict_uint
#else
/** Add a number to a telemetry reply: rte_tel_data_add_dict_uint() by its name in every DPDK. */
#define lwkt_tel_add_uint rte_tel_data_add_dict_u64
#endif

#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
#define LWKT_PCAPNG_LINK DLT_EN10MB, /* an argument more */
#else
#define LWKT_PCAPNG_LINK
#endif

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
/**
 * rte_pcapng_copy(), without a comment: up to DPDK 22.11 it takes none. A macro, as what follows,
 * since lib/lwkt knows nothing of librte_pcapng.
 *
 * @param ethdev     as there, the interface.
 * @param queue      as there.
 * @param m          as there.
 * @param mp         as there.
 * @param bytes      as there.
 * @param direction  as there.
 * @return as there.
 * Context: any EAL thread, does not block. Ordering: none. Source: ours.
 */
#define lwkt_pcapng_copy(ethdev, queue, m, mp, bytes, direction) \
	rte_pcapng_copy(ethdev, queue, m, mp, bytes, direction, NULL)
/**
 * rte_pcapng_write_stats(), the numbers alone.
 *
 * @param file      as there.
 * @param ethdev    as there, the interface.
 * @param received  packets.
 * @param lost      of these.
 * Context: any thread, writes the file. Ordering: none. Source: ours.
 */
#define lwkt_pcapng_stats(file, ethdev, received, lost) \
	rte_pcapng_write_stats(file, ethdev, received, lost, NULL)
/**
 * Name an ethdev in a pcapng file, before its first packet.
 *
 * @param file    as rte_pcapng_add_interface(); up to DPDK 22.11 all ethdevs are in it by themselves.
 * @param ethdev  the interface.
 * Context: any thread, writes the file. Ordering: none. Source: ours.
 */
#define lwkt_pcapng_interface(file, ethdev) \
	rte_pcapng_add_interface(file, ethdev, LWKT_PCAPNG_LINK NULL, NULL, NULL)
#else
/**
 * rte_pcapng_copy(), without a comment: up to DPDK 22.11 it takes none. A macro, as what follows,
 * since lib/lwkt knows nothing of librte_pcapng.
 *
 * @param ethdev     as there, the interface.
 * @param queue      as there.
 * @param m          as there.
 * @param mp         as there.
 * @param bytes      as there.
 * @param direction  as there.
 * @return as there.
 * Context: any EAL thread, does not block. Ordering: none. Source: ours.
 */
#define lwkt_pcapng_copy(ethdev, queue, m, mp, bytes, direction) \
	rte_pcapng_copy(ethdev, queue, m, mp, bytes, rte_get_tsc_cycles(), direction)
/**
 * rte_pcapng_write_stats(), the numbers alone.
 *
 * @param file      as there.
 * @param ethdev    as there, the interface.
 * @param received  packets.
 * @param lost      of these.
 * Context: any thread, writes the file. Ordering: none. Source: ours.
 */
#define lwkt_pcapng_stats(file, ethdev, received, lost) \
	rte_pcapng_write_stats(file, ethdev, NULL, 0, 0, received, lost)
/**
 * Name an ethdev in a pcapng file, before its first packet.
 *
 * @param file    as rte_pcapng_add_interface(); up to DPDK 22.11 all ethdevs are in it by themselves.
 * @param ethdev  the interface.
 * Context: any thread, writes the file. Ordering: none. Source: ours.
 */
#define lwkt_pcapng_interface(file, ethdev) ((void)(file), (void)(ethdev))
#endif

#endif /* LWKT_COMPAT_H */
