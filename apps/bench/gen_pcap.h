/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packets of a capture file, as frames of pktgen: each with a tag behind it (gen_frame.h),
 * where no checksum and no length of the packet counts it.
 *
 *      packet of the file, padded to 46 bytes and an even length    tag (14)
 *
 * Packets of one flow, by addresses and ports in either direction, are one stream and are numbered
 * together, so that what comes out of order in its flow is noticed.
 */
#ifndef BENCH_GEN_PCAP_H
#define BENCH_GEN_PCAP_H

#include <stdint.h>

#include "gen_frame.h"

#define PCAP_PACKETS_MAX 65536

struct pcap_packets {
	struct frame_head *pp_head; /* [pp_n], as of the first direction */
	uint8_t **pp_bytes;         /* [pp_n], whole frames */
	unsigned int pp_n, pp_streams;
};

/*
 * Read a file of Ethernet packets, at most PCAP_PACKETS_MAX. EAL is not needed.
 *
 * @return 0; -1 after one line on stderr that names file, packet and remedy.
 */
int pcap_load(const char *file, struct pcap_packets *pp);
void pcap_free(struct pcap_packets *pp);

#endif /* BENCH_GEN_PCAP_H */
