/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A picture of the page: named series of points, and the axes they stand on.
 *
 *     page_pictures.c: reports ──▶ struct chart ──▶ page_svg.c: inline SVG
 *                                              └──▶ page_axis.c: scales, ticks
 */
#ifndef BENCH_PAGE_CHART_H
#define BENCH_PAGE_CHART_H

#include <stdbool.h>
#include <stdio.h>

enum scale {
	SCALE_LINEAR, /* from 0 */
	SCALE_LOG2,   /* ticks where the points are */
	SCALE_LOG10,
	SCALE_NINES, /* percentiles: each 9 more is a step; see chart_nines[] */
};

struct point {
	double po_x, po_y;
	double po_low, po_high; /* quartiles; po_y if there are none */
};

struct series {
	char se_name[128];
	bool se_rival; /* dashed */
	unsigned int se_n;
	struct point *se_point; /* in the order of po_x */
};

struct chart {
	const char *ch_title, *ch_x_title, *ch_y_title;
	enum scale ch_x, ch_y;
	double ch_limit; /* a line across, 0: none */
	const char *ch_limit_text;
	unsigned int ch_n;
	struct series *ch_series;
	bool ch_no_memory;
};

/* The percentiles of SCALE_NINES: the field in a report, the place, the words at the axis. */
struct nine {
	const char *ni_field;
	double ni_x;
	const char *ni_text;
};
#define NINES 7
extern const struct nine chart_nines[NINES];

/* The series of this name, a new one if there is none. NULL: no memory, and ch_no_memory is set. */
struct series *chart_series(struct chart *ch, const char *name, bool rival);

/* Is there a point of this series here? */
bool series_has(const struct series *se, double x);

/*
 * Add a point, or not, if it is not finite, or not above 0 on a logarithmic axis. Of two at one
 * place the first counts. Without a series nothing is done.
 */
void chart_point(struct chart *ch, struct series *se, struct point po);

void chart_free(struct chart *ch);

/*
 * page_axis.c: one axis
 */

#define TICKS_MAX 32

struct axis {
	enum scale ax_scale;
	double ax_low, ax_high; /* the ends; exponents on logarithmic ones */
	unsigned int ax_ticks;
	double ax_tick[TICKS_MAX];
};

struct axis axis_x(const struct chart *ch);
struct axis axis_y(const struct chart *ch);

/* "64", "14.9 k", "1.5 M" */
void chart_number(double value, char *buf, size_t size);

/* Where on the axis, 0 to 1. */
double axis_place(const struct axis *ax, double value);

/* A tick's words: a number, or a percentile. */
void axis_label(const struct axis *ax, double tick, char *buf, size_t size);

/*
 * page_svg.c: write the figure, or several if there are more series than colours; nothing if there
 * is no point. Frees the chart. False: there was no memory for all of it.
 */
bool chart_draw(struct chart *ch, FILE *out);

#endif /* BENCH_PAGE_CHART_H */
