/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "hist.h"

void
hist_reset(struct hist *h)
{
	memset(h, 0, sizeof(*h));
}

void
hist_merge(struct hist *h, const struct hist *from)
{
	if (from->hi_count == 0)
		return;
	if (h->hi_count == 0 || from->hi_min < h->hi_min)
		h->hi_min = from->hi_min;
	if (from->hi_max > h->hi_max)
		h->hi_max = from->hi_max;
	h->hi_count += from->hi_count;
	h->hi_sum_low += from->hi_sum_low;
	h->hi_sum_high += from->hi_sum_high + (h->hi_sum_low < from->hi_sum_low);
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		h->hi_bucket[i] += from->hi_bucket[i];
}

double
hist_mean(const struct hist *h)
{
	if (h->hi_count == 0)
		return 0;
	return ((double)h->hi_sum_high * 0x1p64 + (double)h->hi_sum_low) / (double)h->hi_count;
}

/* The greatest value of a bucket. */
static uint64_t
bucket_top(unsigned int bucket)
{
	unsigned int shift = bucket < HIST_HALF ? 0 : bucket / HIST_HALF - 1;
	uint64_t first = (uint64_t)(bucket - shift * HIST_HALF) << shift;

	return first + ((UINT64_C(1) << shift) - 1);
}

/* ceil(count * ppm / HIST_ALL), in parts, so that nothing overflows; at least the first. */
static uint64_t
nearest_rank(uint64_t count, unsigned int ppm)
{
	uint64_t rank = count / HIST_ALL * ppm + (count % HIST_ALL * ppm + HIST_ALL - 1) / HIST_ALL;

	return rank > 0 ? rank : 1;
}

uint64_t
hist_percentile(const struct hist *h, unsigned int ppm)
{
	uint64_t rank = nearest_rank(h->hi_count, ppm), seen = 0;
	unsigned int bucket = 0;

	if (h->hi_count == 0)
		return 0;
	if (rank == 1)
		return h->hi_min;
	while ((seen += h->hi_bucket[bucket]) < rank)
		bucket++;
	return bucket_top(bucket) < h->hi_max ? bucket_top(bucket) : h->hi_max;
}
