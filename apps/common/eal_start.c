/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "eal_start.h"
#include "output.h"

#define NOTES      32
#define NOTE_BYTES 200

/* EAL panics if it has not enough. */
#define FILES      32
#define MORE_FILES "allow this process more open files (ulimit -n)"

/* The first lines that are warnings or worse. */
static struct {
	unsigned int level; /* RTE_LOG_ */
	char text[NOTE_BYTES];
} notes[NOTES];
static unsigned int nnotes;
static char line[NOTE_BYTES]; /* that is not at its end yet */
static size_t line_bytes;

/*
 * What is printed, line by line
 */

/* Lines that say only that something before them failed. */
static bool
note_is_vague(const char *text)
{
	static const char *const vague[] = {"PANIC in ", "Invalid 'command line'",
	    "Bus (vdev) probe", "Cannot init config", "Cannot init memory", "Cannot init plugins",
	    "Cannot create runtime directory", "Cannot init interrupt-handling",
	    "failed to initialize ", "Unable to parse device", "invalid parameter for --lcores",
	    "invalid parameter for -", NULL};

	for (unsigned int i = 0; vague[i] != NULL; i++)
		if (strncmp(text, vague[i], strlen(vague[i])) == 0)
			return true;
	return false;
}

/* Without "EAL: ", without "function(): ", and without the path of a program. */
static const char *
note_begin(const char *text)
{
	const char *call = strstr(text, "(): "), *option;

	if (strncmp(text, "EAL: ", 5) == 0)
		text += 5;
	if (strncmp(text, "FATAL: ", 7) == 0)
		return text + 7;
	if (call != NULL && strcspn(text, " ") > (size_t)(call - text))
		return call + 4;
	option = strstr(text, ": unrecognized option");
	if (option == NULL)
		option = strstr(text, ": option '");
	if (option == NULL)
		option = strstr(text, ": invalid option");
	return option != NULL ? option + 2 : text;
}

/* A terminal gets nothing but what can be printed. */
static void
note_line(unsigned int level, const char *text)
{
	if (nnotes == NOTES || *text == '\0')
		return;
	for (unsigned int i = 0; i < nnotes; i++)
		if (strcmp(notes[i].text, text) == 0) /* one option is looked at several times */
			return;
	snprintf(notes[nnotes].text, NOTE_BYTES, "%s", text);
	output_plain(notes[nnotes].text);
	notes[nnotes].level = level != 0 ? level : RTE_LOG_ERR;
	nnotes++;
}

void
eal_start_note(unsigned int level, const char *text, size_t bytes)
{
	if (level > RTE_LOG_WARNING)
		return;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] != '\n') {
			if (line_bytes + 1 < sizeof(line))
				line[line_bytes++] = text[i];
			continue;
		}
		line[line_bytes] = '\0';
		line_bytes = 0;
		note_line(level, line);
	}
}

void
eal_start_forget(void)
{
	nnotes = 0;
	line_bytes = 0;
}

static void
notes_show(const struct eal_start *es)
{
	for (unsigned int i = 0; i < nnotes; i++)
		if (es->es_log != NULL)
			rte_log(notes[i].level, RTE_LOGTYPE_EAL, "%s\n", notes[i].text);
		else
			fprintf(stderr, "%s\n", notes[i].text);
}

/*
 * The reason and its fix
 */

