/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options behind the "--": what they say, and the exact line when they say nonsense.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "args.h"

#define WORDS_MAX 32

/*
 * Parse a line of words separated by blanks. What args points to is valid until the next but one.
 */
static int
parse(const char *line, struct l2fwd_args *args, enum l2fwd_wish *wish, struct l2fwd_err *err)
{
	static char texts[2][512];
	static unsigned int turn;
	char name[] = "--", *text = texts[turn++ % 2];
	char *argv[WORDS_MAX + 1] = {name};
	int argc = 1;

	cr_assert_lt(strlen(line), sizeof(texts[0]));
	strcpy(text, line);
	for (char *w = strtok(text, " "); w != NULL && argc < WORDS_MAX; w = strtok(NULL, " "))
		argv[argc++] = w;
	memset(err, 0, sizeof(*err));
	return l2fwd_args_parse(args, wish, argc, argv, err);
}

static const struct {
	const char *line, *text;
} refused[] = {
    /* clang-format off */
	{"", "-p: not given behind the \"--\"; say which ethdevs to use, -p 3 means ethdevs 0 and 1"},
	{"-p 0", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '0'"},
	{"-p 0x0", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '0x0'"},
	{"-p g", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not 'g'"},
	{"-p 0x", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '0x'"},
	{"-p -1", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '-1'"},
	{"-p +1", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '+1'"},
	{"-p 3,", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, not '3,'"},
	{"-p 10000000000000000", "-p takes a hexadecimal mask from 1 to ffffffffffffffff, "
	    "not '10000000000000000'"},
	{"-p", "-p takes a hexadecimal mask from 1 to ffffffffffffffff; none was given"},
	{"-p 3 -q 0", "-q takes a number from 1 to 16, not '0'"},
	{"-p 3 -q 17", "-q takes a number from 1 to 16, not '17'"},
	{"-p 3 -q x", "-q takes a number from 1 to 16, not 'x'"},
	{"-p 3 -q 0x2", "-q takes a number from 1 to 16, not '0x2'"},
	{"-p 3 -q -2", "-q takes a number from 1 to 16, not '-2'"},
	{"-p 3 -q 18446744073709551617",
	    "-q takes a number from 1 to 16, not '18446744073709551617'"},
	{"-p 3 -T -1", "-T takes whole seconds from 0 to 86400, not '-1'"},
	{"-p 3 -T 86401", "-T takes whole seconds from 0 to 86400, not '86401'"},
	{"-p 3 -T 1.5", "-T takes whole seconds from 0 to 86400, not '1.5'"},
	{"-p 3 -T 0x10", "-T takes whole seconds from 0 to 86400, not '0x10'"},
	{"-p 3 -T 1e3", "-T takes whole seconds from 0 to 86400, not '1e3'"},
	{"-p 3 -T nan", "-T takes whole seconds from 0 to 86400, not 'nan'"},
	{"-p 3 -T inf", "-T takes whole seconds from 0 to 86400, not 'inf'"},
	{"-p 3 -T", "-T takes whole seconds from 0 to 86400; none was given"},
	{"-p 3 --mode fast", "--mode takes rtc or pipeline, not 'fast'"},
	{"-p 3 --mode=RTC", "--mode takes rtc or pipeline, not 'RTC'"},
	{"-p 3 --mode", "--mode takes rtc or pipeline; none was given"},
	{"-p 3 --checksums all", "--checksums takes auto, complete or leave, not 'all'"},
	{"--config f --checksums leave",
	    "--checksums: with --config the file says this; take the option away"},
	{"-p 3 --rxq 0", "--rxq takes a number from 1 to 16, not '0'"},
	{"-p 3 --rxq 17", "--rxq takes a number from 1 to 16, not '17'"},
	{"-p 3 --txq all", "--txq takes a number from 1 to 16, not 'all'"},
	{"-p 3 --txq", "--txq takes a number from 1 to 16; none was given"},
	{"--config f --rxq 2", "--rxq: with --config the file says this; take the option away"},
	{"--config f --txq 2", "--txq: with --config the file says this; take the option away"},
	{"-p 3 -z", "unknown option '-z'; 'lwkt-l2fwd --help' lists the options"},
	{"--mac-updating -zP -p 3", "unknown option '-z'; 'lwkt-l2fwd --help' lists the options"},
	{"-Pz -p 3", "unknown option '-z'; 'lwkt-l2fwd --help' lists the options"},
	{"-p 3 --zero", "unknown option '--zero'; 'lwkt-l2fwd --help' lists the options"},
	{"-p 3 --zero=1", "unknown option '--zero'; 'lwkt-l2fwd --help' lists the options"},
	{"-p 3 --m", "unknown option '--m'; 'lwkt-l2fwd --help' lists the options"}, /* ambiguous */
	{"-p 3 --no-mac-updating=1", "--no-mac-updating takes no value; leave out '=1'"},
	{"--help=x", "--help takes no value; leave out '=x'"},
	{"-p 3 extra", "unexpected argument 'extra'; take it away, or see 'lwkt-l2fwd --help'"},
	{"extra -p 3", "unexpected argument 'extra'; take it away, or see 'lwkt-l2fwd --help'"},
	{"-p 3 -- extra", "unexpected argument 'extra'; take it away, or see 'lwkt-l2fwd --help'"},
	{"-p 3 --portmap 0,1",
	    "--portmap 0,1: not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (0,1),",
	    "--portmap (0,1),: not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (0,1)(2,3)",
	    "--portmap (0,1)(2,3): not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (0,1,2)",
	    "--portmap (0,1,2): not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (0,-1)",
	    "--portmap (0,-1): not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (0,1", "--portmap (0,1: not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (,1)", "--portmap (,1): not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap (a,b)", "--portmap (a,b): not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap ()", "--portmap (): not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 3 --portmap=", "--portmap : not a list of pairs of ethdevs; write (0,1) or (0,1),(2,3)"},
	{"-p 7 --portmap (0,1),(2)",
	    "--portmap (0,1),(2): ethdev 2 has no partner; name pairs, as (0,1)"},
	{"-p 7 --portmap (0,1),(1,2)",
	    "--portmap (0,1),(1,2): ethdev 1 is named twice; name each once"},
	{"-p 7 --portmap (0,1),(2,0)",
	    "--portmap (0,1),(2,0): ethdev 0 is named twice; name each once"},
	{"-p 1 --portmap (0,0)", "--portmap (0,0): ethdev 0 is named twice; name each once"},
	{"-p 1 --portmap (0,1)", "--portmap: ethdev 1 is not in -p 0x1; "
	    "set its bit, or leave it out of the map"},
	{"--portmap (64,1) -p 3", "--portmap: ethdev 64 is not in -p 0x3; "
	    "set its bit, or leave it out of the map"},
	{"-p 3 --portmap (0,4294967297)", "--portmap: ethdev 65535 is not in -p 0x3; "
	    "set its bit, or leave it out of the map"},
	{"-p 3 --mtu 67",
	    "--mtu 67: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 65001",
	    "--mtu 65001: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0",
	    "--mtu 0: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu x",
	    "--mtu x: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 1500x",
	    "--mtu 1500x: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=",
	    "--mtu 0=: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=67",
	    "--mtu 0=67: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=65001",
	    "--mtu 0=65001: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 64=1500",
	    "--mtu 64=1500: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu =1500",
	    "--mtu =1500: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=1500,",
	    "--mtu 0=1500,: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=1500,1",
	    "--mtu 0=1500,1: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=1500,1500",
	    "--mtu 0=1500,1500: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 1500,0=1500",
	    "--mtu 1500,0=1500: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=1500;1=1500",
	    "--mtu 0=1500;1=1500: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu -1",
	    "--mtu -1: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 999999999999",
	    "--mtu 999999999999: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu 0=99999999999999",
	    "--mtu 0=99999999999999: not bytes, 68 to 65000, nor a list of ethdevs and bytes; write 9000, or 0=9000,1=1500"},
	{"-p 3 --mtu", "--mtu takes a value; none was given"},
	{"-p 3 --mtu 2=9000", "--mtu: ethdev 2 is not in -p 0x3; set its bit, or leave it out"},
	{"--config f --mtu 9000", "--mtu: with --config the file says this; take the option away"},
	{"-p 3 --link-wait 3601", "--link-wait takes whole seconds from 0 to 3600, not '3601'"},
	{"-p 3 --link-wait", "--link-wait takes whole seconds from 0 to 3600; none was given"},
	{"-p 3 --preflight=1", "--preflight takes no value; leave out '=1'"},
	{"--preflight", "-p: not given behind the \"--\"; say which ethdevs to use, -p 3 means ethdevs 0 and 1"},
	{"-p 3 --duration 0", "--duration takes whole seconds from 1 to 31536000, not '0'"},
	{"-p 3 --duration 31536001",
	    "--duration takes whole seconds from 1 to 31536000, not '31536001'"},
	{"-p 3 -T 3 -T 4", "-T is given twice, as '3' and as '4'; give it once"},
	{"-p 3 -p 1", "-p is given twice, as '3' and as '1'; give it once"},
	{"-p 3 --portmap (0,1) --portmap (1,0)", "--portmap is given twice, as '(0,1)' and as '(1,0)'; give it once"},
	{"-p 3 --log a --log b", "--log is given twice, as 'a' and as 'b'; give it once"},
	{"-p 3 --mtu 9000 --mtu 1500", "--mtu 1500: 9000 bytes are given already; give one size for each ethdev"},
	{"-p 3 --mtu 1=9000,1=1500", "--mtu 1=9000,1=1500: 9000 bytes are given already; give one size for each ethdev"},
	{"-p 3 --no-mac-updating --mac-updating",
	    "--no-mac-updating and --mac-updating are both given; give one of them"},
	{"-p 3 --count 0", "--count takes a number from 1 to 9223372036854775807, not '0'"},
	{"-p 3 --count -1", "--count takes a number from 1 to 9223372036854775807, not '-1'"},
	{"-p 3 --count 9223372036854775808", "--count takes a number from 1 to 9223372036854775807, "
	    "not '9223372036854775808'"},
	{"-p 3 --stats-json", "--stats-json takes a value; none was given"},
	{"-p 3 --log", "--log takes a value; none was given"},
	{"-p 3 --stats-bytes=1", "--stats-bytes takes no value; leave out '=1'"},
	{"-p 3 --idle doze",
	    "--idle takes poll, pause, sleep or interrupt, not 'doze'"},
	{"-p 3 --idle", "--idle takes poll, pause, sleep or interrupt; none was given"},
	{"--config f --print-config", "--print-config: with --config the file says this; take the option away"},
	{"--config", "--config takes a value; none was given"},
	{"--config f -p 3", "-p: with --config the file says this; take the option away"},
	{"-q 1 --config f", "-q: with --config the file says this; take the option away"},
	{"--config f -P", "-P: with --config the file says this; take the option away"},
	{"--config f --mode rtc", "--mode: with --config the file says this; take the option away"},
	{"--portmap (0,1) --config f",
	    "--portmap: with --config the file says this; take the option away"},
	{"--config f --mac-updating --mode rtc",
	    "--mac-updating: with --config the file says this; take the option away"},
	{"--config f --no-mac-updating",
	    "--no-mac-updating: with --config the file says this; take the option away"},
	{"--config f --check=yes", "--check takes no value; leave out '=yes'"},
	{"--config f -T x", "-T takes whole seconds from 0 to 86400, not 'x'"},
    /* clang-format on */
};

Test(l2fwd_args, API_nonsense_is_refused_with_one_line_that_names_it)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct l2fwd_args args = {.group = 77};
		enum l2fwd_wish wish;
		struct l2fwd_err err;

		cr_expect_eq(parse(refused[i].line, &args, &wish, &err), -1, "%s is accepted",
		    refused[i].line);
		cr_expect_str_eq(err.text, refused[i].text);
		cr_expect_eq(err.code, L2FWD_EXIT_USAGE, "%s", refused[i].line);
		cr_expect_eq(args.group, 77, "%s: the output was touched", refused[i].line);
	}
}

Test(l2fwd_args, API_a_text_longer_than_the_line_is_cut)
{
	char line[400] = "-p 3 --mode ";
	struct l2fwd_args args;
	enum l2fwd_wish wish;
	struct l2fwd_err err;

	memset(line + 12, 'x', sizeof(line) - 13);
	cr_assert_eq(parse(line, &args, &wish, &err), -1);
	cr_expect_eq(strlen(err.text), sizeof(err.text) - 1);
}

static const struct {
	const char *line;
	struct l2fwd_args args;
} accepted[] = {
    /* clang-format off */
	{"-p 3", {.mask = 3, .group = 1, .period = 10, .mac_update = true}},
	{"-p 0xF -q 16", {.mask = 15, .group = 16, .period = 10, .mac_update = true}},
	{"-pffffffffffffffff -T0", {.mask = UINT64_MAX, .group = 1, .mac_update = true}},
	{"-p 3 -T 86400", {.mask = 3, .group = 1, .period = 86400, .mac_update = true}},
	{"-p 3 -P --no-mac-updating", {.mask = 3, .group = 1, .period = 10, .promiscuous = true}},
	{"-p 3 -p 0x3 -T 10s -T 10 --log l --log l",
	    {.mask = 3, .group = 1, .period = 10, .mac_update = true, .log = "l"}},
	{"-p 3 -T 2min --duration 1h",
	    {.mask = 3, .group = 1, .period = 120, .duration = 3600, .mac_update = true}},
	{"-Pp3 --stats-b", {.mask = 3, .group = 1, .period = 10, .mac_update = true,
	    .promiscuous = true, .stats_bytes = true}},
	{"-p 3 --duration 31536000 --count 9223372036854775807 --stats-json=s",
	    {.mask = 3, .group = 1, .period = 10, .mac_update = true, .duration = 31536000,
	    .count = INT64_MAX, .stats_json = "s"}},
	{"-p 3 --log l --stats-bytes",
	    {.mask = 3, .group = 1, .period = 10, .mac_update = true, .log = "l", .stats_bytes = true}},
	{"-p 3 --mode rtc", {.mask = 3, .group = 1, .period = 10, .mac_update = true}},
	{"-p 3 --mode=pipeline -q 2",
	    {.mask = 3, .group = 2, .period = 10, .mode = L2FWD_PIPELINE, .mac_update = true}},
	{"-p 3 --rxq 16 --txq=1",
	    {.mask = 3, .group = 1, .period = 10, .mac_update = true, .rxq = 16, .txq = 1}},
	{"-p 3 --mtu 9000", {.mask = 3, .group = 1, .period = 10, .mac_update = true, .mtu = 9000}},
	{"-p 3 --mtu 68 --mtu 1=65000,0=1500", {.mask = 3, .group = 1, .period = 10,
	    .mac_update = true, .mtu = 68, .mtu_of = {1500, 65000}}},
	{"--mtu 63=1500 -p 8000000000000000", {.mask = UINT64_C(1) << 63, .group = 1, .period = 10,
	    .mac_update = true, .mtu_of = {[63] = 1500}}},
	{"--portmap=(0,3),(2,1) -p f", {.mask = 15, .group = 1, .period = 10, .mac_update = true,
	    .npairs = 2, .pair = {{0, 3}, {2, 1}}}},
	{"--portmap (2,3) --portmap (2,3) -p f",
	    {.mask = 15, .group = 1, .period = 10, .mac_update = true, .npairs = 1,
	    .pair = {{2, 3}}}},
    /* clang-format on */
};

static void
expect_same(const char *line, const struct l2fwd_args *a, const struct l2fwd_args *b)
{
	cr_expect_eq(a->mask, b->mask, "%s", line);
	cr_expect_eq(a->group, b->group, "%s", line);
	cr_expect_eq(a->period, b->period, "%s", line);
	cr_expect_eq(a->duration, b->duration, "%s", line);
	cr_expect_eq(a->count, b->count, "%s", line);
	cr_expect_eq(a->stats_json == NULL, b->stats_json == NULL, "%s", line);
	if (b->stats_json != NULL)
		cr_expect_str_eq(a->stats_json, b->stats_json, "%s", line);
	cr_expect_eq(a->stats_bytes, b->stats_bytes, "%s", line);
	cr_expect_eq(a->log == NULL, b->log == NULL, "%s", line);
	cr_expect_eq(a->mode, b->mode, "%s", line);
	cr_expect_eq(a->idle, b->idle, "%s", line);
	cr_expect_eq(a->rxq, b->rxq, "%s", line);
	cr_expect_eq(a->txq, b->txq, "%s", line);
	cr_expect_eq(a->mtu, b->mtu, "%s", line);
	cr_expect_arr_eq(a->mtu_of, b->mtu_of, sizeof(b->mtu_of), "%s", line);
	cr_expect_eq(a->mac_update, b->mac_update, "%s", line);
	cr_expect_eq(a->promiscuous, b->promiscuous, "%s", line);
	cr_expect_eq(a->npairs, b->npairs, "%s", line);
	cr_expect_arr_eq(a->pair, b->pair, b->npairs * sizeof(b->pair[0]), "%s", line);
}

Test(l2fwd_args, API_options_mean_what_they_mean_to_dpdk)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct l2fwd_args args;
		enum l2fwd_wish wish;
		struct l2fwd_err err;

		cr_assert_eq(parse(accepted[i].line, &args, &wish, &err), 0, "%s: %s",
		    accepted[i].line, err.text);
		cr_expect_eq(wish, L2FWD_RUN);
		expect_same(accepted[i].line, &args, &accepted[i].args);
	}
}

/*
 * Limit: L2FWD_MAX_GROUP, L2FWD_MAX_PERIOD, L2FWD_MAX_QUEUES, L2FWD_MAX_MTU, L2FWD_MAX_LINK,
 *     L2FWD_MAX_REPROBE, L2FWD_MAX_DURATION, L2FWD_MAX_ETHDEVS, L2FWD_MAX_PAIRS, L2FWD_MAX_PLUGINS
 */
Test(l2fwd_args, N94_options_at_their_limits_and_beyond)
{
	static const struct {
		const char *before;
		unsigned int most;
		const char *behind;
	} limits[] = {{"-q ", L2FWD_MAX_GROUP, ""}, {"-T ", L2FWD_MAX_PERIOD, ""},
	    {"--rxq ", L2FWD_MAX_QUEUES, ""}, {"--txq ", L2FWD_MAX_QUEUES, ""},
	    {"--mtu ", L2FWD_MAX_MTU, ""}, {"--mtu 0=", L2FWD_MAX_MTU, ""},
	    {"--link-wait ", L2FWD_MAX_LINK, ""}, {"--reprobe ", L2FWD_MAX_REPROBE, ""},
	    {"--duration ", L2FWD_MAX_DURATION, ""}, {"--mtu ", L2FWD_MAX_ETHDEVS - 1, "=1500"}};
	struct l2fwd_args args;
	enum l2fwd_wish wish;
	struct l2fwd_err err;
	char line[512];

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (unsigned int more = 0; more <= 1; more++) {
			snprintf(line, sizeof(line), "-p ffffffffffffffff %s%u%s", limits[i].before,
			    limits[i].most + more, limits[i].behind);
			cr_expect_eq(
			    parse(line, &args, &wish, &err), more == 0 ? 0 : -1, "%s", line);
		}
	for (unsigned int n = L2FWD_MAX_PAIRS; n <= L2FWD_MAX_PAIRS + 1; n++) {
		size_t at = (size_t)snprintf(line, sizeof(line), "-p ffffffffffffffff --portmap ");

		for (unsigned int i = 0; i < n; i++)
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%s(%u,%u)",
			    i > 0 ? "," : "", 2 * i, 2 * i + 1);
		cr_expect_eq(
		    parse(line, &args, &wish, &err), n == L2FWD_MAX_PAIRS ? 0 : -1, "%s", err.text);
	}
	for (unsigned int n = L2FWD_MAX_PLUGINS; n <= L2FWD_MAX_PLUGINS + 1; n++) {
		size_t at = (size_t)snprintf(line, sizeof(line), "-p 1");

		for (unsigned int i = 0; i < n; i++)
			at += (size_t)snprintf(line + at, sizeof(line) - at, " --plugin=a.so");
		cr_expect_eq(parse(line, &args, &wish, &err), n == L2FWD_MAX_PLUGINS ? 0 : -1, "%s",
		    err.text);
	}
}

Test(l2fwd_args, API_help_and_version_need_nothing_else)
{
	struct l2fwd_args args;
	enum l2fwd_wish wish;
	struct l2fwd_err err;

	cr_assert_eq(parse("-h", &args, &wish, &err), 0);
	cr_expect_eq(wish, L2FWD_HELP);
	cr_assert_eq(parse("-q 2 --help", &args, &wish, &err), 0);
	cr_expect_eq(wish, L2FWD_HELP);
	cr_assert_eq(parse("--version", &args, &wish, &err), 0);
	cr_expect_eq(wish, L2FWD_VERSION);
}

Test(l2fwd_args, API_help_names_every_option)
{
	static const char *const options[] = {"-p ", "-q ", "-T ", "-P ", "--mac-updating",
	    "--no-mac-updating", "--portmap", "--mode rtc|pipeline", "--rxq N ", "--txq N ",
	    "--duration SECONDS", "--count PACKETS", "--stats-json FILE", "--stats-bytes",
	    "--cycles off|sample|all", "--log FILE", "--mtu ", "--link-wait SECONDS", "--preflight",
	    "--idle poll|pause|sleep|interrupt", "-h, --help", "--version"};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	l2fwd_args_help(out);
	fclose(out);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		cr_expect_not_null(strstr(text, options[i]), "%s", options[i]);
	free(text);
}

Test(l2fwd_args, API_a_file_needs_nothing_else)
{
	struct l2fwd_args args;
	enum l2fwd_wish wish;
	struct l2fwd_err err;

	cr_assert_eq(
	    parse("--config f.yaml -T 3 --check --graph --duration 1 --count 2 --stats-json s",
	        &args, &wish, &err),
	    0);
	cr_expect_eq(wish, L2FWD_RUN);
	cr_expect(args.check && args.graph && args.period == 3);
	cr_assert_not_null(args.config);
	cr_assert_eq(parse("--config=f.yaml", &args, &wish, &err), 0);
	cr_expect(!args.check && !args.graph && args.period == 10);
	cr_assert_eq(parse("--keys", &args, &wish, &err), 0);
	cr_expect_eq(wish, L2FWD_KEYS);
}

Test(l2fwd_args, API_looking_needs_no_file_and_links_are_waited_for)
{
	struct l2fwd_args args;
	enum l2fwd_wish wish;
	struct l2fwd_err err;

	cr_assert_eq(parse("-p 3", &args, &wish, &err), 0);
	cr_expect_eq(args.link_wait, L2FWD_LINK_WAIT);
	cr_expect_eq(args.reprobe, 1);
	cr_expect(!args.check && !args.preflight);
	cr_assert_eq(
	    parse("-p 3 --check --preflight --link-wait 0 --reprobe 1h", &args, &wish, &err), 0);
	cr_expect_eq(args.link_wait, 0);
	cr_expect_eq(args.reprobe, 3600);
	cr_expect(args.check && args.preflight);
	cr_assert_eq(parse("--config f --preflight --link-wait 3600", &args, &wish, &err), 0);
	cr_expect_eq(args.link_wait, 3600);
	cr_expect(args.preflight);
}
