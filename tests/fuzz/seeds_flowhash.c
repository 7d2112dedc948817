/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeds_flowhash DIR: writes the seeds of fuzz_flowhash, a file for each sample frame, one piece
 * with the tunnels' inner headers, and one in pieces with a key that is not symmetric.
 */
#include <stdio.h>

#include <lwkt_frame.h>

static int
write_seed(
    const char *dir, unsigned int number, const struct lwkt_frame *fr, const unsigned char head[4])
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/seed-%02u", dir, number);
	f = fopen(path, "w");
	if (f == NULL) {
		perror(path);
		return 1;
	}
	fwrite(head, 4, 1, f);
	fwrite(fr->fr_data, fr->fr_bytes, 1, f);
	return fclose(f) != 0;
}

int
main(int argc, char **argv)
{
	static const unsigned char heads[2][4] = {{1, 255, 255, 255}, {2, 15, 21, 3}};
	struct lwkt_frame fr;
	int rc = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds_flowhash DIR\n");
		return 2;
	}
	for (unsigned int i = 0; lwkt_frame_samples[i] != NULL; i++) {
		lwkt_frame_make(&fr, lwkt_frame_samples[i], i);
		rc |= write_seed(argv[1], i, &fr, heads[i % 2]);
	}
	return rc;
}
