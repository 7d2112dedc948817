/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"

static bool
is_argument(const struct opt *opt)
{
	return opt->op_kind == OPT_ARGUMENT || opt->op_kind == OPT_ARGUMENTS;
}

static void
print_help(const struct opt *opts, const char *cmd, const char *summary)
{
	bool arguments = is_argument(opts);

	printf("usage: lwkt-bench %s%s [options]", arguments ? "" : "[EAL options --] ", cmd);
	for (const struct opt *opt = opts; is_argument(opt); opt++)
		printf(" %s%s", opt->op_arg, opt->op_kind == OPT_ARGUMENTS ? "..." : "");
	printf("\n\n%s\n\noptions:\n", summary);
	for (; opts->op_name != NULL; opts++) {
		const char letter[] = {'-', opts->op_letter, ',', ' ', '\0'};
		int used = printf("  %s%s%s%s%s", opts->op_letter != '\0' ? letter : "",
		    is_argument(opts) ? "" : "--", opts->op_name,
		    opts->op_arg != NULL && *opts->op_name != '\0' ? " " : "",
		    opts->op_arg != NULL ? opts->op_arg : "");

		printf("%*s%s\n", used < 22 ? 22 - used : 1, "", opts->op_help);
	}
	printf("  --help              print this\n");
}

static const struct opt *
find(const struct opt *opts, const char *name, size_t len)
{
	for (; opts->op_name != NULL; opts++)
		if (!is_argument(opts) && strlen(opts->op_name) == len &&
		    strncmp(opts->op_name, name, len) == 0)
			return opts;
	return NULL;
}

static const struct opt *
find_letter(const struct opt *opts, const char *letter)
{
	for (; opts->op_name != NULL; opts++)
		if (opts->op_letter != '\0' && opts->op_letter == letter[0] && letter[1] == '\0')
			return opts;
	return NULL;
}

