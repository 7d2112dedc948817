/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "wire_end.h"

static const unsigned int sizes[WIRE_SIZES] = {64, 128, 594, 1518};

static int
complain(const struct wire_end *end, const char *what)
{
	fprintf(stderr, "nic-wire: end %u: %s: %s\n", end->we_id, what, strerror(errno));
	return -1;
}

static int
set_path(const struct wire_end *end, struct sockaddr_un *to, const char *path)
{
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(to->sun_path)) {
		errno = ENAMETOOLONG;
		return complain(end, path);
	}
	strcpy(to->sun_path, path);
	return 0;
}

static void
make_heads(struct wire_end *end)
{
	end->we_spec = (struct frame_spec){
	    .fs_flows = end->we_flows,
	    .fs_field =
	        {
	            [FRAME_SRC_IP] = {.fr_n = end->we_flows},
	            [FRAME_SRC_MAC] = {{[10] = 0x02, [14] = 1, (uint8_t)end->we_id}, 1},
	        },
	    /* Directions and series do not share flows, so none is taken for the other. */
	    .fs_first_flow = (end->we_series * WIRE_ENDS + end->we_id) * WIRE_FLOWS_MAX,
	};
	memcpy(
	    &end->we_spec.fs_field[FRAME_DST_MAC].fr_first[10], &end->we_mac, sizeof(end->we_mac));
	for (uint32_t flow = 0; flow < end->we_flows; flow++)
		for (unsigned int i = 0; i < WIRE_SIZES; i++)
			frame_head(&end->we_spec, flow, sizes[i], &end->we_head[flow][i]);
}

static int
open_unix(struct wire_end *end)
{
	struct sockaddr_un here, there;

	end->we_sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (end->we_sock < 0)
		return complain(end, "socket");
	if (set_path(end, &here, end->we_local) < 0 || set_path(end, &there, end->we_remote) < 0)
		return -1;
	end->we_to.un = there;
	end->we_to_bytes = sizeof(there);
	if (bind(end->we_sock, (const struct sockaddr *)&here, sizeof(here)) < 0)
		return complain(end, end->we_local);
	return 0;
}

