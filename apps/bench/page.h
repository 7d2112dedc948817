/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench report from the inside: reports in, one page of HTML out, which needs nothing but
 * itself: no script, no other file.
 *
 *      page.c            options, reading, writing
 *      page_html.c       head, escaping
 *      page_tables.c     each report: environment, warnings, rows
 *      page_rows.c       what the pictures' makers read
 *      page_traffic.c    pictures of pktgen, rfc2544, compare
 *      page_messages.c   pictures of msg, lone
 *      page_scale.c      pictures of scale
 *      page_chart.c      a picture's series; page_axis.c, page_svg.c draw them
 */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

struct page_input {
	const char *in_file;
	json_t *in_report;
};

struct page {
	unsigned int pg_n;
	struct page_input *pg_input;
};

/* A picture's maker; it draws nothing if no report has what it shows. False: no memory. */
typedef bool (*page_picture)(const struct page *pg, FILE *out);

/* page_traffic.c */
bool page_throughput(const struct page *pg, FILE *out);
bool page_loss(const struct page *pg, FILE *out);
bool page_latency(const struct page *pg, FILE *out);
/* Why rows of compare are in no picture; nothing if none is left out. */
void page_left_out(const struct page *pg, FILE *out);
/* page_messages.c */
bool page_round_trips(const struct page *pg, FILE *out);
bool page_bursts(const struct page *pg, FILE *out);
/* page_scale.c */
bool page_growth(const struct page *pg, FILE *out);
bool page_memory(const struct page *pg, FILE *out);

/* page_tables.c */
void page_report(const struct page_input *in, unsigned int number, FILE *out);

/* page_html.c */
void html_begin(FILE *out);
void html_end(FILE *out);
/* The text so that it is text, in an element or an attribute. */
void html_text(FILE *out, const char *text);
/* Any value in the words of a cell. */
void html_value(FILE *out, json_t *value);

/*
 * page_rows.c
 */

bool page_is(const struct page_input *in, const char *command);
bool page_incomplete(const struct page_input *in);

/* "text", and the file's name if other reports of this subcommand are there; and if incomplete. */
void page_label(
    const struct page *pg, const struct page_input *in, const char *text, char *buf, size_t size);

/* A number, NAN if there is none. */
double page_number(const json_t *object, const char *field);

/* A string, "" if there is none. */
const char *page_text(const json_t *object, const char *field);

/* The rows of all reports of a subcommand, one after the other. */
struct page_walk {
	const struct page *wa_page;
	const char *wa_command;
	unsigned int wa_input;
	size_t wa_row;
	const struct page_input *wa_in; /* whose row it was */
};

/* The next; NULL: that was all. */
const json_t *page_next_row(struct page_walk *wa);

#endif /* BENCH_PAGE_H */
