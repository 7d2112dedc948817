/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --log-format: what is logged, which is DPDK's lines, the library's, and ours about what happens.
 *
 *      text      2026-11-28T19:15:00.123Z notice lib.dispatch: text
 *      json      {"time":"2026-11-28T19:15:00.123Z","level":"notice","subsystem":"lib.dispatch",
 *                 "text":"..."}, with "event" if it is one
 *      journal   <5>lib.dispatch: text    it has the time; sd-daemon(3)
 *
 * With JSON, and in the journal, what else is printed takes that form too, line by line.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_log.h>

#include <jansson.h>

#include "l2fwd.h"
#include "output.h"

#define TYPES     256 /* of DPDK's log */
#define TYPE_NAME 40
#define PREFIX    "lwkt: "
#define LINE      2048

const char *const l2fwd_log_levels[RTE_LOG_MAX + 1] = {[RTE_LOG_EMERG] = "emergency",
    [RTE_LOG_ALERT] = "alert",
    [RTE_LOG_CRIT] = "critical",
    [RTE_LOG_ERR] = "error",
    [RTE_LOG_WARNING] = "warning",
    [RTE_LOG_NOTICE] = "notice",
    [RTE_LOG_INFO] = "info",
    [RTE_LOG_DEBUG] = "debug"};

struct log_line {
	int ll_level; /* RTE_LOG_ */
	const char *ll_subsystem, *ll_event, *ll_text;
};

/* What is written to a stream comes in pieces; a line is printed when its end is there. */
struct log_stream {
	int ls_fd;
	void (*ls_about)(struct log_line *ll); /* all but its text */
	char ls_text[LINE];                    /* of a line so far; under the stream's lock */
	size_t ls_n;
};

static FILE *dpdk_stream; /* NULL: lines have no form */
static bool json, journal[STDERR_FILENO + 1];

/*
 * Lines
 */

static void
time_text(char text[32])
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, 24, "%FT%T", &tm);
	snprintf(text + n, 32 - n, ".%03ldZ", now.tv_nsec / 1000000);
}

/* What is no UTF-8 is shown as '?'. */
static json_t *
json_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy = string == NULL ? strdup(text) : NULL;

	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	if (copy != NULL)
		string = json_string(copy);
	free(copy);
	return string;
}

/* @return for free(); NULL: no memory. */
static char *
line_json(const struct log_line *ll, const char *when)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s*, s:o*}", "time", when, "level",
	    l2fwd_log_levels[ll->ll_level], "subsystem", ll->ll_subsystem, "event", ll->ll_event,
	    "text", json_text(ll->ll_text));
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

/* In one write, so that lines stay whole. @return 0; -1: errno says why it is lost. */
static int
print_line(int fd, const struct log_line *ll)
{
	char when[32], before[64], *text = NULL, *object = NULL;
	int n, rc = 0;

	time_text(when);
	if (json)
		object = line_json(ll, when);
	else if (!journal[fd])
		snprintf(before, sizeof(before), "%s %s ", when, l2fwd_log_levels[ll->ll_level]);
	if (journal[fd])
		snprintf(before, sizeof(before), "<%d>", ll->ll_level - 1);
	else if (json)
		before[0] = '\0';
	n = json ? asprintf(&text, "%s%s\n", before, object != NULL ? object : "{}")
	         : asprintf(&text, "%s%s: %s\n", before, ll->ll_subsystem, ll->ll_text);
	for (int done = 0; rc == 0 && done < n;) {
		ssize_t written = write(fd, text + done, (size_t)(n - done));

		if (written >= 0)
			done += (int)written;
		else if (errno != EINTR)
			rc = -1;
	}
	free(n >= 0 ? text : NULL);
	free(object);
	return rc;
}

void
l2fwd_log_line(uint32_t level, const char *event, const char *text)
{
	const struct log_line ll = {(int)level, "l2fwd", event, text};

	fflush(stdout);
	print_line(STDOUT_FILENO, &ll);
}

void
l2fwd_log_refusal(const char *text)
{
	const struct log_line ll = {RTE_LOG_ERR, "l2fwd", NULL, text};

	if (dpdk_stream != NULL && (json || journal[STDERR_FILENO]))
		print_line(STDERR_FILENO, &ll);
	else
		fprintf(stderr, "lwkt-l2fwd: %s\n", text);
}

/*
 * Streams
 */