/* What EAL says, whose fault it is, and what mends it. */
static const struct known {
	const char *kn_says;
	int kn_code;        /* 0: as rte_errno has it */
	const char *kn_fix; /* "; " at its end: and where options are listed */
} knowns[] = {
    {"unrecognized option", EAL_START_USAGE, "take it away; "},
    {"requires an argument", EAL_START_USAGE, "give it one; "},
    {"invalid option", EAL_START_USAGE, "take it away; "},
    {"Is another primary process running", EAL_START_ENV,
        "end that one, or give this one a --file-prefix of its own"},
    {"for rte_mem_config", EAL_START_USAGE,
        "take --proc-type away: this program is a primary process"},
    {"ugepage", EAL_START_ENV,
        "make some, as with dpdk-hugepages.py -p 2M --setup 512M, or give --no-huge"},
    {"Failed to create thread", EAL_START_ENV, "allow this user more threads (ulimit -u)"},
    {"Cannot allocate mem", EAL_START_ENV, "ask for less memory (-m), or free some"},
    {"cannot open shared object file", EAL_START_USAGE, "name a driver that is there with -d"},
    {"not compatible with", EAL_START_USAGE, "give one of them"},
    {"failed to parse device", EAL_START_ENV,
        "name a driver of this DPDK, as net_af_packet0, or a device that is there"},
    {"ioctl failed (SIOCGIFINDEX)", EAL_START_ENV, "name an interface that ip link shows"},
    {"Could not open AF_PACKET socket", EAL_START_ENV,
        "run as root, or with the capability CAP_NET_RAW"},
    {"Unable to create TAP interface", EAL_START_ENV,
        "run as root, or with the capability CAP_NET_ADMIN"},
    {"Error creating '", EAL_START_ENV,
        "make it a directory that this user may write to, or name one in RUNTIME_DIRECTORY"},
    {"Operation not permitted", EAL_START_ENV, "run as root, or with the capability that it takes"},
    {"o such file", EAL_START_ENV, "name a file that is there"},
    {"Permission denied", EAL_START_ENV, "let this user have it"},
    {"Too many open files", EAL_START_ENV, MORE_FILES},
};

/* @return the first line that says it, and what is known of that; NULL: none. */
static const char *
notes_find(const struct known **known)
{
	for (unsigned int k = 0; k < sizeof(knowns) / sizeof(knowns[0]); k++)
		for (unsigned int i = 0; i < nnotes; i++)
			if (strstr(notes[i].text, knowns[k].kn_says) != NULL) {
				*known = &knowns[k];
				return note_begin(notes[i].text);
			}
	return NULL;
}

/* The first line that says something by itself, else the first. */
static const char *
notes_first(void)
{
	for (unsigned int i = 0; i < nnotes; i++)
		if (!note_is_vague(note_begin(notes[i].text)))
			return note_begin(notes[i].text);
	return nnotes > 0 ? note_begin(notes[0].text) : NULL;
}

static void
explain(struct eal_start *es, const char *where, const char *reason, const char *fix)
{
	size_t n = reason != NULL ? strcspn(reason, "\n") : 0;

	while (n > 0 && (reason[n - 1] == '.' || reason[n - 1] == ' '))
		n--;
	snprintf(es->es_text, sizeof(es->es_text), "%s: %.*s; %s", where, (int)n, reason, fix);
}

void
eal_start_explain(struct eal_start *es, int error)
{
	static const struct known other = {"", 0, "correct EAL's options; "};
	static const struct known lacks = {
	    "", 0, "the lines with --log-level=lib.eal:debug tell more"};
	const struct known *known = NULL;
	const char *reason = notes_find(&known);
	char fix[160];
	size_t n;

	if (reason == NULL)
		reason = notes_first();
	if (reason == NULL)
		reason = error != 0 ? rte_strerror(error) : "it does not start";
	if (known == NULL)
		known = error == EINVAL ? &other : &lacks;
	es->es_code = known->kn_code != 0 ? known->kn_code
	              : error == EINVAL   ? EAL_START_USAGE
	                                  : EAL_START_ENV;
	n = strlen(known->kn_fix);
	snprintf(fix, sizeof(fix), "%s%s", known->kn_fix,
	    n > 2 && strcmp(known->kn_fix + n - 2, "; ") == 0 ? es->es_help : "");
	explain(es, "EAL", reason, fix);
}

