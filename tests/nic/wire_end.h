/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An end of a wire to a NIC of a virtual machine: a unix socket of which each datagram is a frame,
 * or a tap interface, for a NIC with several queues; qemu has the other side of it.
 *
 *      nic-wire               qemu -netdev dgram        guest
 *      end 0  ◀── socket ──▶  netdev n0  ◀──▶  NIC 0 ─▶ lwkt-l2fwd ─▶ NIC 1
 *      end 1  ◀── socket ──▶  netdev n1  ◀──▶  NIC 1 ─▶ lwkt-l2fwd ─▶ NIC 0
 *
 * What is sent at one end, numbered, has to come at the other: each frame once, in the order of its
 * flow, with the MAC addresses that l2fwd writes and all other bytes as they were.
 */
#ifndef TESTS_NIC_WIRE_END_H
#define TESTS_NIC_WIRE_END_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gen_frame.h"
#include "gen_stream.h"

#define WIRE_ENDS      2u
#define WIRE_FLOWS_MAX 64u
#define WIRE_SIZES     4u    /* 64, 128, 594 and 1518 bytes, in turn */
#define WIRE_BYTES     2048u /* more than any frame has */

/* Filled by the caller before wire_end_open(); the rest is wire_end.c's. */
struct wire_end {
	unsigned int we_id;           /* 0 or 1: this end, and the ethdev that its NIC is */
	const char *we_local;         /* path of the socket that is made here; or "tap" */
	const char *we_remote;        /* path of the one that qemu makes; or the interface */
	struct rte_ether_addr we_mac; /* the NIC's */
	uint32_t we_flows;            /* 1..WIRE_FLOWS_MAX */
	uint32_t we_series;           /* those of another count as changed; below 1000 */

	struct frame_spec we_spec; /* of the frames sent here */
	struct frame_head we_head[WIRE_FLOWS_MAX][WIRE_SIZES];
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_ll ll;
	} we_to;
	socklen_t we_to_bytes;
	bool we_tap;
	int we_sock;
	uint64_t we_sent;

	struct track we_track[WIRE_FLOWS_MAX]; /* of the frames that come here */
	struct track_counts we_came;
	uint64_t we_wrong_mac, we_corrupt, we_foreign;
	char we_first[160]; /* the first frame with a fault, in words; "" if there is none */
};

/* Make the socket and the templates of the frames. @return 0, or -1: said on stderr. */
int wire_end_open(struct wire_end *end);

/* Close the socket and remove it from the file system. */
void wire_end_close(struct wire_end *end);

/*
 * Send the next frame. Never blocks.
 *
 * @return  1, it is on its way; 0, qemu has not taken enough of those before, or is not there yet;
 *          -1, an error, said on stderr.
 */
int wire_end_send(struct wire_end *end);

/*
 * Take all frames that have come, which were sent at from. Never blocks.
 *
 * @return  how many; -1, an error, said on stderr.
 */
int wire_end_receive(struct wire_end *end, const struct wire_end *from);

/* Send these bytes, whatever they are. @return  as wire_end_send(). */
int wire_end_put(struct wire_end *end, const uint8_t *frame, size_t len);

/* Take a frame of WIRE_BYTES at most. @return  its bytes; 0, there is none; -1, said on stderr. */
int wire_end_get(struct wire_end *end, uint8_t *frame);

/* @return  true: all that was sent here has left the socket: qemu, or the tap's queue, has it. */
bool wire_end_taken(const struct wire_end *end);

/* Frames that came here, each counted once. */
static inline uint64_t
wire_end_came(const struct wire_end *end)
{
	return end->we_came.tc_in_order + end->we_came.tc_reordered;
}

/* @return  true: a frame that came here was not as it has to be, or not where. */
bool wire_end_faulty(const struct wire_end *end);

#endif /* TESTS_NIC_WIRE_END_H */
