/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gen_rate.h"

int
rate_parse(const char *text, struct rate_spec *spec)
{
	static const struct {
		const char *suffix;
		enum rate_unit unit;
		double factor;
	} units[] = {
	    {"pps", RATE_PPS, 1},
	    {"kpps", RATE_PPS, 1e3},
	    {"Mpps", RATE_PPS, 1e6},
	    {"bit", RATE_BITS, 1},
	    {"kbit", RATE_BITS, 1e3},
	    {"Mbit", RATE_BITS, 1e6},
	    {"Gbit", RATE_BITS, 1e9},
	    {"%", RATE_PERCENT, 1},
	};
	double value;
	char *end;

	if (strcmp(text, "max") == 0) {
		*spec = (struct rate_spec){RATE_MAX, 0};
		return 0;
	}
	if (*text < '0' || *text > '9')
		return -EINVAL; /* no sign, no blank, no "inf" */
	value = strtod(text, &end);
	for (unsigned int i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].suffix) != 0)
			continue;
		*spec = (struct rate_spec){units[i].unit, value * units[i].factor};
		if (!isfinite(spec->rs_value) || spec->rs_value <= 0 ||
		    (spec->rs_unit == RATE_PERCENT && value > 100))
			return -EINVAL;
		return 0;
	}
	return -EINVAL;
}

double
rate_pps(const struct rate_spec *spec, double mean_size, double link_bits)
{
	const double frame_bits = 8 * (mean_size + RATE_LINE_OVERHEAD);

	switch (spec->rs_unit) {
	case RATE_PPS:
		return spec->rs_value;
	case RATE_BITS:
		return spec->rs_value / frame_bits;
	case RATE_PERCENT:
		return link_bits * spec->rs_value / 100 / frame_bits;
	case RATE_MAX:
		break;
	}
	return 0;
}

void
rate_init(struct rate *ra, double pps, uint64_t hz, unsigned int burst, uint64_t now)
{
	*ra = (struct rate){.ra_per_cycle = pps / (double)hz, .ra_most = burst, .ra_last = now};
}

unsigned int
rate_take(struct rate *ra, unsigned int wanted, uint64_t now)
{
	unsigned int n;

	if (ra->ra_per_cycle == 0)
		return wanted;
	ra->ra_tokens += (double)(now - ra->ra_last) * ra->ra_per_cycle;
	ra->ra_last = now;
	if (ra->ra_tokens > ra->ra_most)
		ra->ra_tokens = ra->ra_most;
	n = ra->ra_tokens < wanted ? (unsigned int)ra->ra_tokens : wanted;
	ra->ra_tokens -= n;
	return n;
}
