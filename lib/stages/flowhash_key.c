/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a key to tables.
 *
 * Toeplitz is linear: the hash of a tuple is the exclusive or of the hashes of its bytes, each at
 * its place. So a table for each place does; its values are DPDK's rte_softrss_be(). That function
 * itself goes bit by bit, and rte_thash_gfni() is there only in programs compiled for processors
 * that have these instructions.
 */
#include <rte_thash.h>

#include "flowhash_pvt.h"

void
flowhash_tables(struct lwkt_flowhash *fh)
{
	uint32_t orig[FLOWHASH_WORDS + 1], key[FLOWHASH_WORDS + 1];

	memcpy(orig, fh->fh_key, sizeof(orig));
	rte_convert_rss_key(orig, key, sizeof(key));
	for (unsigned int place = 0; place < RTE_DIM(fh->fh_table); place++) {
		for (uint32_t value = 0; value < 256; value++) {
			uint32_t tuple[FLOWHASH_WORDS] = {0};

			tuple[place / 4] = value << (24 - place % 4 * 8);
			fh->fh_table[place][value] =
			    rte_softrss_be(tuple, FLOWHASH_WORDS, (const uint8_t *)key);
		}
	}
	/* Then tables two places apart are the same, and two of them are enough. */
	fh->fh_folds = true;
	for (unsigned int i = 2; i < fh->fh_key_bytes; i++)
		fh->fh_folds &= fh->fh_key[i] == fh->fh_key[i - 2];
}

/* May so many bytes at these places change places? By linearity, looking at single bits will do. */
static bool
interchangeable(const struct lwkt_flowhash *fh, unsigned int a, unsigned int b, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		for (unsigned int bit = 1; bit < 256; bit <<= 1) {
			if (fh->fh_table[a + i][bit] != fh->fh_table[b + i][bit])
				return false;
		}
	}
	return true;
}

bool
flowhash_symmetric(const struct lwkt_flowhash *fh)
{
	return interchangeable(fh, 0, 4, 4) && interchangeable(fh, 8, 10, 2) &&  /* IPv4 */
	       interchangeable(fh, 0, 16, 16) && interchangeable(fh, 32, 34, 2); /* IPv6 */
}