/* What the kernel itself sends there is not for us to hear; nor are our own frames. */
static int
open_tap(struct wire_end *end)
{
	const int on = 1;
	struct sockaddr_ll there = {.sll_family = AF_PACKET,
	    .sll_protocol = htons(ETH_P_ALL),
	    .sll_ifindex = (int)if_nametoindex(end->we_remote)};

	end->we_sock = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (end->we_sock < 0 || there.sll_ifindex == 0)
		return complain(end, end->we_remote);
	end->we_to.ll = there;
	end->we_to_bytes = sizeof(there);
	if (setsockopt(end->we_sock, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    bind(end->we_sock, &end->we_to.any, sizeof(there)) < 0)
		return complain(end, end->we_remote);
	return 0;
}

int
wire_end_open(struct wire_end *end)
{
	const int bytes = 8 << 20;
	int ret;

	make_heads(end);
	end->we_tap = strcmp(end->we_local, "tap") == 0;
	ret = end->we_tap ? open_tap(end) : open_unix(end);
	if (ret < 0)
		return ret;
	if (setsockopt(end->we_sock, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) < 0 ||
	    setsockopt(end->we_sock, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0)
		return complain(end, "buffers");
	return 0;
}

void
wire_end_close(struct wire_end *end)
{
	close(end->we_sock);
	if (!end->we_tap)
		unlink(end->we_local);
}

int
wire_end_put(struct wire_end *end, const uint8_t *frame, size_t len)
{
	if (sendto(end->we_sock, frame, len, 0, &end->we_to.any, end->we_to_bytes) >= 0)
		return 1;
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return 0;
	return complain(end, end->we_remote);
}

int
wire_end_send(struct wire_end *end)
{
	const uint32_t flow = (uint32_t)(end->we_sent % end->we_flows);
	const uint32_t sequence = (uint32_t)(end->we_sent / end->we_flows);
	const struct frame_head *head = &end->we_head[flow][sequence % WIRE_SIZES];
	uint8_t frame[WIRE_BYTES];
	int ret;

	frame_write(head, sequence, 0, frame);
	ret = wire_end_put(end, frame, head->fh_len);
	end->we_sent += ret > 0;
	return ret;
}

static void
fault(struct wire_end *end, uint64_t *count, const char *what, const struct frame_info *info,
    const uint8_t *frame)
{
	char dst[RTE_ETHER_ADDR_FMT_SIZE], src[RTE_ETHER_ADDR_FMT_SIZE];

	(*count)++;
	if (end->we_first[0] != '\0')
		return;
	rte_ether_format_addr(dst, sizeof(dst), (const struct rte_ether_addr *)frame);
	rte_ether_format_addr(src, sizeof(src), (const struct rte_ether_addr *)(frame + 6));
	snprintf(end->we_first, sizeof(end->we_first), "%s: flow %u, number %u, to %s, from %s",
	    what, info->fi_flow, info->fi_sequence, dst, src);
}

/* @return  true: all bytes behind the MAC addresses are those of the frame with that number. */
static bool
same(const struct wire_end *from, const struct frame_info *info, const uint8_t *frame, size_t len)
{
	const struct frame_head *head =
	    &from->we_head[info->fi_flow][info->fi_sequence % WIRE_SIZES];
	const size_t macs = 2 * sizeof(struct rte_ether_addr);
	uint8_t sent[WIRE_BYTES];

	frame_write(head, info->fi_sequence, 0, sent);
	return len == head->fh_len && memcmp(frame + macs, sent + macs, len - macs) == 0;
}

static void
take(struct wire_end *end, const struct wire_end *from, const uint8_t *frame, size_t len)
{
	/* What l2fwd writes: see lwkt-l2fwd(8). */
	const struct rte_ether_addr dst = {{0x02, 0, 0, 0, 0, (uint8_t)end->we_id}};
	struct frame_info info = {0};
	enum frame_verdict verdict = FRAME_FOREIGN;

	if (len >= 60)
		verdict = frame_read(&from->we_spec, frame, (unsigned int)len, &info);
	if (verdict == FRAME_FOREIGN) {
		fault(end, &end->we_foreign, "foreign frame", &info, frame);
		return;
	}
	if (verdict == FRAME_CORRUPT || !same(from, &info, frame, len)) {
		fault(end, &end->we_corrupt, "changed on the way", &info, frame);
		return;
	}
	if (memcmp(frame, &dst, sizeof(dst)) != 0 ||
	    memcmp(frame + sizeof(dst), &end->we_mac, sizeof(end->we_mac)) != 0)
		fault(end, &end->we_wrong_mac, "wrong MAC address", &info, frame);
	track_frame(&end->we_track[info.fi_flow], info.fi_sequence, &end->we_came);
}

int
wire_end_get(struct wire_end *end, uint8_t *frame)
{
	ssize_t len = recv(end->we_sock, frame, WIRE_BYTES, 0);

	if (len >= 0)
		return (int)len;
	return errno == EAGAIN || errno == EINTR ? 0 : complain(end, "receive");
}

int
wire_end_receive(struct wire_end *end, const struct wire_end *from)
{
	uint8_t frame[WIRE_BYTES] = {0};
	int len, n = 0;

	while ((len = wire_end_get(end, frame)) > 0) {
		take(end, from, frame, (size_t)len);
		n++;
	}
	return len < 0 ? len : n;
}

bool
wire_end_taken(const struct wire_end *end)
{
	int bytes = 0;

	return ioctl(end->we_sock, SIOCOUTQ, &bytes) == 0 && bytes == 0;
}

bool
wire_end_faulty(const struct wire_end *end)
{
	return end->we_came.tc_reordered + end->we_came.tc_duplicates + end->we_came.tc_too_old +
	           end->we_wrong_mac + end->we_corrupt + end->we_foreign >
	       0;
}
