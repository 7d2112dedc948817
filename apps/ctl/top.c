/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * top: the counters of a second, again and again. On a terminal a screen that is drawn anew, which
 * fits whatever size it has; else tables, one below the other.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

#define ROWS_MAX 2048 /* stages that are shown */
#define WIDE     100  /* columns from where on kinds are shown */

enum top_sort { SORT_NONE, SORT_RATE, SORT_CYCLES, SORT_DROPS, SORTS };
static const char *const sort_words[SORTS] = {"as they are", "rate", "cycles", "drops"};

/* A stage, or with folding all of an lcore. */
struct top_row {
	const char *tr_name, *tr_kind;
	int64_t tr_lcore;
	double tr_in, tr_drop, tr_burst, tr_cycles, tr_p99_us;
};

static struct {
	bool to_screen;
	unsigned int lines, columns; /* of the terminal; 0 lines: any number */
	enum top_sort to_sort;
	bool to_drops, to_fold;
	unsigned int to_page;
} top;

static volatile sig_atomic_t ended, resized;

static void
note_signal(int sig)
{
	if (sig == SIGWINCH)
		resized = 1;
	else
		ended = 1;
}

/*
 * Numbers
 */

/* 1234567 as "1,234,567"; one of a few buffers. */
static const char *
thousands(double number)
{
	static char texts[8][32];
	static unsigned int next;
	char digits[32], *text = texts[next++ % 8];
	size_t n, at = 0;

	snprintf(digits, sizeof(digits), "%.0f", number > 0 && number < 1e18 ? number : 0);
	n = strlen(digits);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

static double
drops_of(const json_t *row)
{
	json_t *dropped = json_object_get(row, "dropped_pps"), *rate;
	const char *reason;
	double all = 0;

	json_object_foreach(dropped, reason, rate) all += json_number_value(rate);
	return all;
}

/*
 * Rows
 */

/* A mean of packets of all, and the highest age. */
static void
fold_into(struct top_row *sum, const struct top_row *row)
{
	double in = sum->tr_in + row->tr_in;

	if (in > 0) {
		sum->tr_burst = (sum->tr_burst * sum->tr_in + row->tr_burst * row->tr_in) / in;
		sum->tr_cycles = (sum->tr_cycles * sum->tr_in + row->tr_cycles * row->tr_in) / in;
	}
	sum->tr_in = in;
	sum->tr_drop += row->tr_drop;
	if (row->tr_p99_us > sum->tr_p99_us)
		sum->tr_p99_us = row->tr_p99_us;
}

/* @return how many rows there are after it. */
static unsigned int
add_row(struct top_row *rows, unsigned int n, struct top_row row)
{
	unsigned int i = 0;

	if (top.to_drops && row.tr_drop == 0)
		return n;
	if (!top.to_fold) {
		rows[n] = row;
		return n + 1;
	}
	while (i < n && rows[i].tr_lcore != row.tr_lcore)
		i++;
	if (i < n) {
		fold_into(&rows[i], &row);
		return n;
	}
	row.tr_name = "all stages";
	row.tr_kind = "-";
	rows[n] = row;
	return n + 1;
}

static double
key_of(const struct top_row *row)
{
	return top.to_sort == SORT_RATE     ? row->tr_in
	       : top.to_sort == SORT_CYCLES ? row->tr_cycles
	                                    : row->tr_drop;
}

static int
compare(const void *a, const void *b)
{
	double first = key_of(a), second = key_of(b);

	return (second > first) - (second < first);
}

static unsigned int
rows_of(const json_t *stages, struct top_row *rows)
{
	const json_t *stage;
	unsigned int n = 0;
	size_t i;

	json_array_foreach(stages, i, stage)
	{
		const json_t *cycles = json_object_get(stage, "cycles");

		if (n < ROWS_MAX)
			n = add_row(rows, n,
			    (struct top_row){show_text(stage, "stage"), show_text(stage, "kind"),
			        show_count(stage, "lcore"), show_number(stage, "in_pps"),
			        drops_of(stage), show_number(stage, "burst"),
			        show_number(cycles, "per_packet"),
			        show_number(json_object_get(cycles, "ages"), "p99") / 1e3});
	}
	if (top.to_sort != SORT_NONE)
		qsort(rows, n, sizeof(rows[0]), compare);
	return n;
}

/*
 * Lines: what is longer than the terminal is cut.
 */

static unsigned int used; /* lines of the screen */

__attribute__((format(printf, 1, 2))) static void
line(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("%.*s%s\n", top.columns != 0 ? (int)top.columns : -1, text,
	    top.to_screen ? "\033[K" : "");
	used++;
}

static void
put_totals(const json_t *stats)
{
	const json_t *row;
	double rx = 0, tx = 0, drop = 0;
	char lcores[400] = "";
	size_t i, at = 0;

	json_array_foreach(json_object_get(stats, "ethdevs"), i, row)
	{
		rx += show_number(row, "rx_pps");
		tx += show_number(row, "tx_pps");
	}
	json_array_foreach(json_object_get(stats, "stages"), i, row) drop += drops_of(row);
	line("up %s s   rx %s/s   tx %s/s   dropped %s/s   held %s",
	    thousands(show_number(stats, "uptime")), thousands(rx), thousands(tx), thousands(drop),
	    thousands(show_number(json_object_get(stats, "account"), "held")));
	json_array_foreach(json_object_get(stats, "lcores"), i, row)
	{
		if (at < sizeof(lcores) - 32)
			at += (size_t)snprintf(lcores + at, sizeof(lcores) - at,
			    "  %" PRId64 ": %.0f%%", show_count(row, "lcore"),
			    100 * show_number(row, "busy"));
	}
	line("lcores busy%s", lcores);
}

/* At most a third of the screen. */
static void
put_ethdevs(const json_t *ethdevs)
{
	size_t i, most = top.lines != 0 ? top.lines / 3 : SIZE_MAX;
	const json_t *row;

	line("%-24s %14s %14s %14s %9s", "ethdev", "rx/s", "tx/s", "missed", "errors");
	json_array_foreach(ethdevs, i, row)
	{
		if (i + 1 >= most && i + 1 < json_array_size(ethdevs)) {
			line("%zu more", json_array_size(ethdevs) - i);
			break;
		}
		line("%-2" PRId64 " %-21.21s %14s %14s %14s %9s", show_count(row, "ethdev"),
		    show_text(row, "device"), thousands(show_number(row, "rx_pps")),
		    thousands(show_number(row, "tx_pps")), thousands(show_number(row, "imissed")),
		    thousands(show_number(row, "ierrors") + show_number(row, "oerrors")));
	}
}

static void
put_row(const struct top_row *row, bool wide)
{
	char name[25], kind[16] = "";

	snprintf(name, sizeof(name), strlen(row->tr_name) > 24 ? "%.23s~" : "%s", row->tr_name);
	if (wide)
		snprintf(kind, sizeof(kind), " %-13.13s", row->tr_kind);
	line("%-24s%s %5" PRId64 " %14s %10s %5.1f %7s %8.1f", name, kind, row->tr_lcore,
	    thousands(row->tr_in), thousands(row->tr_drop), row->tr_burst,
	    thousands(row->tr_cycles), row->tr_p99_us);
}

static void
put_stages(const struct top_row *rows, unsigned int n)
{
	bool wide = top.columns == 0 || top.columns >= WIDE;
	unsigned int room = n, pages, first;

	line("%-24s%s %5s %14s %10s %5s %7s %8s", "stage", wide ? " kind         " : "", "lcore",
	    "in/s", "dropped/s", "burst", "cyc/pkt", "p99 us");
	if (top.lines != 0) /* the last line has the keys */
		room = top.lines > used + 1 ? top.lines - used - 1 : 1;
	pages = n > room ? (n + room - 1) / room : 1;
	top.to_page %= pages;
	first = top.to_page * room;
	for (unsigned int i = first; i < n && i - first < room; i++)
		put_row(&rows[i], wide);
	if (top.to_screen) {
		char keys[200];

		snprintf(keys, sizeof(keys), "q end  d %s  f %s  s sort: %s  space page %u/%u",
		    top.to_drops ? "all" : "only what drops", top.to_fold ? "stages" : "by lcore",
		    sort_words[top.to_sort], top.to_page + 1, pages);
		printf("\033[J\033[%u;1H%.*s", top.lines, (int)top.columns, keys);
	}
}

static void
draw(const json_t *stats)
{
	static struct top_row rows[ROWS_MAX];
	unsigned int n = rows_of(json_object_get(stats, "stages"), rows);

	used = 0;
	if (top.to_screen)
		printf("\033[H");
	put_totals(stats);
	put_ethdevs(json_object_get(stats, "ethdevs"));
	put_stages(rows, n);
	if (!top.to_screen)
		printf("\n");
	fflush(stdout);
}

/*
 * The terminal
 */

static void
measure(void)
{
	struct winsize size;

	resized = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
		top.lines = size.ws_row;
		top.columns = size.ws_col;
	} else {
		top.lines = 24;
		top.columns = 80;
	}
}

