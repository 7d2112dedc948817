/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "gen_rate.h"
#include "options.h"

int
rate_parse(const char *text, struct rate_spec *spec)
{
	static const struct lwkt_unit units[] = {{"pps", 1}, {"kpps", 1000}, {"Mpps", 1000000},
	    {"Gpps", 1000000000}, {"%", 1}, {"bit", 1}, {"kbit", 1000}, {"Mbit", 1000000},
	    {"Gbit", 1000000000}, {"bps", 1}, {"kbps", 1000}, {"Mbps", 1000000},
	    {"Gbps", 1000000000}};
	const int percent = 4; /* before it frames, behind it bits */
	double value;
	int unit;

	if (strcmp(text, "max") == 0) {
		*spec = (struct rate_spec){RATE_MAX, 0};
		return 0;
	}
	unit = opt_number(text, units, sizeof(units) / sizeof(units[0]), &value);
	if (unit < 0 || value <= 0 || (unit == percent && value > 100))
		return -EINVAL;
	spec->rs_unit = unit < percent ? RATE_PPS : unit == percent ? RATE_PERCENT : RATE_BITS;
	spec->rs_value = value * (double)units[unit].un_factor;
	return 0;
}

/* A number with one of n units, whose factors count steps of so much, from 0 to most. */
static int
parse_scaled(const char *text, const struct lwkt_unit *units, unsigned int n, double step,
    double most, double *value)
{
	double number;
	int unit = opt_number(text, units, n, &number);

	if (unit < 0 || number * (double)units[unit].un_factor * step > most)
		return -EINVAL;
	*value = number * (double)units[unit].un_factor * step;
	return 0;
}

int
share_parse(const char *text, double *share)
{
	static const struct lwkt_unit units[] = {{"", 1}, {"ppm", 1}, {"%", 10000}};

	return parse_scaled(text, units, 3, 1e-6, 1, share);
}

int
time_parse(const char *text, double *us)
{
	static const struct lwkt_unit units[] = {
	    {"", 1000}, {"us", 1000}, {"ns", 1}, {"ms", 1000000}, {"s", 1000000000}};

	return parse_scaled(text, units, 5, 1e-3, 3600e6, us);
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
