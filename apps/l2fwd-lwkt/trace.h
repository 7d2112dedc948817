/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Traces: the way of single packets through the pipeline.
 *
 *      stage ─ filter ─▶ marked ── each stage has a tap that sees marks ──▶ events ──▶ who asks
 *      chosen here       flag and number in the mbuf                        in order
 *
 * The mark is a dynamic flag and field of the mbuf, so it goes with the packet over CPUs, in
 * vectors, through moves, and to its copies. Without a trace there are no taps and nothing is
 * looked at; while there is one, each CPU reads the flags of each packet at each stage.
 *
 * What is seen: packets that come to a stage, leave it, are dropped or consumed. What becomes part
 * of another packet, or is held, is not seen again: the last event says where that was.
 *
 *   trace.c          one trace: its begin, its taps, its end
 *   trace_answer.c   events as JSON
 *   trace_headers.c  a frame's headers as JSON
 */
#ifndef L2FWD_TRACE_H
#define L2FWD_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include <lwkt_tap.h>

#include "rpc.h"

#define TRACE_PACKETS 1000  /* at most */
#define TRACE_EVENTS  16384 /* of all packets; what is beyond that is counted */
#define TRACE_HEAD    96    /* bytes of a packet that an event keeps */

struct l2fwd;

/** A marked packet was seen. */
struct trace_event {
	uint64_t tn_cyc; /* TSC */
	const struct lwkt_stage *tn_stage;
	const char *tn_reason; /* of a drop */
	const void *tn_mbuf;   /* tells copies apart */
	uint32_t tn_bytes;     /* of the packet */
	uint32_t tn_hash;
	uint16_t tn_packet; /* 0 .. TRACE_PACKETS - 1, as they were chosen */
	uint8_t tn_point;   /* LWKT_TAP_ */
	uint8_t tn_output;
	uint8_t tn_kept; /* bytes in tn_head */
	bool tn_hashed;
	uint8_t tn_head[TRACE_HEAD];
};

/* trace_headers.c */

/**
 * What can be read of a frame's headers: Ethernet, VLAN tags, IP, and TCP, UDP or ICMP.
 *
 * @param n  bytes that there are; nothing behind them is read.
 * @return an object, empty if it is too short for Ethernet; NULL: no memory.
 */
json_t *trace_headers(const uint8_t *frame, size_t n);

/* trace_answer.c */

/**
 * Events, in their order, as packets.
 *
 * @param packets  how many were chosen.
 * @return an array with an object for each; NULL: no memory.
 */
json_t *trace_answer(const struct trace_event *events, unsigned int n, unsigned int packets);

/* trace.c; the main lcore's */

void trace_open(struct l2fwd *fw);
/** Ends what is under way. The pipeline is there still. */
void trace_close(void);
/** In each round: has it come to its end? */
void trace_look(void);

/** The methods: begin one; what it has seen; end it now. */
json_t *trace_ask(struct rpc_call *call, const json_t *params);
json_t *traced_ask(struct rpc_call *call, const json_t *params);
json_t *trace_end_ask(struct rpc_call *call, const json_t *params);

#endif /* L2FWD_TRACE_H */
