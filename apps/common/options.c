/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "options.h"
#include "output.h"

/* A text and its end, where lists have a comma and numbers a unit. */
struct word {
	const char *wo_text, *wo_end;
};

static struct word
word_whole(const char *text)
{
	return (struct word){text, text + strlen(text)};
}

static bool
word_is(struct word wo, const char *text)
{
	size_t len = (size_t)(wo.wo_end - wo.wo_text);

	return strlen(text) == len && strncmp(text, wo.wo_text, len) == 0;
}

int
opt_refuse(struct opt_parsed *pa, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(pa->pa_error, sizeof(pa->pa_error), fmt, ap);
	va_end(ap);
	output_plain(pa->pa_error);
	return OPT_REFUSED;
}

/*
 * Values
 */

static int
parse_uint(const struct opt *opt, struct word wo, uint64_t *value)
{
	uint64_t number;

	if (lwkt_number_whole(wo.wo_text, (size_t)(wo.wo_end - wo.wo_text), NULL, 0, 1, &number) <
	        0 ||
	    number < opt->op_min || number > opt->op_max)
		return -EINVAL;
	*value = number;
	return 0;
}

/* Hexadecimal digits, with or without 0x. */
static int
parse_mask(const struct opt *opt, const char *text)
{
	const char *digits = strncasecmp(text, "0x", 2) == 0 ? text + 2 : text;
	uint64_t mask = 0;

	if (*digits == '\0')
		return -EINVAL;
	for (; *digits != '\0'; digits++) {
		int c = tolower((unsigned char)*digits);

		if (!isxdigit(c) || mask >> 60 != 0)
			return -EINVAL;
		mask = mask << 4 | (uint64_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	if (mask < opt->op_min || mask > opt->op_max)
		return -EINVAL;
	*(uint64_t *)opt->op_value = mask;
	return 0;
}

int
opt_number(const char *text, const struct lwkt_unit *units, unsigned int n, double *value)
{
	struct lwkt_number nu;

	if (lwkt_number_scan(text, strlen(text), units, n, &nu) < 0 || nu.nu_unit < 0)
		return -EINVAL;
	*value = (double)nu.nu_digits;
	for (; nu.nu_decimals > 0; nu.nu_decimals--)
		*value /= 10;
	return nu.nu_unit;
}

/* A time, as a whole number of what is stored. */
static int
parse_time(const struct opt *opt, const char *text, unsigned int *value)
{
	const struct lwkt_unit units[] = {{"", opt->op_kind == OPT_MS ? 1 : 1000}, {"ms", 1},
	    {"s", 1000}, {"min", 60000}, {"h", 3600000}};
	uint64_t stored;

	if (lwkt_number_whole(text, strlen(text), units, sizeof(units) / sizeof(units[0]),
	        opt->op_kind == OPT_WHOLE ? 1000 : 1, &stored) < 0 ||
	    stored < opt->op_min || stored > opt->op_max)
		return -EINVAL;
	*value = (unsigned int)stored;
	return 0;
}

static int
parse_word(const struct opt *opt, struct word wo, unsigned int *index)
{
	for (unsigned int i = 0; opt->op_words[i] != NULL; i++)
		if (word_is(wo, opt->op_words[i])) {
			*index = i;
			return 0;
		}
	return -EINVAL;
}

/* A list of numbers or words, separated by commas. */
static int
parse_list(const struct opt *opt, const char *text)
{
	struct uint_list list = {0};
	unsigned int mask = 0, index = 0;
	uint64_t number = 0;
	struct word wo = {.wo_text = text};

	for (;; wo.wo_text = wo.wo_end + 1) {
		int rc;

		wo.wo_end = strchrnul(wo.wo_text, ',');
		rc = opt->op_kind == OPT_WORDS ? parse_word(opt, wo, &index)
		                               : parse_uint(opt, wo, &number);
		if (rc < 0 || list.ul_n == OPT_LIST_MAX)
			return -EINVAL;
		if (opt->op_kind == OPT_WORDS)
			mask |= 1u << index;
		else
			list.ul_value[list.ul_n++] = (unsigned int)number;
		if (*wo.wo_end == '\0')
			break;
	}
	if (opt->op_kind == OPT_WORDS)
		*(unsigned int *)opt->op_value = mask;
	else
		*(struct uint_list *)opt->op_value = list;
	return 0;
}

static int
parse_number(const struct opt *opt, const char *text)
{
	uint64_t number = 0;

	if (parse_uint(opt, word_whole(text), &number) < 0)
		return -EINVAL;
	if (opt->op_kind == OPT_UINT64)
		*(uint64_t *)opt->op_value = number;
	else
		*(unsigned int *)opt->op_value = (unsigned int)number;
	return 0;
}

/* 0, or -EINVAL: the complaint is ours, or OPT_REFUSED: op_parse() has made it. */
static int
parse_value(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	switch (opt->op_kind) {
	case OPT_FLAG:
	case OPT_CLEAR:
		*(bool *)opt->op_value = opt->op_kind == OPT_FLAG;
		return 0;
	case OPT_STOP:
		*(unsigned int *)opt->op_value = (unsigned int)opt->op_min;
		return 0;
	case OPT_UINT:
	case OPT_UINT64:
		return parse_number(opt, text);
	case OPT_MASK:
		return parse_mask(opt, text);
	case OPT_SECONDS:
	case OPT_MS:
	case OPT_WHOLE:
		return parse_time(opt, text, opt->op_value);
	case OPT_STRING:
		*(const char **)opt->op_value = text;
		return *text != '\0' ? 0 : -EINVAL;
	case OPT_WORD:
		return parse_word(opt, word_whole(text), opt->op_value);
	case OPT_UINTS:
	case OPT_WORDS:
		return parse_list(opt, text);
	case OPT_OWN:
	case OPT_OWN_TWICE:
		return opt->op_parse(opt, text, pa);
	case OPT_ARGUMENT:
	case OPT_ARGUMENTS:
		break; /* they have no name */
	}
	return -EINVAL;
}

/*
 * Complaints
 */

/* "-p" or "--ports". */
static const char *
dashed(const struct opt *opt, char buf[32])
{
	if (*opt->op_name != '\0')
		snprintf(buf, 32, "--%s", opt->op_name);
	else
		snprintf(buf, 32, "-%c", opt->op_letter);
	return buf;
}

static void
list_words(const struct opt *opt, char *buf, size_t size)
{
	const bool one = opt->op_kind == OPT_WORD;
	size_t used = (size_t)snprintf(buf, size, one ? "" : "one or more of ");

	for (unsigned int i = 0; opt->op_words[i] != NULL && used < size; i++) {
		const char *between = !one ? "," : opt->op_words[i + 1] != NULL ? ", " : " or ";

		used += (size_t)snprintf(
		    buf + used, size - used, "%s%s", i > 0 ? between : "", opt->op_words[i]);
	}
}

/* What the option would take. */
static const char *
wanted(const struct opt *opt, char *buf, size_t size)
{
	const double shown = opt->op_kind == OPT_SECONDS ? 1000 : 1;

	switch (opt->op_kind) {
	case OPT_UINT:
	case OPT_UINT64:
		snprintf(
		    buf, size, "a number from %" PRIu64 " to %" PRIu64, opt->op_min, opt->op_max);
		break;
	case OPT_MASK:
		snprintf(buf, size, "a hexadecimal mask from %" PRIx64 " to %" PRIx64, opt->op_min,
		    opt->op_max);
		break;
	case OPT_SECONDS:
	case OPT_MS:
	case OPT_WHOLE:
		snprintf(buf, size, "%sseconds from %.9g to %.9g",
		    opt->op_kind == OPT_MS      ? "milli"
		    : opt->op_kind == OPT_WHOLE ? "whole "
		                                : "",
		    (double)opt->op_min / shown, (double)opt->op_max / shown);
		break;
	case OPT_UINTS:
		snprintf(buf, size,
		    "at most %d numbers from %" PRIu64 " to %" PRIu64 ", separated by commas",
		    OPT_LIST_MAX, opt->op_min, opt->op_max);
		break;
	case OPT_WORD:
	case OPT_WORDS:
		list_words(opt, buf, size);
		break;
	default:
		snprintf(buf, size, "a value");
	}
	return buf;
}

static int
refuse_value(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	char name[32], want[400];

	dashed(opt, name);
	wanted(opt, want, sizeof(want));
	if (text == NULL)
		return opt_refuse(pa, "%s takes %s; none was given", name, want);
	return opt_refuse(pa, "%s takes %s, not '%s'", name, want, text);
}

static int
refuse_unknown(const char *name, int len, struct opt_parsed *pa)
{
	return opt_refuse(
	    pa, "unknown option '%.*s'; '%s --help' lists the options", len, name, pa->pa_program);
}

/*
 * The table
 */

static bool
is_argument(const struct opt *opt)
{
	return opt->op_kind == OPT_ARGUMENT || opt->op_kind == OPT_ARGUMENTS;
}

static bool
has_value(const struct opt *opt)
{
	return opt->op_kind != OPT_FLAG && opt->op_kind != OPT_CLEAR && opt->op_kind != OPT_STOP;
}

/* The option of this name, or the only one that begins like it. */
static const struct opt *
find_name(const struct opt *opts, struct word name)
{
	const size_t len = (size_t)(name.wo_end - name.wo_text);
	const struct opt *found = NULL;
	unsigned int n = 0;

	for (; opts->op_name != NULL; opts++) {
		if (len == 0 || strncmp(opts->op_name, name.wo_text, len) != 0)
			continue;
		if (opts->op_name[len] == '\0')
			return opts;
		found = opts;
		n++;
	}
	return n == 1 ? found : NULL;
}

static const struct opt *
find_letter(const struct opt *opts, char letter)
{
	for (; opts->op_name != NULL; opts++)
		if (opts->op_letter == letter)
			return opts;
	return NULL;
}

/* A parse on its way. */
struct walk {
	const struct opt *wk_opts;
	const struct opt *wk_argument; /* the next one that has to come */
	const char
	    *wk_given[OPT_TABLE_MAX]; /* the text that a row was given first; "" for a flag */
	int wk_at, wk_argc;
	char **wk_argv;
	struct opt_parsed *wk_pa;
};

/* Bytes of a value that is compared with the one before; 0: its text is. */
static size_t
value_size(const struct opt *opt)
{
	switch (opt->op_kind) {
	case OPT_UINT:
	case OPT_SECONDS:
	case OPT_MS:
	case OPT_WHOLE:
	case OPT_WORD:
	case OPT_WORDS:
		return sizeof(unsigned int);
	case OPT_UINT64:
	case OPT_MASK:
		return sizeof(uint64_t);
	case OPT_UINTS:
		return sizeof(struct uint_list);
	default:
		return 0;
	}
}

/* Another row has set the same value otherwise: --yes and --no. */
static int
refuse_opposite(const struct walk *wk, const struct opt *opt)
{
	for (const struct opt *other = wk->wk_opts; other->op_name != NULL; other++) {
		char a[32], b[32];

		if (other == opt || other->op_value != opt->op_value || is_argument(other) ||
		    wk->wk_given[other - wk->wk_opts] == NULL)
			continue;
		return opt_refuse(wk->wk_pa, "%s and %s are both given; give one of them",
		    dashed(other, a), dashed(opt, b));
	}
	return OPT_OK;
}

/* One option with its text, NULL for a flag. */
static int
take_option(struct walk *wk, const struct opt *opt, const char *text)
{
	const char **given = &wk->wk_given[opt - wk->wk_opts], *before = *given;
	const size_t size = value_size(opt);
	struct uint_list old = {0}; /* the largest value */
	char name[32];
	int rc;

	if (before != NULL && size > 0)
		memcpy(&old, opt->op_value, size);
	if (opt->op_mark && *wk->wk_pa->pa_marked == '\0')
		dashed(opt, wk->wk_pa->pa_marked);
	if (!has_value(opt) && refuse_opposite(wk, opt) != OPT_OK)
		return OPT_REFUSED;
	rc = parse_value(opt, text, wk->wk_pa);
	if (rc == -EINVAL)
		return refuse_value(opt, text, wk->wk_pa);
	if (rc != 0)
		return rc;
	if (before != NULL && has_value(opt) && opt->op_kind != OPT_OWN_TWICE &&
	    (size > 0 ? memcmp(&old, opt->op_value, size) : strcmp(before, text)) != 0)
		return opt_refuse(wk->wk_pa, "%s is given twice, as '%s' and as '%s'; give it once",
		    dashed(opt, name), before, text);
	*given = text != NULL ? text : "";
	return opt->op_kind == OPT_STOP ? OPT_STOPPED : OPT_OK;
}

/* An option's text if it is not in the same word; NULL: that was the last word. */
static const char *
next_word(struct walk *wk)
{
	return ++wk->wk_at < wk->wk_argc ? wk->wk_argv[wk->wk_at] : NULL;
}

static int
take_long(struct walk *wk, const char *word)
{
	const struct word name = {word + 2, strchrnul(word, '=')};
	const struct opt *opt = find_name(wk->wk_opts, name);
	const char *text = *name.wo_end == '=' ? name.wo_end + 1 : NULL;

	if (opt == NULL && !word_is(name, "help"))
		return refuse_unknown(word, (int)(name.wo_end - word), wk->wk_pa);
	if ((opt == NULL || !has_value(opt)) && text != NULL)
		return opt_refuse(wk->wk_pa, "--%s takes no value; leave out '%s'",
		    opt != NULL ? opt->op_name : "help", name.wo_end);
	if (opt == NULL)
		return OPT_HELP;
	if (has_value(opt) && text == NULL && (text = next_word(wk)) == NULL)
		return refuse_value(opt, NULL, wk->wk_pa);
	return take_option(wk, opt, text);
}

/* "-P", "-p3", "-p 3", "-Pp3" */
static int
take_letters(struct walk *wk, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const struct opt *opt = find_letter(wk->wk_opts, *letter);
		const char *text = letter[1] != '\0' ? letter + 1 : NULL;
		char name[] = {'-', *letter, '\0'};
		int rc;

		if (opt == NULL && *letter == 'h')
			return OPT_HELP;
		if (opt == NULL)
			return refuse_unknown(name, 2, wk->wk_pa);
		if (has_value(opt) && text == NULL && (text = next_word(wk)) == NULL)
			return refuse_value(opt, NULL, wk->wk_pa);
		rc = take_option(wk, opt, has_value(opt) ? text : NULL);
		if (rc != OPT_OK || has_value(opt))
			return rc;
	}
	return OPT_OK;
}

static int
take_argument(struct walk *wk, char *word)
{
	const struct opt *arg = wk->wk_argument;

	if (arg->op_name != NULL && arg->op_kind == OPT_ARGUMENT) {
		*(const char **)arg->op_value = word;
		wk->wk_argument++;
		return OPT_OK;
	}
	if (arg->op_name != NULL && arg->op_kind == OPT_ARGUMENTS) {
		struct arg_list *list = arg->op_value;

		/* The list is never longer than what has been looked at. */
		list->al_text = wk->wk_argv + 1;
		list->al_text[list->al_n++] = word;
		return OPT_OK;
	}
	return opt_refuse(wk->wk_pa, "unexpected argument '%s'; take it away, or see '%s --help'",
	    word, wk->wk_pa->pa_program);
}

static bool
is_missing(const struct opt *arg)
{
	return arg->op_name != NULL &&
	       (arg->op_kind == OPT_ARGUMENT ||
	           (arg->op_kind == OPT_ARGUMENTS &&
	               ((const struct arg_list *)arg->op_value)->al_n == 0));
}

int
opt_parse(const struct opt *opts, int argc, char **argv, struct opt_parsed *pa)
{
	struct walk wk = {
	    .wk_opts = opts, .wk_argument = opts, .wk_argc = argc, .wk_argv = argv, .wk_pa = pa};
	bool ended = false;
	int rc = OPT_OK;

	*pa->pa_marked = *pa->pa_error = '\0';
	for (const struct opt *opt = opts; opt->op_name != NULL; opt++)
		if (opt->op_kind == OPT_ARGUMENTS)
			((struct arg_list *)opt->op_value)->al_n = 0;
	for (wk.wk_at = 1; wk.wk_at < argc && rc == OPT_OK; wk.wk_at++) {
		char *word = argv[wk.wk_at];

		if (ended || word[0] != '-' || word[1] == '\0')
			rc = take_argument(&wk, word);
		else if (strcmp(word, "--") == 0)
			ended = true;
		else
			rc = word[1] == '-' ? take_long(&wk, word) : take_letters(&wk, word);
	}
	if (rc == OPT_OK && is_missing(wk.wk_argument))
		return opt_refuse(pa, "no %s; '%s --help' says what it takes",
		    wk.wk_argument->op_arg, pa->pa_program);
	return rc;
}

/*
 * Help
 */

static void
help_row(const char *head, const char *help, int column, FILE *out)
{
	int used = fprintf(out, "  %s", head);

	while (*help != '\0') {
		const char *end = strchrnul(help, '\n');

		if (used >= column) {
			fputc('\n', out);
			used = 0;
		}
		fprintf(out, "%*s%.*s\n", column - used, "", (int)(end - help), help);
		used = 0;
		help = *end == '\n' ? end + 1 : end;
	}
}

void
opt_help(const struct opt *opts, int column, FILE *out)
{
	for (; opts->op_name != NULL; opts++) {
		const char letter[] = {'-', opts->op_letter, '\0'};
		bool named = *opts->op_name != '\0';
		char head[128];

		snprintf(head, sizeof(head), "%s%s%s%s%s%s", opts->op_letter != '\0' ? letter : "",
		    opts->op_letter != '\0' && named ? ", " : "", named ? "--" : "", opts->op_name,
		    opts->op_arg != NULL && !is_argument(opts) ? " " : "",
		    opts->op_arg != NULL ? opts->op_arg : "");
		help_row(head, opts->op_help, column, out);
	}
	help_row("-h, --help", "print this and end", column, out);
}
