/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why EAL does not start: of all that it prints the line that tells, with what mends it.
 */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>

#include <rte_log.h>

#include "eal_start.h"

static struct eal_start start = {.es_program = "p", .es_help = "'p --help --' lists them"};

/* What is printed at a start, by RTE_LOG_ERR. */
static void
note(const char *text)
{
	eal_start_forget();
	eal_start_note(RTE_LOG_ERR, text, strlen(text));
}

static const struct {
	const char *printed;
	int error, code;
	const char *text;
} cases[] = {
    {"/usr/bin/p: unrecognized option '--foo'\n/usr/bin/p: unrecognized option '--foo'\n"
     "EAL: FATAL: Invalid 'command line' arguments.\nEAL: Invalid 'command line' arguments.\n",
        EINVAL, EAL_START_USAGE,
        "EAL: unrecognized option '--foo'; take it away; 'p --help --' lists them"},
    {"EAL: lcore 99 unavailable\nEAL: invalid core list, please check specified cores are part of "
     "0-1\n",
        EINVAL, EAL_START_USAGE,
        "EAL: lcore 99 unavailable; correct EAL's options; 'p --help --' lists them"},
    {"EAL: Error creating '/run/x/dpdk': Permission denied\nEAL: Cannot create runtime directory\n"
     "EAL: FATAL: Invalid 'command line' arguments.\n",
        EINVAL, EAL_START_ENV,
        "EAL: Error creating '/run/x/dpdk': Permission denied; make it a directory that this user "
        "may write to, or name one in RUNTIME_DIRECTORY"},
    {"EAL: Cannot create lock on '/run/config'. Is another primary process running?\n"
     "EAL: FATAL: Cannot init config\n",
        0, EAL_START_ENV,
        "EAL: Cannot create lock on '/run/config'. Is another primary process running?; end that "
        "one, or give this one a --file-prefix of its own"},
    {"EAL: FATAL: Cannot get hugepage information.\n", EACCES, EAL_START_ENV,
        "EAL: Cannot get hugepage information; make some, as with dpdk-hugepages.py -p 2M --setup "
        "512M, or give --no-huge"},
    {"EAL: Error creating '/tmp/dpdk/x': Permission denied\nEAL: No DPDK runtime directory created\n"
     "EAL: Failed to create thread for interrupt handling\n",
        EAGAIN, EAL_START_ENV,
        "EAL: Failed to create thread for interrupt handling; allow this user more threads (ulimit "
        "-u)"},
    {"EAL: something \033[31mnew\n", 0, EAL_START_ENV,
        "EAL: something ?[31mnew; the lines with --log-level=lib.eal:debug tell more"},
    {"", 0, EAL_START_ENV,
        "EAL: it does not start; the lines with --log-level=lib.eal:debug tell more"},
    {"", EINVAL, EAL_START_USAGE,
        "EAL: Invalid argument; correct EAL's options; 'p --help --' lists them"},
};

Test(eal_start, API_the_line_that_tells_is_quoted_with_what_mends_it)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		note(cases[i].printed);
		eal_start_explain(&start, cases[i].error);
		cr_expect_str_eq(start.es_text, cases[i].text, "%s", start.es_text);
		cr_expect_eq(start.es_code, cases[i].code, "%s", cases[i].text);
		cr_expect_not(eal_start_lacks_device(&start), "%s", cases[i].text);
	}
}

Test(eal_start, API_one_option_with_two_values_is_refused)
{
	static const struct {
		const char *line, *text; /* NULL: it is fine */
	} lines[] = {{"-m 64 --vdev a --vdev b -a c -a d --log-level 1 --log-level 2", NULL},
	    {"-m 64 -m64 -- -m 65", NULL}, {"--file-prefix=a --file-prefix a", NULL},
	    {"-m 64 -m 65", "EAL: -m is given twice, as '64' and as '65'; give it once"},
	    {"-l 0,1 -n 2 --lcores=0@0,1@1",
	        "EAL: --lcores is given twice, as '0,1' and as '0@0,1@1'; give it once"},
	    {"--file-prefix a -n 4 --file-prefix=b",
	        "EAL: --file-prefix is given twice, as 'a' and as 'b'; give it once"}};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[200], name[] = "p", *argv[20] = {name};
		int argc = 1;

		snprintf(text, sizeof(text), "%s", lines[i].line);
		for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " "))
			argv[argc++] = w;
		cr_expect_eq(eal_start_once(&start, argc, argv), lines[i].text != NULL ? -1 : 0,
		    "%s", lines[i].line);
		if (lines[i].text == NULL)
			continue;
		cr_expect_str_eq(start.es_text, lines[i].text, "%s", start.es_text);
		cr_expect_eq(start.es_code, EAL_START_USAGE);
	}
}

Test(eal_start, API_a_virtual_device_that_is_not_made_is_named_with_its_drivers_line)
{
	note(
	    "rte_pmd_init_internals(): net_af_packet0: ioctl failed (SIOCGIFINDEX):No such device\n"
	    "vdev_probe(): failed to initialize net_af_packet0 device\nEAL: Bus (vdev) probe failed.\n");
	cr_assert(eal_start_lacks_device(&start));
	cr_expect_eq(start.es_code, EAL_START_ENV);
	cr_expect_str_eq(start.es_text,
	    "--vdev net_af_packet0: net_af_packet0: ioctl failed (SIOCGIFINDEX):No such device; name an "
	    "interface that ip link shows",
	    "%s", start.es_text);
	note("vdev_probe(): failed to initialize net_pcap3 device\n");
	cr_assert(eal_start_lacks_device(&start));
	cr_expect_str_eq(start.es_text,
	    "--vdev net_pcap3: its driver does not take its arguments; give it the arguments that its "
	    "driver takes",
	    "%s", start.es_text);
}

/* Debug lines, of which there are thousands, are no reasons; lines come in pieces, and never end. */
Test(eal_start, API_only_warnings_and_errors_count_and_no_number_of_them_is_too_many)
{
	char text[300];

	eal_start_forget();
	eal_start_note(RTE_LOG_INFO, "EAL: Detected CPU lcores: 2\n", 28);
	eal_start_note(RTE_LOG_ERR, "EAL: the rea", 12);
	eal_start_note(RTE_LOG_DEBUG, "EAL: not this\n", 14);
	eal_start_note(RTE_LOG_ERR, "son\n", 4);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 1000; i++) {
		text[sizeof(text) - 1] = i % 2 == 0 ? '\n' : 'x';
		text[0] = (char)('a' + i % 26);
		text[1] = (char)('a' + i / 26);
		eal_start_note(RTE_LOG_ERR, text, sizeof(text));
	}
	eal_start_explain(&start, 0);
	cr_expect_str_eq(start.es_text,
	    "EAL: the reason; the lines with --log-level=lib.eal:debug tell more", "%s",
	    start.es_text);
}