bool
eal_start_lacks_device(struct eal_start *es)
{
	static const char failed[] = "failed to initialize ";
	const struct known *known = NULL;
	const char *reason;

	for (unsigned int i = 0; i < nnotes; i++) {
		const char *text = note_begin(notes[i].text), *name = text + sizeof(failed) - 1;
		char where[64];

		if (strncmp(text, failed, sizeof(failed) - 1) != 0)
			continue;
		reason = notes_find(&known);
		if (reason == NULL)
			reason = notes_first();
		if (reason == NULL || reason == text)
			reason = "its driver does not take its arguments";
		snprintf(where, sizeof(where), "--vdev %.*s", (int)strcspn(name, " "), name);
		es->es_code = EAL_START_ENV;
		explain(es, where, reason,
		    known != NULL ? known->kn_fix : "give it the arguments that its driver takes");
		return true;
	}
	return false;
}

/*
 * Keeping back what is printed
 */

static const struct eal_start *starting; /* EAL is, just now */
static FILE *shown;                      /* what is shown as it comes; NULL: nothing */

static ssize_t
catch_log(void *cookie, const char *text, size_t bytes)
{
	(void)cookie;
	eal_start_note((unsigned int)rte_log_cur_msg_loglevel(), text, bytes);
	if (shown != NULL)
		fwrite(text, 1, bytes, shown);
	return (ssize_t)bytes;
}

static ssize_t
catch_error(void *cookie, const char *text, size_t bytes)
{
	(void)cookie;
	eal_start_note(0, text, bytes);
	if (shown != NULL)
		fwrite(text, 1, bytes, shown);
	return (ssize_t)bytes;
}

/* The list of options. */
static ssize_t
catch_output(void *cookie, const char *text, size_t bytes)
{
	(void)cookie;
	(void)text;
	return (ssize_t)bytes;
}

static FILE *
catch_by(cookie_write_function_t *write, int buffering)
{
	const cookie_io_functions_t io = {.write = write};
	FILE *f = fopencookie(NULL, "w", io);

	if (f != NULL)
		setvbuf(f, NULL, buffering, BUFSIZ);
	return f;
}

static void
say(const struct eal_start *es)
{
	char text[EAL_START_TEXT + 64];
	int n = snprintf(text, sizeof(text), "%s: %s\n", es->es_program, es->es_text);

	output_at_once(
	    STDERR_FILENO, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* Since DPDK 25.11 EAL exits by itself if it is given an option that it does not know. */
static void
at_exit(int status, void *arg)
{
	struct eal_start es;

	(void)arg;
	if (starting == NULL || status == 0)
		return;
	es = *starting;
	eal_start_explain(&es, EINVAL);
	say(&es);
	_exit(es.es_code);
}

/* rte_panic(): there are failures that EAL has no other answer to, as no open file. */
static void
on_abort(int sig)
{
	struct eal_start es = *starting;

	(void)sig;
	eal_start_explain(&es, 0);
	say(&es);
	_exit(es.es_code);
}

static bool
asks_for_log(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], "--log-level", 11) == 0)
			return true;
	return false;
}

/* The streams stay open: a thread of EAL's may be about to write. */
static int
init_caught(const struct eal_start *es, int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_abort};
	FILE *log = catch_by(catch_log, _IOFBF), *errors = catch_by(catch_error, _IOLBF),
	     *output = catch_by(catch_output, _IOFBF), *out = stdout, *err = stderr;
	struct sigaction before;
	int used;

	if (log == NULL || errors == NULL || output == NULL)
		return rte_eal_init(argc, argv);
	fflush(stdout);
	shown = !asks_for_log(argc, argv) ? NULL : es->es_log != NULL ? es->es_log : stderr;
	sigaction(SIGABRT, &action, &before);
	rte_openlog_stream(log);
	stdout = output;
	stderr = errors;
	used = rte_eal_init(argc, argv);
	fflush(errors);
	stdout = out;
	stderr = err;
	rte_openlog_stream(es->es_log);
	sigaction(SIGABRT, &before, NULL);
	return used;
}

static int
refuse(struct eal_start *es, int code, const char *text)
{
	es->es_code = code;
	snprintf(es->es_text, sizeof(es->es_text), "%s", text);
	return -1;
}