/* A whole decimal number in the option's range, up to end; 0 or -EINVAL. */
static int
parse_uint(const struct opt *opt, const char *text, const char *end, unsigned int *value)
{
	unsigned long number;
	char *stop;

	if (text == end || *text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoul(text, &stop, 10);
	if (errno != 0 || stop != end || number < opt->op_min || number > opt->op_max)
		return -EINVAL;
	*value = (unsigned int)number;
	return 0;
}

/* "10" or "0.25" as milliseconds in the option's range. */
static int
parse_seconds(const struct opt *opt, const char *text, unsigned int *value)
{
	static const unsigned int unit[] = {1000, 100, 10, 1};
	const char *end = text + strlen(text), *dot = strchrnul(text, '.');
	const struct opt any = {.op_max = UINT32_MAX / 1000 - 1};
	unsigned int whole, part = 0;

	if (parse_uint(&any, text, dot, &whole) < 0)
		return -EINVAL;
	if (*dot == '.' && (end - dot > 4 || parse_uint(&any, dot + 1, end, &part) < 0))
		return -EINVAL;
	whole = whole * 1000 + part * unit[*dot == '.' ? end - dot - 1 : 0];
	if (whole < opt->op_min || whole > opt->op_max)
		return -EINVAL;
	*value = whole;
	return 0;
}

static int
parse_word(const struct opt *opt, const char *text, const char *end, unsigned int *mask)
{
	for (unsigned int i = 0; opt->op_words[i] != NULL; i++) {
		if (strlen(opt->op_words[i]) == (size_t)(end - text) &&
		    strncmp(opt->op_words[i], text, (size_t)(end - text)) == 0) {
			*mask |= 1u << i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A list of numbers or words. */
static int
parse_list(const struct opt *opt, const char *text)
{
	struct uint_list list = {0};
	unsigned int mask = 0;

	for (const char *end;; text = end + 1) {
		int rc;

		end = strchrnul(text, ',');
		if (opt->op_kind == OPT_WORDS)
			rc = parse_word(opt, text, end, &mask);
		else if (list.ul_n == ARGS_LIST_MAX)
			rc = -EINVAL;
		else
			rc = parse_uint(opt, text, end, &list.ul_value[list.ul_n++]);
		if (rc < 0)
			return rc;
		if (*end == '\0')
			break;
	}
	if (opt->op_kind == OPT_WORDS)
		*(unsigned int *)opt->op_value = mask;
	else
		*(struct uint_list *)opt->op_value = list;
	return 0;
}

static int
parse_value(const struct opt *opt, const char *text)
{
	switch (opt->op_kind) {
	case OPT_FLAG:
		*(bool *)opt->op_value = true;
		return 0;
	case OPT_UINT:
		return parse_uint(opt, text, text + strlen(text), opt->op_value);
	case OPT_SECONDS:
		return parse_seconds(opt, text, opt->op_value);
	case OPT_STRING:
	case OPT_ARGUMENT:
		*(const char **)opt->op_value = text;
		return *text != '\0' ? 0 : -EINVAL;
	case OPT_UINTS:
	case OPT_WORDS:
		return parse_list(opt, text);
	case OPT_ARGUMENTS:
		break; /* args_parse() */
	}
	return -EINVAL;
}

/* The end of a complaint: what the option would take. */
static void
print_wanted(const struct opt *opt)
{
	switch (opt->op_kind) {
	case OPT_UINT:
		fprintf(stderr, "a number from %u to %u", opt->op_min, opt->op_max);
		break;
	case OPT_SECONDS:
		fprintf(
		    stderr, "seconds from %g to %g", opt->op_min / 1000.0, opt->op_max / 1000.0);
		break;
	case OPT_UINTS:
		fprintf(stderr, "at most %d numbers from %u to %u, separated by commas",
		    ARGS_LIST_MAX, opt->op_min, opt->op_max);
		break;
	case OPT_WORDS:
		fprintf(stderr, "one or more of");
		for (unsigned int i = 0; opt->op_words[i] != NULL; i++)
			fprintf(stderr, "%s%s", i == 0 ? " " : ",", opt->op_words[i]);
		break;
	default:
		fprintf(stderr, "a value");
	}
}

static int
complain(const char *cmd, const struct opt *opt, const char *value)
{
	fprintf(stderr, "lwkt-bench %s: --%s takes ", cmd, opt->op_name);
	print_wanted(opt);
	if (value != NULL)
		fprintf(stderr, ", not '%s'\n", value);
	else
		fprintf(stderr, "; none was given\n");
	return BENCH_USAGE;
}

int
args_parse(const struct opt *opts, const char *summary, int argc, char **argv)
{
	const char *cmd = argv[0];
	const struct opt *arg = opts; /* the next argument, as long as it is one */

	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 2, *equals, *value = NULL;
		const struct opt *opt;

		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_help(opts, cmd, summary);
			return ARGS_DONE;
		}
		if (argv[i][0] != '-' && arg->op_kind == OPT_ARGUMENT) {
			*(const char **)(arg++)->op_value = argv[i];
			continue;
		}
		if (argv[i][0] != '-' && arg->op_kind == OPT_ARGUMENTS) {
			struct arg_list *list = arg->op_value;

			/* The list is never longer than what has been looked at. */
			list->al_text = argv + 1;
			list->al_text[list->al_n++] = argv[i];
			continue;
		}
		if (argv[i][0] != '-') {
			fprintf(stderr,
			    "lwkt-bench %s: unexpected argument '%s'; options begin with --\n", cmd,
			    argv[i]);
			return BENCH_USAGE;
		}
		equals = strchrnul(argv[i], '=');
		opt = argv[i][1] == '-' ? find(opts, name, (size_t)(equals - name))
		                        : find_letter(opts, argv[i] + 1);
		if (opt == NULL) {
			fprintf(stderr,
			    "lwkt-bench %s: unknown option '%.*s'; 'lwkt-bench %s --help' lists "
			    "the options\n",
			    cmd, (int)(equals - argv[i]), argv[i], cmd);
			return BENCH_USAGE;
		}
		if (opt->op_kind == OPT_FLAG && *equals == '=') {
			fprintf(stderr, "lwkt-bench %s: --%s takes no value; leave out '%s'\n", cmd,
			    opt->op_name, equals);
			return BENCH_USAGE;
		}
		if (*equals == '=')
			value = equals + 1;
		else if (opt->op_kind != OPT_FLAG)
			value = ++i < argc ? argv[i] : NULL;
		if (opt->op_kind != OPT_FLAG && value == NULL)
			return complain(cmd, opt, NULL);
		if (parse_value(opt, value) < 0)
			return complain(cmd, opt, value);
	}
	if (arg->op_kind == OPT_ARGUMENT ||
	    (arg->op_kind == OPT_ARGUMENTS &&
	        ((const struct arg_list *)arg->op_value)->al_n == 0)) {
		fprintf(stderr, "lwkt-bench %s: no %s; 'lwkt-bench %s --help' says what it takes\n",
		    cmd, arg->op_arg, cmd);
		return BENCH_USAGE;
	}
	return BENCH_OK;
}