/* DPDK has no call that gives a type's name but the one that prints all. */
static void
read_types(char names[TYPES][TYPE_NAME])
{
	char *text = NULL, *rest, *line;
	size_t bytes = 0;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		return;
	rte_log_dump(f);
	rest = fclose(f) == 0 ? text : NULL;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char name[TYPE_NAME];
		unsigned int id;

		if (sscanf(line, "id %u: %39[^,],", &id, name) == 2 && id < TYPES)
			memcpy(names[id], name, sizeof(name));
	}
	free(text);
}

/* Under the stream's lock. */
static const char *
type_name(int id)
{
	static char names[TYPES][TYPE_NAME];

	if (id < 0 || id >= TYPES)
		return "dpdk";
	if (names[id][0] == '\0')
		read_types(names);
	return names[id][0] != '\0' ? names[id] : "dpdk";
}

static void
about_dpdk(struct log_line *ll)
{
	int level = rte_log_cur_msg_loglevel(), event = lwkt_event_of_line();

	ll->ll_level =
	    level >= (int)RTE_LOG_EMERG && level <= (int)RTE_LOG_DEBUG ? level : (int)RTE_LOG_INFO;
	ll->ll_subsystem = type_name(rte_log_cur_msg_logtype());
	ll->ll_event = event >= 0 ? lwkt_event_name((enum lwkt_event_kind)event) : NULL;
}

static void
about_printed(struct log_line *ll)
{
	*ll = (struct log_line){.ll_level = RTE_LOG_INFO, .ll_subsystem = "l2fwd"};
}

static int
stream_line(struct log_stream *ls)
{
	size_t skip;
	struct log_line ll;

	ls->ls_about(&ll);
	ls->ls_text[ls->ls_n] = '\0';
	output_plain(ls->ls_text);
	skip = strncmp(ls->ls_text, PREFIX, sizeof(PREFIX) - 1) == 0 ? sizeof(PREFIX) - 1 : 0;
	ll.ll_text = ls->ls_text + skip;
	/* The library's warnings are to be seen with --log-level=error too, so that is their level there. */
	if (ll.ll_level == (int)RTE_LOG_ERR && strstr(ll.ll_text, "warning: ") != NULL)
		ll.ll_level = RTE_LOG_WARNING;
	ls->ls_n = 0;
	return print_line(ls->ls_fd, &ll);
}

static ssize_t
stream_write(void *cookie, const char *bytes, size_t n)
{
	struct log_stream *ls = cookie;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n')
			ls->ls_text[ls->ls_n++] = bytes[i];
		if (ls->ls_n > 0 && (bytes[i] == '\n' || ls->ls_n == sizeof(ls->ls_text) - 1))
			rc |= stream_line(ls);
	}
	return rc == 0 ? (ssize_t)n : 0;
}

static FILE *
stream_open(struct log_stream *ls)
{
	FILE *f = fopencookie(ls, "w", (cookie_io_functions_t){.write = stream_write});

	if (f != NULL)
		setvbuf(f, NULL, _IOLBF, BUFSIZ);
	return f;
}

FILE *
l2fwd_log_stream(void)
{
	return dpdk_stream;
}

/* Does it lead to the journal? As systemd.exec(5) has it. */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char text[64];

	if (stream == NULL || fstat(fd, &st) < 0)
		return false;
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(text, stream) == 0;
}

int
l2fwd_log_form(const struct l2fwd_args *args, struct l2fwd_err *err)
{
	static struct log_stream dpdk = {.ls_fd = STDERR_FILENO, .ls_about = about_dpdk};
	static struct log_stream printed = {.ls_fd = STDOUT_FILENO, .ls_about = about_printed};
	FILE *f;
	int rc;

	dpdk_stream = stream_open(&dpdk);
	rc = dpdk_stream != NULL ? rte_openlog_stream(dpdk_stream) : -errno;

	json = args->log_format == L2FWD_LOG_JSON;
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		journal[fd] = args->log == NULL && is_journal(fd);
	fflush(stdout);
	if (rc == 0 && (json || journal[STDOUT_FILENO])) {
		f = stream_open(&printed);
		rc = f != NULL ? 0 : -errno;
		stdout = f != NULL ? f : stdout;
	}
	return rc == 0 ? 0
	               : l2fwd_refuse(err, L2FWD_EXIT_ENV,
	                     "--log-format: no memory for its streams (%s)", strerror(-rc));
}
