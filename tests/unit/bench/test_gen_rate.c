/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rates: what the command line may say, what it means, and the token bucket on a clock of its own.
 */
#include <errno.h>

#include <criterion/criterion.h>

#include "gen_rate.h"
#include "test.h"

#define HZ 2000000000ull

Test(gen_rate, words)
{
	static const struct {
		const char *text;
		enum rate_unit unit;
		double value;
	} good[] = {
	    {"max", RATE_MAX, 0},
	    {"1pps", RATE_PPS, 1},
	    {"14.88Mpps", RATE_PPS, 14.88e6},
	    {"2kpps", RATE_PPS, 2000},
	    {"10Gbit", RATE_BITS, 10e9},
	    {"2.5Mbit", RATE_BITS, 2.5e6},
	    {"64kbit", RATE_BITS, 64e3},
	    {"10mpps", RATE_PPS, 10e6},
	    {"10gbps", RATE_BITS, 10e9},
	    {"0.1%", RATE_PERCENT, 0.1},
	    {"50%", RATE_PERCENT, 50},
	    {"100%", RATE_PERCENT, 100},
	};
	static const char *const bad[] = {"", "fast", "10", "0pps", "-1pps", "+1pps", " 1pps",
	    "1 pps", "1pps ", "infpps", "nanpps", "1e999pps", "101%", "0%", "0x10pps", "1e3pps",
	    "pps", "maximum", "1e-999pps"};
	struct rate_spec spec;

	for (unsigned int i = 0; i < RTE_DIM(good); i++) {
		cr_assert_eq(rate_parse(good[i].text, &spec), 0, "%s", good[i].text);
		cr_expect_eq(spec.rs_unit, good[i].unit, "%s", good[i].text);
		cr_expect_float_eq(
		    spec.rs_value, good[i].value, 1e-6 * good[i].value, "%s", good[i].text);
	}
	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		cr_expect_eq(rate_parse(bad[i], &spec), -EINVAL, "'%s'", bad[i]);
}

Test(gen_rate, frames_per_second)
{
	const struct rate_spec line = {RATE_PERCENT, 100}, half = {RATE_PERCENT, 50};
	const struct rate_spec bits = {RATE_BITS, 10e9}, pps = {RATE_PPS, 5}, max = {RATE_MAX, 0};

	/* 10 Gbit/s of the smallest frames: 14.88 million a second, as everybody knows. */
	cr_expect_float_eq(rate_pps(&line, 64, 10e9), 14880952, 1);
	cr_expect_float_eq(rate_pps(&half, 64, 10e9), 7440476, 1);
	cr_expect_float_eq(rate_pps(&bits, 64, 0), 14880952, 1);
	cr_expect_float_eq(rate_pps(&line, 1518, 10e9), 812744, 1);
	cr_expect_eq(rate_pps(&pps, 64, 10e9), 5);
	cr_expect_eq(rate_pps(&max, 64, 10e9), 0);
}

Test(gen_rate, API_shares_and_times_as_people_write_them)
{
	static const struct {
		const char *text;
		double share, us; /* -1: it is none */
	} table[] = {{"0", 0, 0}, {"1000", 0.001, 1000}, {"1000ppm", 0.001, -1},
	    {"0.1%", 0.001, -1}, {"100%", 1, -1}, {"101%", -1, -1}, {"2000000", -1, 2000000},
	    {"50us", -1, 50}, {"1.5ms", -1, 1500}, {"2s", -1, 2e6}, {"500ns", -1, 0.5},
	    {"", -1, -1}, {"%", -1, -1}, {"-1", -1, -1}, {"1 %", -1, -1}, {"2h", -1, -1}};

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		double share = -1, us = -1;

		cr_expect_eq(share_parse(table[i].text, &share) == 0, table[i].share >= 0, "%s",
		    table[i].text);
		cr_expect_eq(
		    time_parse(table[i].text, &us) == 0, table[i].us >= 0, "%s", table[i].text);
		cr_expect_float_eq(share, table[i].share, 1e-12, "%s: %g", table[i].text, share);
		cr_expect_float_eq(us, table[i].us, 1e-9, "%s: %g", table[i].text, us);
	}
}

/* A look every step cycles for a second: how many went, and the most in any step. */
static uint64_t
second(double pps, uint64_t step, unsigned int *most)
{
	uint64_t sent = 0;
	struct rate ra;

	*most = 0;
	rate_init(&ra, pps, HZ, 32, 1000);
	cr_expect_eq(rate_take(&ra, 32, 1000), pps == 0 ? 32 : 0, "the bucket is empty at first");
	for (uint64_t now = step; now <= HZ; now += step) {
		unsigned int n = rate_take(&ra, 32, 1000 + now);

		sent += n;
		*most = n > *most ? n : *most;
	}
	return sent;
}

Test(gen_rate, bucket)
{
	unsigned int most;

	cr_expect(second(1e6, 2000, &most) + 1 >= 1000000);
	cr_expect_leq(most, 2);
	cr_expect_eq(second(1, HZ, &most), 1);
	/* Exactly a burst a step; what rounding holds back comes with the next. */
	cr_expect_geq(second(10e6, 6400, &most), 10000000 - 64);
	cr_expect_leq(most, 32);
	/* Not looked at for long: a burst is lost, never made up for. */
	cr_expect_eq(second(10e6, HZ / 10, &most), 320);
	cr_expect_eq(most, 32);
	cr_expect_eq(second(0, HZ / 10, &most), 320, "no limit: what is wanted");
}
