/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "diff.h"

/* Where a figure and its quartiles are: fields of a row, or of an object in it. */
struct figure {
	const char *fi_name;
	const char *fi_object; /* NULL: the row itself */
	const char *fi_value, *fi_q1, *fi_q3;
	bool fi_more_is_better;
	bool fi_same_cpu;      /* means something on one CPU and in one regime only */
	const char *fi_unless; /* left out in rows with this field: another figure says more */
};

static const struct figure figures[] = {
    {"ratio", NULL, "ratio", "ratio_q1", "ratio_q3", true, false, NULL},
    {"cycles", "ours", "median", "q1", "q3", false, true, "ratio"},
    {"idle poll cycles", "idle_poll", "median", "q1", "q3", false, true, NULL},
    {"find cycles", "find", "median", "q1", "q3", false, true, NULL},
    {"received/s", "received_each_second", "median", "q1", "q3", true, true, NULL},
    {"sent/s", "sent_each_second", "median", "q1", "q3", true, true, "received_each_second"},
    {"no loss/s", "ndr_pps", "median", "q1", "q3", true, true, NULL},
    {"given loss/s", "pdr_pps", "median", "q1", "q3", true, true, NULL},
    {"burst", "burst_frames", "median", "q1", "q3", true, true, NULL},
    {"p99 us", "p99_us", "median", "q1", "q3", false, true, NULL},
    {"device us", "device_us", "median", "q1", "q3", false, true, NULL},
    {"message us", "message_us", "median", "q1", "q3", false, true, NULL},
    {"bytes", NULL, "memory_bytes", NULL, NULL, false, false, NULL},
};

#define NFIGURES (sizeof(figures) / sizeof(figures[0]))

struct value {
	double va_value, va_q1, va_q3;
};

static bool
has(const json_t *row, const struct figure *fi)
{
	return (fi->fi_unless == NULL || json_object_get(row, fi->fi_unless) == NULL) &&
	       json_object_get(row, fi->fi_object != NULL ? fi->fi_object : fi->fi_value) != NULL;
}

static bool
get(const json_t *object, const char *field, double *number)
{
	const json_t *value = json_object_get(object, field);

	*number = json_number_value(value);
	return json_is_number(value) && isfinite(*number) && *number > 0;
}

static bool
read_value(const json_t *row, const struct figure *fi, struct value *va)
{
	const json_t *object = fi->fi_object != NULL ? json_object_get(row, fi->fi_object) : row;

	if (!get(object, fi->fi_value, &va->va_value))
		return false;
	if (fi->fi_q1 == NULL) {
		va->va_q1 = va->va_q3 = va->va_value;
		return true;
	}
	return get(object, fi->fi_q1, &va->va_q1) && get(object, fi->fi_q3, &va->va_q3);
}

