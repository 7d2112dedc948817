/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Captures: packets that pass a stage or an ethdev, as pcapng, to a client of the control socket.
 *
 *      stage ─ tap ─ filter ─ copy ─▶ port ─▶ a thread ─ librte_pcapng ─▶ the client's connection
 *      its CPU                                which may wait
 *
 * The CPU copies what matches and goes on. Copies come from a pool of CAPTURE_PACKETS; while the
 * thread waits for a client that reads slowly the pool runs empty, and what has no copy is counted.
 *
 *   capture.c        one capture: its begin, its thread, its end
 *   capture_copy.c   a packet as a block of the file, with its comment; filters
 */
#ifndef L2FWD_CAPTURE_H
#define L2FWD_CAPTURE_H

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <lwkt_tap.h>

#include "rpc.h"

#define CAPTURE_PACKETS 2047 /* copies that wait to be written */
#define CAPTURE_POOL    "lwkt_capture"

struct rte_bpf;
struct l2fwd;
struct control_client;

/* capture_copy.c */

/**
 * Compile a filter of pcap-filter(7), for Ethernet.
 *
 * @param why  on failure what is wrong with it; at most bytes.
 * @return for rte_bpf_destroy(); NULL.
 */
struct rte_bpf *capture_filter(const char *text, char *why, size_t bytes);
/**
 * Which packets does a filter want?
 *
 * @param bpf   NULL: all.
 * @param want  n; not 0: this one.
 */
void capture_match(
    const struct rte_bpf *bpf, struct rte_mbuf *const *pkts, unsigned int n, uint64_t *want);
/** For copies: each has room for a message. @return NULL: no memory, rte_errno says so. */
struct rte_mempool *capture_pool(void);
/**
 * A packet as a block of a pcapng file: its bytes, direction, queue and hash, and in a comment
 * where it was seen.
 *
 * @param ethdev  the file's interface.
 * @param out     false: it came in.
 * @return NULL: the pool is empty.
 */
struct rte_mbuf *capture_copy(const struct lwkt_tap_view *view, unsigned int i, uint16_t ethdev,
    bool out, struct rte_mempool *pool);

/* capture.c; the main lcore's */

/** DPDK's own way, dpdk-dumpcap, where processes share memory; and its end. */
void capture_open(struct l2fwd *fw);
/** Ends what is under way, too. The pipeline is there still. */
void capture_close(void);
/** In each round: has it come to its end? */
void capture_look(void);

/** The methods. The context is a struct control_client. */
json_t *capture_ask(struct rpc_call *call, const json_t *params);
json_t *captured_ask(struct rpc_call *call, const json_t *params);

#endif /* L2FWD_CAPTURE_H */
