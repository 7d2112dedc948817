/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One table with an option of each kind: what lines mean, and the exact complaint about others.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "options.h"

#define WORDS_MAX 16

static const char *const colours[] = {"red", "green", "blue", NULL};

/* Where the options' values go. */
static struct values {
	bool quick, loud;
	unsigned int rounds, seconds_ms, drain_ms, period_s, colour, mask, stop;
	uint64_t count, ethdevs;
	struct uint_list bursts;
	const char *file, *argument;
	struct arg_list rest;
	unsigned int even, evens;
} values;

static int
parse_even(const struct opt *opt, const char *text, struct opt_parsed *pa)
{
	unsigned int number = (unsigned int)atoi(text);

	if (number % 2 != 0)
		return opt_refuse(pa, "--%s %s: it is odd; give an even one", opt->op_name, text);
	*(unsigned int *)opt->op_value = number;
	return 0;
}

#define COMMON_ROWS                                                                           \
	{"quick", NULL, "few", OPT_FLAG, &values.quick, .op_letter = 'P', .op_mark = true},   \
	    {"loud", NULL, "say more", OPT_FLAG, &values.loud, .op_letter = 'l'},             \
	    {"no-loud", NULL, "say less", OPT_CLEAR, &values.loud},                           \
	    {"rounds", "N", "how many;\nmore are better", OPT_UINT, &values.rounds, 1, 1000,  \
	        .op_mark = true},                                                             \
	    {"seconds", "N", "how long", OPT_SECONDS, &values.seconds_ms, 100, 3600000},      \
	    {"drain", "MS", "wait", OPT_MS, &values.drain_ms, 1, 3000},                       \
	    {"", "PERIOD", "each", OPT_WHOLE, &values.period_s, 0, 86400, .op_letter = 'T'},  \
	    {"count", "N", "packets", OPT_UINT64, &values.count, 1, INT64_MAX},               \
	    {"mask", "HEX", "which", OPT_MASK, &values.ethdevs, 1, UINT64_MAX},               \
	    {"burst", "LIST", "sizes", OPT_UINTS, &values.bursts, 1, 256},                    \
	    {"json", "FILE", "there", OPT_STRING, &values.file, .op_letter = 'o'},            \
	    {"colour", "NAME", "one", OPT_WORD, &values.colour, .op_words = colours},         \
	    {"colours", "NAMES", "some", OPT_WORDS, &values.mask, .op_words = colours},       \
	    {"even", "N", "of two", OPT_OWN, &values.even, .op_parse = parse_even},           \
	    {"evens", "N", "the last", OPT_OWN_TWICE, &values.evens, .op_parse = parse_even}, \
	    {"version", NULL, "which", OPT_STOP, &values.stop, 7}, OPTION_END

static const struct opt plain[] = {COMMON_ROWS};
static const struct opt with_arguments[] = {{"", "A", "the first", OPT_ARGUMENT, &values.argument},
    {"", "FILE", "the others", OPT_ARGUMENTS, &values.rest}, COMMON_ROWS};

static struct opt_parsed parsed;

/* Words separated by blanks; what values point to is valid until the next one. */
static int
parse(const struct opt *opts, const char *line)
{
	static char text[512];
	char name[] = "prog";
	static char *argv[WORDS_MAX + 1];
	int argc = 1;

	cr_assert_lt(strlen(line), sizeof(text));
	strcpy(text, line);
	argv[0] = name;
	for (char *w = strtok(text, " "); w != NULL && argc < WORDS_MAX; w = strtok(NULL, " "))
		argv[argc++] = w;
	values = (struct values){0};
	parsed = (struct opt_parsed){.pa_program = "prog sub"};
	return opt_parse(opts, argc, argv, &parsed);
}