static bool
same_string(const json_t *a, const json_t *b, const char *field)
{
	const char *x = json_string_value(json_object_get(a, field));
	const char *y = json_string_value(json_object_get(b, field));

	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

/* Fields of an object that have to be the same for its figures to be of the same. */
struct same {
	const char *sa_field;
	const char *sa_why;
};

static const char *
differ(const json_t *a, const json_t *b, const struct same *same)
{
	for (; same->sa_field != NULL; same++) {
		const json_t *x = json_object_get(a, same->sa_field);
		const json_t *y = json_object_get(b, same->sa_field);

		if (x != y && (x == NULL || y == NULL || !json_equal(x, y)))
			return same->sa_why;
	}
	return NULL;
}

/* What was measured: frames and rates. */
static const char *
other_frames(const json_t *from, const json_t *to, const json_t *a, const json_t *b)
{
	static const struct same of_report[] = {{"sizes", "with frames of other sizes"},
	    {"flows", "with another number of flows"}, {"pcap", "with the frames of another file"},
	    {"link", "over another kind of link"}, {"loss", "with another loss"}, {NULL, NULL}};
	static const struct same of_row[] = {
	    {"offered_pps", "at another rate"}, {"pdr_loss", "with another loss"}, {NULL, NULL}};
	const char *why = differ(from, to, of_report);

	return why != NULL ? why : differ(a, b, of_row);
}

/* What stands against a comparison; NULL: nothing. */
static const char *
obstacle(
    const json_t *from, const json_t *to, const json_t *a, const json_t *b, const struct figure *fi)
{
	if (b == NULL)
		return "no such row in the second report";
	if (!has(b, fi))
		return "no such figure in the second report";
	if (json_is_true(json_object_get(from, "incomplete")) ||
	    json_is_true(json_object_get(to, "incomplete")))
		return "incomplete: it was broken off";
	if (json_is_true(json_object_get(a, "disturbed")) ||
	    json_is_true(json_object_get(b, "disturbed")))
		return "disturbed: it had no good round";
	if (!same_string(a, b, "regime"))
		return "one is near, the other far; see --regime";
	if (!same_string(a, b, "rival_name"))
		return "beside different rivals";
	if (fi->fi_same_cpu && !same_string(json_object_get(from, "environment"),
	                           json_object_get(to, "environment"), "cpu"))
		return "different CPUs";
	return other_frames(from, to, a, b);
}

static double
spread_percent(const struct value *va)
{
	return 50 * fabs(va->va_q3 - va->va_q1) / va->va_value;
}

static void
not_compared(json_t *finding, const char *why)
{
	json_object_set_new(finding, "verdict", json_string(DIFF_NOT));
	json_object_set_new(finding, "why", json_string(why));
}

static void
judge(json_t *finding, const struct figure *fi, const struct value *a, const struct value *b,
    unsigned int tolerance)
{
	double change = 100 * (b->va_value - a->va_value) / a->va_value;
	bool apart = b->va_q1 > a->va_q3 || b->va_q3 < a->va_q1;
	const char *verdict = DIFF_SAME;

	if (!isfinite(change) || !isfinite(spread_percent(a)) || !isfinite(spread_percent(b))) {
		not_compared(finding, "they are too far apart for numbers");
		return;
	}
	if (!fi->fi_more_is_better)
		change = -change;
	if (apart && fabs(change) > tolerance)
		verdict = change > 0 ? DIFF_BETTER : DIFF_WORSE;
	json_object_set_new(finding, "from", json_real(a->va_value));
	json_object_set_new(finding, "to", json_real(b->va_value));
	json_object_set_new(finding, "change_percent", json_real(change));
	json_object_set_new(
	    finding, "noise_percent", json_real(fmax(spread_percent(a), spread_percent(b))));
	json_object_set_new(finding, "verdict", json_string(verdict));
}

static const json_t *
row_named(const json_t *report, const json_t *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(report, "rows"), i, row)
	{
		if (json_equal(json_object_get(row, "name"), name))
			return row;
	}
	return NULL;
}

static void
compare(json_t *findings, const json_t *from, const json_t *to, const json_t *a,
    const struct figure *fi, unsigned int tolerance)
{
	json_t *name = json_object_get(a, "name");
	const json_t *b = row_named(to, name);
	const char *why = obstacle(from, to, a, b, fi);
	json_t *finding = json_pack("{s:O, s:s}", "name", name, "figure", fi->fi_name);
	struct value was, is;

	if (why != NULL)
		not_compared(finding, why);
	else if (!read_value(a, fi, &was) || !read_value(b, fi, &is))
		not_compared(finding, "not all of it are numbers above 0");
	else
		judge(finding, fi, &was, &is, tolerance);
	json_array_append_new(findings, finding);
}

json_t *
diff_rows(const json_t *from, const json_t *to, unsigned int tolerance_percent)
{
	json_t *findings = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(from, "rows"), i, row)
	{
		for (size_t f = 0; f < NFIGURES; f++)
			if (has(row, &figures[f]))
				compare(findings, from, to, row, &figures[f], tolerance_percent);
	}
	return findings;
}

unsigned int
diff_count(const json_t *findings, const char *verdict)
{
	unsigned int count = 0;
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		if (strcmp(json_string_value(json_object_get(finding, "verdict")), verdict) == 0)
			count++;
	}
	return count;
}
