/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scales and ticks of a chart's axes.
 */
#include <math.h>
#include <string.h>

#include "page_chart.h"
#include "stats.h"

#define STEPS       5 /* about so many on a linear axis */
#define DECADES_MAX 8 /* more than these have no tick each */

/* On a logarithmic axis its exponent. */
static double
coordinate(enum scale scale, double value)
{
	if (scale == SCALE_LOG2)
		return log2(value);
	return scale == SCALE_LOG10 ? log10(value) : value;
}

double
axis_place(const struct axis *ax, double value)
{
	double at = (coordinate(ax->ax_scale, value) - ax->ax_low) / (ax->ax_high - ax->ax_low);

	return fmin(fmax(at, 0), 1);
}

static void
tick(struct axis *ax, double value)
{
	if (ax->ax_ticks < TICKS_MAX)
		ax->ax_tick[ax->ax_ticks++] = value;
}

/* 1, 2 or 5 times a power of ten, at least so much. */
static double
round_step(double least)
{
	double power = pow(10, floor(log10(least)));

	for (int i = 0; i < 3; i++) {
		static const double steps[] = {1, 2, 5};

		if (steps[i] * power >= least * (1 - 1e-9))
			return steps[i] * power;
	}
	return 10 * power;
}

static void
linear(struct axis *ax, double most)
{
	double step = round_step((most > 0 ? most : 1) / STEPS);
	double steps = most > 0 ? ceil(most / step * (1 - 1e-9)) : STEPS;

	ax->ax_low = 0;
	ax->ax_high = steps * step;
	for (int i = 0; i <= (int)steps; i++)
		tick(ax, i * step);
}

/* Whole decades; within one or two of them also twice and five times. */
static void
decades(struct axis *ax, double least, double most)
{
	int low = (int)floor(log10(least)), high = (int)ceil(log10(most)), step;

	if (high <= low)
		high = low + 1;
	step = (high - low + DECADES_MAX - 1) / DECADES_MAX;
	ax->ax_low = low;
	ax->ax_high = high;
	for (int e = low; e <= high; e += step) {
		tick(ax, pow(10, e));
		if (high - low <= 2 && e < high) {
			tick(ax, 2 * pow(10, e));
			tick(ax, 5 * pow(10, e));
		}
	}
}

static bool
has_tick(const struct axis *ax, double value)
{
	for (unsigned int i = 0; i < ax->ax_ticks; i++)
		if (fabs(ax->ax_tick[i] - value) <= 1e-9 * fabs(value))
			return true;
	return false;
}

/* A tick for each place where there is a point. */
static void
points(struct axis *ax, const struct chart *ch, double least, double most)
{
	ax->ax_low = log2(least);
	ax->ax_high = log2(most);
	if (ax->ax_high - ax->ax_low < 1e-9) {
		ax->ax_low -= 1;
		ax->ax_high += 1;
	}
	for (unsigned int s = 0; s < ch->ch_n; s++)
		for (unsigned int i = 0; i < ch->ch_series[s].se_n; i++)
			if (!has_tick(ax, ch->ch_series[s].se_point[i].po_x))
				tick(ax, ch->ch_series[s].se_point[i].po_x);
	stats_sort(ax->ax_tick, ax->ax_ticks);
}

static void
nines(struct axis *ax)
{
	ax->ax_low = 0;
	ax->ax_high = chart_nines[NINES - 1].ni_x;
	for (int i = 0; i < NINES; i++)
		tick(ax, chart_nines[i].ni_x);
}

static struct axis
make(const struct chart *ch, enum scale scale, double least, double most)
{
	struct axis ax = {.ax_scale = scale};

	switch (scale) {
	case SCALE_LINEAR:
		linear(&ax, most);
		break;
	case SCALE_LOG2:
		points(&ax, ch, least, most);
		break;
	case SCALE_LOG10:
		decades(&ax, least, most);
		break;
	case SCALE_NINES:
		nines(&ax);
		break;
	}
	return ax;
}

struct axis
axis_x(const struct chart *ch)
{
	double least = HUGE_VAL, most = 0;

	for (unsigned int s = 0; s < ch->ch_n; s++) {
		const struct series *se = &ch->ch_series[s];

		if (se->se_n == 0)
			continue;
		least = fmin(least, se->se_point[0].po_x);
		most = fmax(most, se->se_point[se->se_n - 1].po_x);
	}
	return make(ch, ch->ch_x, least, most);
}

struct axis
axis_y(const struct chart *ch)
{
	double least = HUGE_VAL, most = 0;

	for (unsigned int s = 0; s < ch->ch_n; s++) {
		const struct series *se = &ch->ch_series[s];

		for (unsigned int i = 0; i < se->se_n; i++) {
			least = fmin(least, fmin(se->se_point[i].po_low, se->se_point[i].po_y));
			most = fmax(most, fmax(se->se_point[i].po_high, se->se_point[i].po_y));
		}
	}
	if (ch->ch_limit > 0) {
		least = fmin(least, ch->ch_limit);
		most = fmax(most, ch->ch_limit);
	}
	return make(ch, ch->ch_y, least, most);
}

void
axis_label(const struct axis *ax, double value, char *buf, size_t size)
{
	if (ax->ax_scale != SCALE_NINES) {
		chart_number(value, buf, size);
		return;
	}
	for (int i = 0; i < NINES; i++)
		if (chart_nines[i].ni_x >= value) {
			snprintf(buf, size, "%s", chart_nines[i].ni_text);
			return;
		}
}

void
chart_number(double value, char *buf, size_t size)
{
	static const struct {
		double least, scale;
		const char *prefix;
	} units[] = {
	    {1e12, 1e12, " T"}, {1e9, 1e9, " G"}, {1e6, 1e6, " M"}, {1e4, 1e3, " k"}, {0, 1, ""}};
	unsigned int i = 0;

	while (units[i].scale > 1 && value < units[i].least * (1 - 1e-9))
		i++;
	snprintf(buf, size, "%.4g%s", value / units[i].scale, units[i].prefix);
}