static const struct {
	const char *line, *text;
} refused[] = {
    /* clang-format off */
	{"--rounds", "--rounds takes a number from 1 to 1000; none was given"},
	{"--rounds 0", "--rounds takes a number from 1 to 1000, not '0'"},
	{"--rounds 1001", "--rounds takes a number from 1 to 1000, not '1001'"},
	{"--rounds 18446744073709551617", "--rounds takes a number from 1 to 1000, not '18446744073709551617'"},
	{"--rounds=7x", "--rounds takes a number from 1 to 1000, not '7x'"},
	{"--rounds=", "--rounds takes a number from 1 to 1000, not ''"},
	{"--rounds 0x10", "--rounds takes a number from 1 to 1000, not '0x10'"},
	{"--rounds 1e2", "--rounds takes a number from 1 to 1000, not '1e2'"},
	{"--rounds +1", "--rounds takes a number from 1 to 1000, not '+1'"},
	{"--rounds -1", "--rounds takes a number from 1 to 1000, not '-1'"},
	{"--rounds 1.5", "--rounds takes a number from 1 to 1000, not '1.5'"},
	{"--rounds nan", "--rounds takes a number from 1 to 1000, not 'nan'"},
	{"--rounds inf", "--rounds takes a number from 1 to 1000, not 'inf'"},
	{"--count 9223372036854775808",
	    "--count takes a number from 1 to 9223372036854775807, not '9223372036854775808'"},
	{"--mask 0", "--mask takes a hexadecimal mask from 1 to ffffffffffffffff, not '0'"},
	{"--mask 0x", "--mask takes a hexadecimal mask from 1 to ffffffffffffffff, not '0x'"},
	{"--mask 1g", "--mask takes a hexadecimal mask from 1 to ffffffffffffffff, not '1g'"},
	{"--mask 3 --mask 4", "--mask is given twice, as '3' and as '4'; give it once"},
	{"--seconds 0.05", "--seconds takes seconds from 0.1 to 3600, not '0.05'"},
	{"--seconds 2h", "--seconds takes seconds from 0.1 to 3600, not '2h'"},
	{"--seconds .5", "--seconds takes seconds from 0.1 to 3600, not '.5'"},
	{"--seconds 1.", "--seconds takes seconds from 0.1 to 3600, not '1.'"},
	{"--seconds 1e1", "--seconds takes seconds from 0.1 to 3600, not '1e1'"},
	{"--seconds 0x10", "--seconds takes seconds from 0.1 to 3600, not '0x10'"},
	{"--seconds nan", "--seconds takes seconds from 0.1 to 3600, not 'nan'"},
	{"--seconds inf", "--seconds takes seconds from 0.1 to 3600, not 'inf'"},
	{"--seconds 1.0001", "--seconds takes seconds from 0.1 to 3600, not '1.0001'"},
	{"--seconds 1days", "--seconds takes seconds from 0.1 to 3600, not '1days'"},
	{"--drain 0.5", "--drain takes milliseconds from 1 to 3000, not '0.5'"},
	{"-T 1.5", "-T takes whole seconds from 0 to 86400, not '1.5'"},
	{"-T", "-T takes whole seconds from 0 to 86400; none was given"},
	{"--burst 8,,1", "--burst takes at most 8 numbers from 1 to 256, separated by commas, not '8,,1'"},
	{"--burst 1,2,3,4,5,6,7,8,9",
	    "--burst takes at most 8 numbers from 1 to 256, separated by commas, not '1,2,3,4,5,6,7,8,9'"},
	{"--json=", "--json takes a value, not ''"},
	{"--colour pink", "--colour takes red, green or blue, not 'pink'"},
	{"--colour red,green", "--colour takes red, green or blue, not 'red,green'"},
	{"--colours red,pink", "--colours takes one or more of red,green,blue, not 'red,pink'"},
	{"--even 3", "--even 3: it is odd; give an even one"},
	{"--quick=1", "--quick takes no value; leave out '=1'"},
	{"--help=1", "--help takes no value; leave out '=1'"},
	{"--wrong", "unknown option '--wrong'; 'prog sub --help' lists the options"},
	{"--wrong=1", "unknown option '--wrong'; 'prog sub --help' lists the options"},
	{"--co red", "unknown option '--co'; 'prog sub --help' lists the options"}, /* of two */
	{"-x", "unknown option '-x'; 'prog sub --help' lists the options"},
	{"-Px", "unknown option '-x'; 'prog sub --help' lists the options"},
	{"rest", "unexpected argument 'rest'; take it away, or see 'prog sub --help'"},
	{"-- --quick", "unexpected argument '--quick'; take it away, or see 'prog sub --help'"},
	{"-", "unexpected argument '-'; take it away, or see 'prog sub --help'"},
	/* What disagrees */
	{"--rounds 1 --rounds 2", "--rounds is given twice, as '1' and as '2'; give it once"},
	{"--seconds 1 --seconds 1.5s", "--seconds is given twice, as '1' and as '1.5s'; give it once"},
	{"--json a --json b", "--json is given twice, as 'a' and as 'b'; give it once"},
	{"--burst 1,2 --burst 1", "--burst is given twice, as '1,2' and as '1'; give it once"},
	{"--colours red --colours blue", "--colours is given twice, as 'red' and as 'blue'; give it once"},
	{"--even 2 --even 4", "--even is given twice, as '2' and as '4'; give it once"},
	{"--loud --no-loud", "--loud and --no-loud are both given; give one of them"},
	{"--no-loud -l", "--no-loud and --loud are both given; give one of them"},
    /* clang-format on */
};

