/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page_chart.h"

/* Each 9 more is one step; min and max stand where there is room for their words. */
const struct nine chart_nines[NINES] = {{"min", 0, "min"}, {"p50", 0.7, "50"}, {"p90", 1.4, "90"},
    {"p99", 2.4, "99"}, {"p999", 3.4, "99.9"}, {"p9999", 4.4, "99.99"}, {"max", 5.4, "max"}};

struct series *
chart_series(struct chart *ch, const char *name, bool rival)
{
	struct series *more;

	for (unsigned int i = 0; i < ch->ch_n; i++)
		if (strncmp(ch->ch_series[i].se_name, name, sizeof(more->se_name) - 1) == 0)
			return &ch->ch_series[i];
	more = reallocarray(ch->ch_series, ch->ch_n + 1, sizeof(*more));
	if (more == NULL) {
		ch->ch_no_memory = true;
		return NULL;
	}
	ch->ch_series = more;
	more += ch->ch_n++;
	*more = (struct series){.se_rival = rival};
	snprintf(more->se_name, sizeof(more->se_name), "%s", name);
	return more;
}

/* The index of the first point that does not lie before x. */
static unsigned int
find(const struct series *se, double x)
{
	unsigned int i = 0;

	while (i < se->se_n && se->se_point[i].po_x < x)
		i++;
	return i;
}

bool
series_has(const struct series *se, double x)
{
	unsigned int i = find(se, x);

	return i < se->se_n && se->se_point[i].po_x <= x;
}

static bool
fits(enum scale scale, double value)
{
	const double size = fabs(value);

	/* What is so large or small would leave the numbers when ticks are made around it. */
	return isfinite(value) && size <= 1e300 && (size >= 1e-300 || size <= 0) &&
	       (scale == SCALE_LOG2 || scale == SCALE_LOG10 ? value > 0 : value >= 0);
}

void
chart_point(struct chart *ch, struct series *se, struct point po)
{
	struct point *more;
	unsigned int at;

	if (se == NULL || !fits(ch->ch_x, po.po_x) || !fits(ch->ch_y, po.po_y) ||
	    series_has(se, po.po_x))
		return;
	if (!fits(ch->ch_y, po.po_low) || !fits(ch->ch_y, po.po_high))
		po.po_low = po.po_high = po.po_y;
	more = reallocarray(se->se_point, se->se_n + 1, sizeof(*more));
	if (more == NULL) {
		ch->ch_no_memory = true;
		return;
	}
	se->se_point = more;
	at = find(se, po.po_x);
	memmove(more + at + 1, more + at, (se->se_n - at) * sizeof(*more));
	more[at] = po;
	se->se_n++;
}

void
chart_free(struct chart *ch)
{
	for (unsigned int i = 0; i < ch->ch_n; i++)
		free(ch->ch_series[i].se_point);
	free(ch->ch_series);
	ch->ch_series = NULL;
	ch->ch_n = 0;
}
