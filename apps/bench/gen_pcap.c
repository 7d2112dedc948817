/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include <rte_common.h>

#include "gen_stream.h"
#include "gen_pcap.h"
#include "output.h"

#define PACKET_MIN (RTE_ETHER_MIN_LEN - FRAME_FCS - FRAME_TAG)
#define PACKET_MAX 16000u

struct packet_flow {
	struct flow_id pf_id;
	unsigned int pf_packet;
};

static int
pcap_refuse(const char *file, unsigned int packet, const char *what)
{
	if (packet > 0)
		output_error("lwkt-bench pktgen: %s: packet %u: %s\n", file, packet, what);
	else
		output_error("lwkt-bench pktgen: %s: %s\n", file, what);
	return -1;
}

static int
pcap_add(struct pcap_packets *pp, const struct pcap_pkthdr *header, const uint8_t *data)
{
	unsigned int padded = (RTE_MAX(header->caplen, PACKET_MIN) + 1) & ~1u;
	struct frame_head *head = &pp->pp_head[pp->pp_n];
	/* A head is copied whole: there have to be so many bytes. */
	uint8_t *bytes = calloc(1, RTE_MAX(padded + FRAME_TAG, FRAME_COPY));

	if (bytes == NULL)
		return -1;
	memcpy(bytes, data, header->caplen);
	pp->pp_bytes[pp->pp_n] = bytes;
	memcpy(head->fh_bytes, bytes, FRAME_COPY);
	head->fh_more = bytes + FRAME_COPY;
	head->fh_len = (uint16_t)(padded + FRAME_TAG);
	head->fh_tag = (uint16_t)padded;
	head->fh_flow = pp->pp_n++;
	return 0;
}

static int
read_packets(const char *file, pcap_t *pcap, struct pcap_packets *pp)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int rc;

	if (pcap_datalink(pcap) != DLT_EN10MB)
		return pcap_refuse(file, 0,
		    "its packets are not Ethernet frames; give a capture of an Ethernet link");
	while ((rc = pcap_next_ex(pcap, &header, &data)) == 1) {
		if (pp->pp_n == PCAP_PACKETS_MAX)
			return pcap_refuse(file, pp->pp_n + 1,
			    "these are too many; cut the file to 65536 packets");
		if (header->caplen < header->len)
			return pcap_refuse(file, pp->pp_n + 1,
			    "only a part was captured; capture whole packets (tcpdump -s 0)");
		if (header->caplen < RTE_ETHER_HDR_LEN || header->caplen > PACKET_MAX)
			return pcap_refuse(file, pp->pp_n + 1,
			    "it has less than 14 or more than 16000 bytes; leave it out");
		if (pcap_add(pp, header, data) < 0)
			return pcap_refuse(file, pp->pp_n + 1, "no memory; give a smaller file");
	}
	if (rc == PCAP_ERROR)
		return pcap_refuse(file, pp->pp_n + 1, pcap_geterr(pcap));
	return pp->pp_n > 0 ? 0
	                    : pcap_refuse(file, 0, "there is no packet in it; give another file");
}

static int
by_flow(const void *a, const void *b)
{
	const struct packet_flow *x = a, *y = b;

	return flow_compare(&x->pf_id, &y->pf_id);
}

/* What is not IP is a stream with its like. */
static int
number_streams(struct pcap_packets *pp)
{
	struct packet_flow *flows = calloc(pp->pp_n, sizeof(*flows));

	if (flows == NULL)
		return -1;
	for (unsigned int i = 0; i < pp->pp_n; i++) {
		flow_read(pp->pp_bytes[i], pp->pp_head[i].fh_tag, &flows[i].pf_id);
		flows[i].pf_packet = i;
	}
	qsort(flows, pp->pp_n, sizeof(*flows), by_flow);
	for (unsigned int i = 0; i < pp->pp_n; i++) {
		if (i > 0 && by_flow(&flows[i], &flows[i - 1]) != 0)
			pp->pp_streams++;
		pp->pp_head[flows[i].pf_packet].fh_stream = pp->pp_streams;
	}
	pp->pp_streams++;
	free(flows);
	return 0;
}

int
pcap_load(const char *file, struct pcap_packets *pp)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *f = fopen(file, "rb");
	pcap_t *pcap = f != NULL ? pcap_fopen_offline(f, error) : NULL;
	int rc;

	*pp = (struct pcap_packets){0};
	if (f == NULL)
		return pcap_refuse(file, 0, strerror(errno));
	if (pcap == NULL) {
		fclose(f);
		output_error("lwkt-bench pktgen: %s: %s; give a file that tcpdump -w has written\n",
		    file, error);
		return -1;
	}
	pp->pp_head = calloc(PCAP_PACKETS_MAX, sizeof(*pp->pp_head));
	pp->pp_bytes = calloc(PCAP_PACKETS_MAX, sizeof(*pp->pp_bytes));
	if (pp->pp_head == NULL || pp->pp_bytes == NULL)
		rc = pcap_refuse(file, 0, "no memory; give a smaller file");
	else
		rc = read_packets(file, pcap, pp);
	if (rc == 0 && number_streams(pp) < 0)
		rc = pcap_refuse(file, 0, "no memory for its flows; give a smaller file");
	pcap_close(pcap);
	return rc;
}

void
pcap_free(struct pcap_packets *pp)
{
	for (unsigned int i = 0; i < pp->pp_n; i++)
		free(pp->pp_bytes[i]);
	free(pp->pp_bytes);
	free(pp->pp_head);
	*pp = (struct pcap_packets){0};
}