Test(options, API_nonsense_is_refused_with_one_line_that_names_it)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		cr_expect_eq(parse(plain, refused[i].line), OPT_REFUSED, "%s", refused[i].line);
		cr_expect_str_eq(parsed.pa_error, refused[i].text);
	}
}

Test(options, API_values_in_each_form)
{
	cr_assert_eq(parse(plain, "-Po f --rounds=1000 -T60 --seconds 0.25 --drain 1s"), OPT_OK);
	cr_expect(values.quick && values.rounds == 1000 && values.period_s == 60);
	cr_expect_eq(values.seconds_ms, 250);
	cr_expect_eq(values.drain_ms, 1000);
	cr_expect_str_eq(values.file, "f");
	cr_assert_eq(
	    parse(plain, "--count 9223372036854775807 --burst 1,256 --colour blue"), OPT_OK);
	cr_expect_eq(values.count, INT64_MAX);
	cr_expect(values.bursts.ul_n == 2 && values.bursts.ul_value[1] == 256);
	cr_expect_eq(values.colour, 2);
	cr_assert_eq(parse(plain, "--mask fF --mask 0xff"), OPT_OK);
	cr_expect_eq(values.ethdevs, 255);
	cr_assert_eq(parse(plain, "--colours blue,red --ro 7 --no-l --even 4"), OPT_OK);
	cr_expect(values.mask == 5 && values.rounds == 7 && !values.loud && values.even == 4);
}

Test(options, API_times_have_units)
{
	static const struct {
		const char *line;
		unsigned int seconds_ms, period_s;
	} times[] = {{"--seconds 10", 10000, 0}, {"--seconds 10s", 10000, 0},
	    {"--seconds 500ms", 500, 0}, {"--seconds 0.5", 500, 0}, {"--seconds 1MIN", 60000, 0},
	    {"--seconds 1h", 3600000, 0}, {"-T 1h", 0, 3600}, {"-T 0.5min", 0, 30},
	    {"-T 2000ms", 0, 2}, {"-T 0", 0, 0}};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		cr_assert_eq(
		    parse(plain, times[i].line), OPT_OK, "%s: %s", times[i].line, parsed.pa_error);
		cr_expect_eq(values.seconds_ms, times[i].seconds_ms, "%s", times[i].line);
		cr_expect_eq(values.period_s, times[i].period_s, "%s", times[i].line);
	}
}

Test(options, API_a_number_may_have_a_unit_and_nothing_else)
{
	static const struct lwkt_unit units[] = {
	    {"", 1}, {"mpps", 1000000}, {"Gbps", 1000000000}, {"%", 1}};
	static const struct {
		const char *text;
		int unit;
		double value;
	} numbers[] = {{"10mpps", 1, 10}, {"10MPPS", 1, 10}, {"10gbps", 2, 10}, {"0.1%", 3, 0.1},
	    {"7", 0, 7}, {"", -EINVAL, 0}, {"mpps", -EINVAL, 0}, {"0x10", -EINVAL, 0},
	    {"1e3", -EINVAL, 0}, {"1e3mpps", -EINVAL, 0}, {"nan", -EINVAL, 0}, {"inf%", -EINVAL, 0},
	    {"-1%", -EINVAL, 0}, {"+1%", -EINVAL, 0}, {" 1%", -EINVAL, 0}, {"1 %", -EINVAL, 0},
	    {"1.%", -EINVAL, 0}, {"1.2.3%", -EINVAL, 0}, {"1e%", -EINVAL, 0},
	    {"99999999999999999999999999999999999999999999999999999999999999999%", -EINVAL, 0}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		double value = -1;

		cr_expect_eq(opt_number(numbers[i].text, units, 4, &value), numbers[i].unit, "%s",
		    numbers[i].text);
		if (numbers[i].unit >= 0)
			cr_expect_float_eq(value, numbers[i].value, 1e-9, "%s", numbers[i].text);
		else
			cr_expect_float_eq(value, -1, 0.1, "%s: written", numbers[i].text);
	}
}

