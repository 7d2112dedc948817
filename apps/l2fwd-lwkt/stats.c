/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Live statistics: when they are read, and where they go. On a terminal each table is drawn over
 * the one before, else they follow each other.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <lwkt_log.h>

#include "ending.h"
#include "lines.h"
#include "output.h"
#include "stats.h"

static struct l2fwd_snapshot first, last, now;
static struct l2fwd_snapshot base;        /* when it was cleared; sn_ns 0: never */
static unsigned int lines_drawn;          /* of the table that is on the terminal */
static struct lines json = {.li_fd = -1}; /* --stats-json */

/*
 * How many lines of the terminal the text takes: a long one wraps. 0: no terminal, or the text is
 * higher than it, so that its top has scrolled away and cannot be drawn over.
 */
static unsigned int
lines_on_terminal(const char *text, size_t bytes)
{
	struct winsize size = {0};
	unsigned int lines = 0, column = 0;

	if (!isatty(fileno(stdout)))
		return 0;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	for (size_t i = 0; i < bytes; i++) {
		lines += text[i] == '\n' || (column > 0 && column == size.ws_col);
		column = text[i] == '\n' ? 0 : column == size.ws_col ? 1 : column + 1;
	}
	return size.ws_row == 0 || lines < size.ws_row ? lines : 0;
}

/* In one write, so that a terminal does not show half a table. */
static void
draw(const struct l2fwd_stats_view *view)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		return;
	l2fwd_stats_table(f, view);
	if (fclose(f) == 0) {
		if (lines_drawn > 0)
			printf("\033[%uA\033[J", lines_drawn);
		fwrite(text, 1, bytes, stdout);
		fflush(stdout);
		lines_drawn = lines_on_terminal(text, bytes);
	}
	free(text);
}

static void
say(uint32_t level, const char *event, const char *text)
{
	l2fwd_log_line(level, event, text);
	lines_drawn = 0; /* the table above stays */
}

void
l2fwd_say(const char *fmt, ...)
{
	char text[LWKT_LOG_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(RTE_LOG_NOTICE, NULL, text);
}

void
l2fwd_happened(enum lwkt_event_kind kind, const char *fmt, ...)
{
	char text[LWKT_EVENT_BYTES], all[LWKT_EVENT_BYTES + 80];
	int64_t held;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	held = lwkt_event(kind, "%s", text);
	snprintf(
	    all, sizeof(all), "%s; %" PRId64 " such events before it were held back", text, held);
	if (held >= 0)
		say(lwkt_event_level(kind), lwkt_event_name(kind), held > 0 ? all : text);
}

/* A full disk is no reason to stop: said once, and once that it is over. */
static void
write_json(const struct l2fwd_stats_view *view)
{
	const char *name = view->sv_fw->fw_args.stats_json;
	size_t bytes;
	char *text = json.li_fd >= 0 ? l2fwd_stats_json(view, &bytes) : NULL;

	if (text == NULL)
		return;
	switch (lines_write(&json, text, bytes)) {
	case LINES_LOST:
		l2fwd_say(
		    "--stats-json %s: cannot be written (%s); lines are left out until it can",
		    name, strerror(json.li_error));
		break;
	case LINES_AGAIN:
		l2fwd_say("--stats-json %s: is written again; %" PRIu64 " lines were left out",
		    name, json.li_lost);
		break;
	case LINES_WRITTEN:
	case LINES_LOST_TOO:
	default:
		break;
	}
	free(text);
}

/* Show what has come since a snapshot. */
static void
show(const struct l2fwd *fw, const struct l2fwd_snapshot *before)
{
	struct l2fwd_stats_view view = {
	    .sv_fw = fw, .sv_first = &first, .sv_before = before, .sv_now = &now, .sv_cleared = -1};

	l2fwd_snapshot_take(&now, fw);
	l2fwd_rings_look();
	view.sv_seconds = (double)(now.sn_ns - before->sn_ns) / 1e9;
	view.sv_final = before == &first;
	draw(&view);
	write_json(&view);
}

struct json_t *
l2fwd_stats_ask(const struct l2fwd *fw, struct l2fwd_snapshot **before)
{
	static struct l2fwd_snapshot then, shown;
	struct l2fwd_stats_view view = {
	    .sv_fw = fw, .sv_first = &first, .sv_before = &then, .sv_now = &shown};
	struct l2fwd_snapshot *kept = *before != NULL ? *before : calloc(1, sizeof(**before));

	if (kept == NULL)
		return NULL;
	l2fwd_snapshot_take(&shown, fw);
	l2fwd_rings_look();
	then = kept->sn_ns != 0 && kept->sn_ns > base.sn_ns ? *kept
	       : base.sn_ns != 0                            ? base
	                                                    : first;
	*kept = shown;
	*before = kept;
	view.sv_seconds = (double)(shown.sn_ns - then.sn_ns) / 1e9;
	view.sv_cleared = base.sn_ns != 0 ? (double)(shown.sn_ns - base.sn_ns) / 1e9 : -1;
	l2fwd_snapshot_subtract(&shown, &base);
	l2fwd_snapshot_subtract(&then, &base);
	return l2fwd_stats_object(&view);
}

void
l2fwd_stats_clear(const struct l2fwd *fw)
{
	l2fwd_snapshot_take(&base, fw);
}

int
l2fwd_stats_open(const struct l2fwd_args *args, struct l2fwd_err *err)
{
	int fd;

	if (args->stats_json == NULL)
		return 0;
	ending_enter(ENDING_START, "it opens the file of --stats-json");
	fd = output_open(args->stats_json, true);
	if (fd < 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "--stats-json %.200s: cannot be opened (%s); name a file that can be written",
		    args->stats_json, strerror(-fd));
	lines_open(&json, fd);
	return 0;
}

void
l2fwd_stats_close(void)
{
	lines_close(&json);
}

void
l2fwd_stats_reopen(const struct l2fwd_args *args)
{
	int fd = args->stats_json != NULL ? output_open(args->stats_json, false) : -ENOENT;

	if (fd >= 0)
		lines_open(&json, fd);
	else if (args->stats_json != NULL)
		l2fwd_say(
		    "--stats-json %s: cannot be opened again (%s); going on with the old file",
		    args->stats_json, strerror(-fd));
}

void
l2fwd_stats_look(void)
{
	l2fwd_rings_look();
}

void
l2fwd_stats_start(const struct l2fwd *fw)
{
	l2fwd_rings_start(fw);
	l2fwd_snapshot_take(&first, fw);
	last = first;
}

void
l2fwd_stats_print(const struct l2fwd *fw)
{
	show(fw, &last);
	last = now;
}

void
l2fwd_stats_print_run(const struct l2fwd *fw)
{
	lines_drawn = 0; /* other lines stand below the last table */
	show(fw, &first);
}
