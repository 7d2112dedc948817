/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chart as a figure: a line of title, the SVG, a legend. Colours are those of the page's style
 * sheet, c0 to c7; the size is relative, so that it fits any window.
 */
#include <math.h>
#include <string.h>

#include "page.h"
#include "page_chart.h"

/* The letters, 13 high, have 10 pixels and more where the page is 400 wide. */
#define WIDTH   460
#define HEIGHT  336
#define LEFT    62
#define RIGHT   18
#define TOP     34
#define BOTTOM  56
#define LETTER  7.6 /* about the width of one */
#define COLOURS 8

#define PLOT_WIDTH  (WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT (HEIGHT - TOP - BOTTOM)

struct plot {
	const struct chart *pl_chart;
	struct axis pl_x, pl_y;
	FILE *pl_out;
};

static double
x_of(const struct plot *pl, double x)
{
	return LEFT + PLOT_WIDTH * axis_place(&pl->pl_x, x);
}

static double
y_of(const struct plot *pl, double y)
{
	return TOP + PLOT_HEIGHT * (1 - axis_place(&pl->pl_y, y));
}

/*
 * Axes
 */

static void
x_ticks(const struct plot *pl)
{
	double used_to = 0; /* the right end of the last label */

	for (unsigned int i = 0; i < pl->pl_x.ax_ticks; i++) {
		double x = x_of(pl, pl->pl_x.ax_tick[i]), half;
		char text[32];

		axis_label(&pl->pl_x, pl->pl_x.ax_tick[i], text, sizeof(text));
		half = (double)strlen(text) * LETTER / 2;
		fprintf(
		    pl->pl_out, "<path class=\"grid\" d=\"M%.1f %dv%d\"/>", x, TOP, PLOT_HEIGHT);
		if (x - half < used_to)
			continue;
		fprintf(pl->pl_out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
		    x, HEIGHT - BOTTOM + 22, text);
		used_to = x + half + 3;
	}
}

static void
y_ticks(const struct plot *pl)
{
	for (unsigned int i = 0; i < pl->pl_y.ax_ticks; i++) {
		double y = y_of(pl, pl->pl_y.ax_tick[i]);
		char text[32];

		axis_label(&pl->pl_y, pl->pl_y.ax_tick[i], text, sizeof(text));
		fprintf(pl->pl_out,
		    "<path class=\"grid\" d=\"M%d %.1fh%d\"/>"
		    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		    LEFT, y, PLOT_WIDTH, LEFT - 6, y + 4.5, text);
	}
}

static void
axes(const struct plot *pl)
{
	const struct chart *ch = pl->pl_chart;

	x_ticks(pl);
	y_ticks(pl);
	fprintf(pl->pl_out, "<path class=\"axis\" d=\"M%d %dv%dh%d\"/>\n", LEFT, TOP, PLOT_HEIGHT,
	    PLOT_WIDTH);
	fprintf(pl->pl_out, "<text class=\"unit\" x=\"4\" y=\"15\">%s</text>\n", ch->ch_y_title);
	fprintf(pl->pl_out,
	    "<text class=\"unit\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
	    LEFT + PLOT_WIDTH / 2, HEIGHT - 10, ch->ch_x_title);
	if (ch->ch_limit > 0) {
		double y = y_of(pl, ch->ch_limit);

		fprintf(pl->pl_out,
		    "<path class=\"limit\" d=\"M%d %.1fh%d\"/>"
		    "<text class=\"limit\" x=\"%d\" y=\"%.1f\">%s</text>\n",
		    LEFT, y, PLOT_WIDTH, LEFT + 6, y + (y < TOP + 24 ? 15 : -6), ch->ch_limit_text);
	}
}

/*
 * Series. What lies over another has to let it be seen: a curve all over another is dashed, dots
 * over dots are smaller.
 */

#define DOT 3.8

/* Is there a dot of this series in the place of po? */
static bool
has_dot(const struct plot *pl, const struct series *se, const struct point *po)
{
	for (unsigned int i = 0; i < se->se_n; i++)
		if (fabs(x_of(pl, se->se_point[i].po_x) - x_of(pl, po->po_x)) < 1 &&
		    fabs(y_of(pl, se->se_point[i].po_y) - y_of(pl, po->po_y)) < 1)
			return true;
	return false;
}

static bool
covers(const struct plot *pl, const struct series *se, const struct series *other)
{
	for (unsigned int i = 0; i < other->se_n; i++)
		if (!has_dot(pl, se, &other->se_point[i]))
			return false;
	return true;
}

static void
mark(FILE *out, const struct series *se, unsigned int colour, double x, double y, double r)
{
	if (se->se_rival)
		fprintf(out,
		    "<rect class=\"dot c%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">",
		    colour, x - r, y - r, 2 * r, 2 * r);
	else
		fprintf(out, "<circle class=\"dot c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\">",
		    colour, x, y, r);
}