/* What pipeline files and options have in common. */
Test(options, API_a_number_is_exactly_what_is_written_or_none)
{
	static const struct lwkt_unit units[] = {{"ns", 1}, {"us", 1000}, {"s", 1000000000}};
	static const struct {
		const char *text;
		int rc;
		uint64_t value; /* in us */
	} numbers[] = {{"7", 0, 7}, {"18446744073709551615", 0, UINT64_MAX},
	    {"18446744073709551616", -ERANGE, 0}, {"99999999999999999999999s", -ERANGE, 0},
	    {"0", 0, 0}, {"0.5s", 0, 500000}, {"1.000001s", 0, 1000001}, {"1.0000010S", 0, 1000001},
	    {"1.0000001s", -EINVAL, 0}, {"1000ns", 0, 1}, {"999ns", -EINVAL, 0},
	    {"1.5", -EINVAL, 0}, {"1.0", -EINVAL, 0}, {"18446744073.709551s", 0, 18446744073709551},
	    {"18446744073710s", -ERANGE, 0}, {"0.00000000000000000000000001s", -EINVAL, 0},
	    {"", -EINVAL, 0}, {"us", -EINVAL, 0}, {"1 us", -EINVAL, 0}, {"1u", -EINVAL, 0},
	    {"1uss", -EINVAL, 0}, {"0x10", -EINVAL, 0}, {"1e3", -EINVAL, 0}, {"nan", -EINVAL, 0},
	    {"inf", -EINVAL, 0}, {"-1us", -EINVAL, 0}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t value = 77;

		cr_expect_eq(lwkt_number_whole(
		                 numbers[i].text, strlen(numbers[i].text), units, 3, 1000, &value),
		    numbers[i].rc, "%s", numbers[i].text);
		cr_expect_eq(
		    value, numbers[i].rc == 0 ? numbers[i].value : 77, "%s", numbers[i].text);
	}
}

Test(options, API_what_agrees_may_be_repeated)
{
	cr_expect_eq(parse(plain, "--rounds 7 --rounds 07"), OPT_OK);
	cr_expect_eq(parse(plain, "--seconds 1 --seconds 1000ms -T 60 -T 1min"), OPT_OK);
	cr_expect_eq(parse(plain, "--json a -o a --colours red,blue --colours blue,red"), OPT_OK);
	cr_expect_eq(parse(plain, "--loud -l -P --quick --burst 1,2 --burst 1,2"), OPT_OK);
	cr_expect_eq(parse(plain, "--evens 2 --evens 4"), OPT_OK, "it looks after itself");
	cr_expect_eq(values.evens, 4);
}

Test(options, API_arguments_in_the_order_of_the_table)
{
	cr_assert_eq(parse(with_arguments, "a --rounds 3 b c"), OPT_OK);
	cr_expect_str_eq(values.argument, "a");
	cr_assert_eq(values.rest.al_n, 2);
	cr_expect_str_eq(values.rest.al_text[1], "c");
	cr_assert_eq(parse(with_arguments, "a -- --b -c"), OPT_OK);
	cr_assert_eq(values.rest.al_n, 2);
	cr_expect_str_eq(values.rest.al_text[0], "--b");
	cr_expect_eq(parse(with_arguments, "--quick"), OPT_REFUSED);
	cr_expect_str_eq(parsed.pa_error, "no A; 'prog sub --help' says what it takes");
	cr_expect_eq(parse(with_arguments, "a --quick"), OPT_REFUSED);
	cr_expect_str_eq(parsed.pa_error, "no FILE; 'prog sub --help' says what it takes");
}

Test(options, API_help_and_stop_end_it)
{
	cr_expect_eq(parse(plain, "--help --wrong"), OPT_HELP);
	cr_expect_eq(parse(plain, "-Ph"), OPT_HELP);
	cr_expect_eq(parse(plain, "--version --wrong"), OPT_STOPPED);
	cr_expect_eq(values.stop, 7);
	cr_expect_eq(parse(plain, "--wrong --help"), OPT_REFUSED);
}

Test(options, API_the_first_marked_option_is_named)
{
	cr_assert_eq(parse(plain, "--loud -T 1"), OPT_OK);
	cr_expect_str_eq(parsed.pa_marked, "");
	cr_assert_eq(parse(plain, "--loud --rounds 2 -P"), OPT_OK);
	cr_expect_str_eq(parsed.pa_marked, "--rounds");
	cr_assert_eq(parse(plain, "-P --rounds 2"), OPT_OK);
	cr_expect_str_eq(parsed.pa_marked, "--quick");
}

Test(options, API_help_has_a_line_for_each_row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	opt_help(with_arguments, 18, out);
	fclose(out);
	cr_expect_not_null(
	    strstr(text, "  A               the first\n  FILE            the others\n"));
	cr_expect_not_null(strstr(text, "  -P, --quick     few\n"), "%s", text);
	cr_expect_not_null(
	    strstr(text, "  --rounds N      how many;\n                  more"), "%s", text);
	cr_expect_not_null(strstr(text, "  -T PERIOD       each\n"), "%s", text);
	cr_expect_not_null(strstr(text, "  --colours NAMES some\n"), "%s", text);
	cr_expect_not_null(strstr(text, "  --colour NAME   one\n"), "%s", text);
	cr_expect_not_null(strstr(text, "  -h, --help      print this and end\n"), "%s", text);
	free(text);
}
