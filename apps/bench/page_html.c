/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include "page.h"

/*
 * A picture's text has 13 of 460 units of its width: 10 pixels and more in a window of 400. Tables
 * that are wider than the window scroll by themselves.
 */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>lwkt-bench report</title>\n<style>\n"
    ":root{--bg:#fff;--fg:#1c1c1c;--dim:#5c5c5c;--grid:#e2e2e2;--card:#f6f6f6;--bad:#b3261e;"
    "--s0:#1f6fb4;--s1:#d95f02;--s2:#2e7d32;--s3:#7b3fa0;--s4:#b0126b;--s5:#00808a;--s6:#8a6a00;"
    "--s7:#555}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#15171a;--fg:#e6e6e6;--dim:#a6a6a6;--grid:#34383d;"
    "--card:#1e2125;--bad:#ff8a80;--s0:#6ab0f3;--s1:#ff9d4d;--s2:#7fce83;--s3:#c79be8;--s4:#ff7fbf;"
    "--s5:#4fd0da;--s6:#e0be50;--s7:#bbb}}\n"
    "body{margin:0 auto;padding:12px;max-width:1240px;background:var(--bg);color:var(--fg);"
    "font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:22px}h2{font-size:18px;margin:1.6em 0 .4em}\n"
    ".pictures{display:grid;gap:16px;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}\n"
    "figure{margin:0;padding:6px 0;background:var(--card);border-radius:6px}\n"
    "figcaption{font-weight:600;padding:4px 10px}\n"
    ".chart{display:block;width:100%;max-width:600px;height:auto;margin:auto}\n"
    ".chart text{font:13px system-ui,sans-serif;fill:var(--fg)}.chart .unit{fill:var(--dim)}\n"
    ".grid{stroke:var(--grid)}.axis{stroke:var(--fg);fill:none}\n"
    "path.limit{stroke:var(--bad);stroke-dasharray:2 4;stroke-width:1.5}"
    ".chart text.limit{fill:var(--bad)}\n"
    ".line{fill:none;stroke:var(--c);stroke-width:2}.rival{stroke-dasharray:6 4}"
    ".dot{fill:var(--c)}.spread{stroke:var(--c);stroke-width:5;stroke-opacity:.35}\n"
    ".c0{--c:var(--s0)}.c1{--c:var(--s1)}.c2{--c:var(--s2)}.c3{--c:var(--s3)}.c4{--c:var(--s4)}"
    ".c5{--c:var(--s5)}.c6{--c:var(--s6)}.c7{--c:var(--s7)}\n"
    ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0;"
    "padding:4px 10px 8px;font-size:13px}.legend svg{width:30px;height:12px}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:13px;margin:4px 0 12px}"
    "th,td{padding:3px 8px;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top}"
    ".rows td,.rows th{text-align:right;white-space:nowrap;overflow-wrap:normal}"
    ".rows td.long{white-space:normal;min-width:240px;text-align:left}"
    ".rows :first-child{text-align:left}.inner{margin:0;font-size:12px}th{color:var(--dim);font-weight:600}\n"
    ".contents td,.contents th,.environment th,.options th{white-space:nowrap;overflow-wrap:normal}\n"
    ".bad{color:var(--bad);font-weight:600}.note{color:var(--dim)}\n"
    "</style>\n</head>\n<body>\n<h1>lwkt-bench report</h1>\n";

void
html_begin(FILE *out)
{
	fputs(head, out);
}

void
html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

void
html_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			/* HTML has no control characters. */
			fputc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, out);
		}
	}
}

/*
 * Values
 */

static void
real(FILE *out, double value)
{
	double size = fabs(value);

	fprintf(out, size >= 1000 && size < 1e15 ? "%.0f" : "%.4g", value);
}

/* Median and quartiles are one figure. */
static bool
summary(FILE *out, const json_t *object)
{
	double median = page_number(object, "median");
	double q1 = page_number(object, "q1"), q3 = page_number(object, "q3");

	if (isnan(median) || isnan(q1) || isnan(q3))
		return false;
	real(out, median);
	fputs(" (", out);
	real(out, q1);
	fputs(" – ", out);
	real(out, q3);
	fputs(")", out);
	return true;
}

static void
list(FILE *out, json_t *array)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		if (i > 0)
			fputs(json_is_object(value) ? "; " : ", ", out);
		html_value(out, value);
	}
}

static void
fields(FILE *out, json_t *object)
{
	const char *key, *between = "";
	json_t *value;

	json_object_foreach(object, key, value)
	{
		fputs(between, out);
		html_text(out, key);
		fputs(" ", out);
		html_value(out, value);
		between = ", ";
	}
}

void
html_value(FILE *out, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		html_text(out, json_string_value(value));
		break;
	case JSON_INTEGER:
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		real(out, json_real_value(value));
		break;
	case JSON_TRUE:
		fputs("yes", out);
		break;
	case JSON_FALSE:
		fputs("no", out);
		break;
	case JSON_NULL:
		fputs("–", out);
		break;
	case JSON_ARRAY:
		list(out, value);
		break;
	case JSON_OBJECT:
		if (!summary(out, value))
			fields(out, value);
		break;
	}
}