/* Of the series from..: the one of that colour. */
static void
line(const struct plot *pl, unsigned int from, unsigned int colour)
{
	const struct series *first = &pl->pl_chart->ch_series[from], *se = first + colour;
	unsigned int covered = 0;

	for (unsigned int i = 0; i < colour; i++)
		covered += covers(pl, se, &first[i]);
	fprintf(pl->pl_out, "<polyline class=\"line c%u%s\"", colour, se->se_rival ? " rival" : "");
	if (covered > 0)
		fprintf(pl->pl_out, " style=\"stroke-dasharray:6 %u\"", 6 * covered);
	fprintf(pl->pl_out, " points=\"");
	for (unsigned int i = 0; i < se->se_n; i++)
		fprintf(pl->pl_out, "%s%.1f,%.1f", i > 0 ? " " : "", x_of(pl, se->se_point[i].po_x),
		    y_of(pl, se->se_point[i].po_y));
	fprintf(pl->pl_out, "\"/>\n");
}

static void
dot(const struct plot *pl, const struct series *se, unsigned int colour, const struct point *po,
    unsigned int covered)
{
	double x = x_of(pl, po->po_x);
	char where[32];

	if (po->po_high > po->po_low)
		fprintf(pl->pl_out, "<path class=\"spread c%u\" d=\"M%.1f %.1fV%.1f\"/>", colour, x,
		    y_of(pl, po->po_low), y_of(pl, po->po_high));
	mark(pl->pl_out, se, colour, x, y_of(pl, po->po_y), fmax(DOT - 1.2 * covered, 1));
	axis_label(&pl->pl_x, po->po_x, where, sizeof(where));
	fprintf(pl->pl_out, "<title>");
	html_text(pl->pl_out, se->se_name);
	fprintf(pl->pl_out, ", %s: %.6g</title>%s\n", where, po->po_y,
	    se->se_rival ? "</rect>" : "</circle>");
}

static void
dots(const struct plot *pl, unsigned int from, unsigned int colour)
{
	const struct series *first = &pl->pl_chart->ch_series[from], *se = first + colour;

	for (unsigned int i = 0; i < se->se_n; i++) {
		unsigned int covered = 0;

		for (unsigned int s = 0; s < colour; s++)
			covered += has_dot(pl, &first[s], &se->se_point[i]);
		dot(pl, se, colour, &se->se_point[i], covered);
	}
}

static void
legend(const struct plot *pl, unsigned int from, unsigned int to)
{
	fprintf(pl->pl_out, "<ul class=\"legend\">\n");
	for (unsigned int i = from; i < to; i++) {
		const struct series *se = &pl->pl_chart->ch_series[i];

		fprintf(pl->pl_out,
		    "<li><svg viewBox=\"0 0 30 12\" aria-hidden=\"true\">"
		    "<path class=\"line c%u%s\" d=\"M0 6h30\"/>",
		    i - from, se->se_rival ? " rival" : "");
		mark(pl->pl_out, se, i - from, 15, 6, DOT);
		fprintf(pl->pl_out, "%s</svg> ", se->se_rival ? "</rect>" : "</circle>");
		html_text(pl->pl_out, se->se_name);
		fprintf(pl->pl_out, "</li>\n");
	}
	fprintf(pl->pl_out, "</ul>\n");
}

static void
figure(const struct plot *pl, unsigned int from, unsigned int to)
{
	const struct chart *ch = pl->pl_chart;
	const char *more = from > 0 ? ", continued" : "";

	fprintf(pl->pl_out,
	    "<figure>\n<figcaption>%s%s</figcaption>\n"
	    "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s%s\">\n",
	    ch->ch_title, more, WIDTH, HEIGHT, ch->ch_title, more);
	axes(pl);
	for (unsigned int i = from; i < to; i++)
		line(pl, from, i - from);
	for (unsigned int i = from; i < to; i++)
		dots(pl, from, i - from);
	fprintf(pl->pl_out, "</svg>\n");
	legend(pl, from, to);
	fprintf(pl->pl_out, "</figure>\n");
}

/* A series none of whose points could be drawn has no line in the legend either. */
static void
leave_out_empty(struct chart *ch)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ch->ch_n; i++)
		if (ch->ch_series[i].se_n > 0)
			ch->ch_series[n++] = ch->ch_series[i];
	ch->ch_n = n;
}

bool
chart_draw(struct chart *ch, FILE *out)
{
	struct plot pl = {.pl_chart = ch, .pl_out = out};

	leave_out_empty(ch);
	if (ch->ch_n > 0) {
		pl.pl_x = axis_x(ch);
		pl.pl_y = axis_y(ch);
	}
	for (unsigned int from = 0; from < ch->ch_n; from += COLOURS)
		figure(&pl, from, from + COLOURS < ch->ch_n ? from + COLOURS : ch->ch_n);
	chart_free(ch);
	return !ch->ch_no_memory;
}