/* EAL's options with one value, of which it takes the first or the last where there are two. */
static const struct once {
	const char *on_long; /* NULL: none */
	char on_letter;      /* 0: none */
} once[] = {{"--lcores", 'l'}, {NULL, 'c'}, {"--main-lcore", 0}, {NULL, 'm'}, {NULL, 'n'},
    {NULL, 'r'}, {"--socket-mem", 0}, {"--socket-limit", 0}, {"--huge-dir", 0},
    {"--file-prefix", 0}, {"--proc-type", 0}, {"--iova-mode", 0}, {"--base-virtaddr", 0},
    {"--mbuf-pool-ops-name", 0}, {"--vfio-intr", 0}, {"--force-max-simd-bitwidth", 0},
    {"--trace-dir", 0}, {"--trace-bufsz", 0}, {"--trace-mode", 0}};

/* The value of this option at argv[*i]: "--name=V", "--name V", "-nV" or "-n V". NULL: another. */
static const char *
once_value(const struct once *on, int argc, char **argv, int *i)
{
	const char *arg = argv[*i];
	size_t n = on->on_long != NULL ? strlen(on->on_long) : 0;

	if (n > 0 && strncmp(arg, on->on_long, n) == 0 && arg[n] == '=')
		return arg + n + 1;
	if (on->on_letter != 0 && arg[0] == '-' && arg[1] == on->on_letter && arg[2] != '\0')
		return arg + 2;
	if ((n > 0 && strcmp(arg, on->on_long) == 0) ||
	    (on->on_letter != 0 && arg[0] == '-' && arg[1] == on->on_letter))
		return *i + 1 < argc ? argv[++*i] : NULL;
	return NULL;
}

int
eal_start_once(struct eal_start *es, int argc, char **argv)
{
	for (unsigned int k = 0; k < sizeof(once) / sizeof(once[0]); k++) {
		const char *before = NULL;

		for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
			const char *value = once_value(&once[k], argc, argv, &i);
			char letter[] = {'-', once[k].on_letter, '\0'};

			if (value == NULL)
				continue;
			if (before != NULL && strcmp(before, value) != 0) {
				es->es_code = EAL_START_USAGE;
				snprintf(es->es_text, sizeof(es->es_text),
				    "EAL: %s is given twice, as '%.60s' and as '%.60s'; give it once",
				    once[k].on_long != NULL ? once[k].on_long : letter, before,
				    value);
				output_plain(es->es_text);
				return -1;
			}
			before = value;
		}
	}
	return 0;
}

/* What EAL answers with a panic, or with a directory that it cannot make. */
static int
check(struct eal_start *es, int argc, char **argv)
{
	int fds[FILES], n = 0;

	if (eal_start_once(es, argc, argv) < 0)
		return -1;

	while (n < FILES && (fds[n] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
		n++;
	for (int i = 0; i < n; i++)
		close(fds[i]);
	if (n < FILES && errno == EMFILE)
		return refuse(es, EAL_START_ENV, "EAL: too few files may be open; " MORE_FILES);
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *prefix = strncmp(argv[i], "--file-prefix=", 14) == 0 ? argv[i] + 14
		                     : strcmp(argv[i], "--file-prefix") == 0 && i + 1 < argc
		                         ? argv[i + 1]
		                         : "-";

		if (*prefix == '\0' || strchr(prefix, '/') != NULL)
			return refuse(es, EAL_START_USAGE,
			    "EAL: --file-prefix is the name of a directory; give a word without '/'");
	}
	return 0;
}

int
eal_start(struct eal_start *es, int argc, char **argv)
{
	int used;

	if (check(es, argc, argv) < 0)
		return -1;
	eal_start_forget();
	on_exit(at_exit, NULL);
	starting = es;
	rte_errno = 0;
	used = init_caught(es, argc, argv);
	starting = NULL;
	if (used < 0) {
		eal_start_explain(es, rte_errno);
		return -1;
	}
	if (eal_start_lacks_device(es)) {
		rte_eal_cleanup();
		return -1;
	}
	if (shown == NULL)
		notes_show(es);
	shown = NULL;
	return used;
}
