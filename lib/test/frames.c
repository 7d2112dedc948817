/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of frames, and pcap files of them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "test_pvt.h"

struct one {
	unsigned int on_bytes;
	uint8_t *on_data;
};

struct lwkt_frames {
	struct one *fs_one; /* [fs_room] */
	unsigned int fs_n, fs_room;
	unsigned int fs_cleared; /* times */
};

struct lwkt_frames *
lwkt_frames_create(void)
{
	return calloc(1, sizeof(struct lwkt_frames));
}

void
lwkt_frames_clear(struct lwkt_frames *fs)
{
	for (unsigned int i = 0; i < fs->fs_n; i++)
		free(fs->fs_one[i].on_data);
	fs->fs_n = 0;
	fs->fs_cleared++;
}

void
lwkt_frames_destroy(struct lwkt_frames *fs)
{
	if (fs == NULL)
		return;
	lwkt_frames_clear(fs);
	free(fs->fs_one);
	free(fs);
}

uint8_t *
frames_append(struct lwkt_frames *fs, unsigned int bytes)
{
	struct one *more;

	if (fs->fs_n == fs->fs_room) {
		unsigned int room = fs->fs_room > 0 ? 2 * fs->fs_room : 64;

		more = realloc(fs->fs_one, room * sizeof(*more));
		if (more == NULL)
			return NULL;
		fs->fs_one = more;
		fs->fs_room = room;
	}
	more = &fs->fs_one[fs->fs_n];
	more->on_bytes = bytes;
	more->on_data = malloc(bytes);
	if (more->on_data != NULL)
		fs->fs_n++;
	return more->on_data;
}

int
lwkt_frames_add(struct lwkt_frames *fs, const void *data, unsigned int bytes)
{
	uint8_t *copy;

	if (bytes == 0 || bytes > UINT16_MAX)
		return -EINVAL;
	copy = frames_append(fs, bytes);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, data, bytes);
	return 0;
}

unsigned int
lwkt_frames_count(const struct lwkt_frames *fs)
{
	return fs->fs_n;
}

unsigned int
frames_cleared(const struct lwkt_frames *fs)
{
	return fs->fs_cleared;
}

const uint8_t *
lwkt_frames_get(const struct lwkt_frames *fs, unsigned int i, unsigned int *bytes)
{
	if (i >= fs->fs_n)
		return NULL;
	if (bytes != NULL)
		*bytes = fs->fs_one[i].on_bytes;
	return fs->fs_one[i].on_data;
}

/* pcap */

#define PCAP_US       0xa1b2c3d4
#define PCAP_NS       0xa1b23c4d
#define PCAP_ETHERNET 1

struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, digits, most, link;
};

struct pcap_frame {
	uint32_t s, us, bytes, was;
};

/* Frames until the end of the file. @return how many, or -EBADMSG. */
static int
frames_read_all(struct lwkt_frames *fs, FILE *in, bool swapped)
{
	uint8_t data[UINT16_MAX];
	struct pcap_frame head;
	size_t got;
	int n = 0, rc;

	while ((got = fread(&head, 1, sizeof(head), in)) == sizeof(head)) {
		uint32_t bytes = swapped ? rte_bswap32(head.bytes) : head.bytes;

		if (bytes == 0 || bytes > sizeof(data) || fread(data, bytes, 1, in) != 1)
			return -EBADMSG;
		rc = lwkt_frames_add(fs, data, bytes);
		if (rc < 0)
			return rc;
		n++;
	}
	return got == 0 ? n : -EBADMSG;
}

int
lwkt_frames_read(struct lwkt_frames *fs, const char *path)
{
	FILE *in = fopen(path, "rb");
	struct pcap_file head;
	int rc = -EBADMSG;
	bool swapped;

	if (in == NULL)
		return -errno;
	if (fread(&head, sizeof(head), 1, in) == 1) {
		swapped = head.magic == rte_bswap32(PCAP_US) || head.magic == rte_bswap32(PCAP_NS);
		if ((swapped || head.magic == PCAP_US || head.magic == PCAP_NS) &&
		    (swapped ? rte_bswap32(head.link) : head.link) == PCAP_ETHERNET)
			rc = frames_read_all(fs, in, swapped);
	}
	fclose(in);
	return rc;
}

int
lwkt_frames_write(const struct lwkt_frames *fs, const char *path)
{
	const struct pcap_file head = {PCAP_US, 2, 4, 0, 0, UINT16_MAX, PCAP_ETHERNET};
	FILE *out = fopen(path, "wb");
	bool ok;

	if (out == NULL)
		return -errno;
	ok = fwrite(&head, sizeof(head), 1, out) == 1;
	for (unsigned int i = 0; i < fs->fs_n && ok; i++) {
		const struct one *on = &fs->fs_one[i];
		const struct pcap_frame frame = {
		    i / 1000000, i % 1000000, on->on_bytes, on->on_bytes};

		ok = fwrite(&frame, sizeof(frame), 1, out) == 1 &&
		     fwrite(on->on_data, on->on_bytes, 1, out) == 1;
	}
	return fclose(out) == 0 && ok ? 0 : -EIO;
}