static void
press(char key)
{
	if (key == 'q')
		ended = 1;
	if (key == 'd')
		top.to_drops = !top.to_drops;
	if (key == 'f')
		top.to_fold = !top.to_fold;
	if (key == 's')
		top.to_sort = (top.to_sort + 1) % SORTS;
	top.to_page = key == ' ' ? top.to_page + 1 : 0;
}

static long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until the interval is over; keys and a new size are shown at once. */
static void
wait_and_listen(const json_t *stats, unsigned int ms)
{
	long end = now_ms() + ms, left;
	bool keys = top.to_screen;
	char key;

	while (!ended && (left = end - now_ms()) > 0) {
		struct pollfd pfd = {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};

		if (poll(&pfd, 1, (int)left) > 0) {
			if (read(STDIN_FILENO, &key, 1) == 1)
				press(key);
			else
				keys = false;
		} else if (!resized) {
			continue;
		}
		if (resized)
			measure();
		draw(stats);
	}
}

static int
show_all(struct ctl *ct, unsigned int interval_ms, uint64_t count)
{
	json_t *stats = ctl_ask(ct, "stats", NULL), *next;

	if (stats != NULL && top.to_screen) /* there is something to see at once */
		draw(stats);
	for (uint64_t i = 0; stats != NULL && !ended && (count == 0 || i < count); i++) {
		wait_and_listen(stats, interval_ms);
		next = ended ? NULL : ctl_ask(ct, "stats", NULL);
		if (next == NULL)
			break;
		json_decref(stats);
		stats = next;
		draw(stats);
	}
	json_decref(stats);
	return ended || ct->ct_code == 0 ? 0 : ct->ct_code;
}

int
top_run(struct ctl *ct, const char *path, unsigned int interval_ms, uint64_t count)
{
	const struct sigaction note = {.sa_handler = note_signal};
	struct termios before, raw;
	bool keys;
	int code;

	if (ctl_connect(ct, path) < 0)
		return ct->ct_code;
	sigaction(SIGINT, &note, NULL);
	sigaction(SIGTERM, &note, NULL);
	top.to_screen = isatty(STDOUT_FILENO);
	if (top.to_screen)
		sigaction(SIGWINCH, &note, NULL);
	keys = top.to_screen && tcgetattr(STDIN_FILENO, &before) == 0;
	if (keys) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	if (top.to_screen) {
		measure();
		printf("\033[?1049h\033[?25l\033[?7l");
	}
	code = show_all(ct, interval_ms, count);
	if (top.to_screen)
		printf("\033[?7h\033[?25h\033[?1049l");
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	ctl_close(ct);
	return code;
}
