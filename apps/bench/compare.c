/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench compare: the throughput of lwkt-l2fwd beside that of dpdk-testpmd, by turns.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "bench.h"
#include "cmp_pvt.h"

#define DRAIN_MS 500

enum link_word {
	LINK_MEMIF,
	LINK_VHOST,
};

static const char *const ours_words[] = {"rtc", "pipeline", NULL};
static const char *const rival_words[] = {"io", "mac", NULL};
static const char *const link_words[] = {"memif", "vhost", NULL};

static struct cmp cmp = {.cm_testpmd = "dpdk-testpmd",
    .cm_args = {
        .ra_tests = 1u << RFC_THROUGHPUT, .ra_ms = 2000, .ra_repeats = 5, .ra_permille = 10}};
static const char *opt_size = "64", *opt_rate = "max", *opt_json;
static unsigned int opt_ours = 3, opt_rivals = 3, opt_link = 1u << LINK_MEMIF;
static char beside[512];
static struct gen_run gen;

static const struct opt options[] = {
    {"ours", "NAMES", "modes of lwkt-l2fwd: rtc,pipeline; default both", OPT_WORDS, &opt_ours, 0, 0,
        ours_words},
    {"rivals", "NAMES", "modes of dpdk-testpmd: io,mac; default both", OPT_WORDS, &opt_rivals, 0, 0,
        rival_words},
    {"link", "NAME", "between generator and device: memif or vhost; default memif", OPT_WORDS,
        &opt_link, 0, 0, link_words},
    {"generator-cpus", "LIST", "one, or one to send and one to receive; default the first",
        OPT_UINTS, &cmp.cm_cpus.cc_generator, 0, 1023, NULL},
    {"device-cpus", "LIST", "of the device's workers; default the next three", OPT_UINTS,
        &cmp.cm_cpus.cc_device, 0, 1023, NULL},
    {"l2fwd", "FILE", "lwkt-l2fwd; default the one beside lwkt-bench, or in PATH", OPT_STRING,
        &cmp.cm_l2fwd, 0, 0, NULL},
    {"testpmd", "FILE", "dpdk-testpmd; default the one in PATH", OPT_STRING, &cmp.cm_testpmd, 0, 0,
        NULL},
    {"size", "LIST", "bytes of frames with FCS, one test each; default 64", OPT_STRING, &opt_size,
        0, 0, NULL},
    {"rate", "RATE", "try no more each way: 1Mpps, 10Gbit, 100%; default what it can send",
        OPT_STRING, &opt_rate, 0, 0, NULL},
    {"seconds", "N", "of a trial, such as 60 or 0.5; default 2", OPT_SECONDS, &cmp.cm_args.ra_ms,
        100, 3600000, NULL},
    {"repeat", "N", "searches of each program; default 5", OPT_UINT, &cmp.cm_args.ra_repeats, 1,
        RFC_REPEATS_MAX, NULL},
    {"loss", "PPM", "search the rate at which so many of a million are lost; default 0", OPT_UINT,
        &cmp.cm_args.ra_loss_ppm, 0, 999999, NULL},
    {"resolution", "N", "of a search, thousandths of the highest rate; default 10", OPT_UINT,
        &cmp.cm_args.ra_permille, 1, 500, NULL},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

/* lwkt-l2fwd in our own directory, or the one in PATH. */
static const char *
find_l2fwd(void)
{
	static const char name[] = "lwkt-l2fwd";
	ssize_t len = readlink("/proc/self/exe", beside, sizeof(beside) - sizeof(name));
	char *slash;

	if (len < 0)
		return name;
	beside[len] = '\0';
	slash = strrchr(beside, '/');
	if (slash == NULL)
		return name;
	strcpy(slash + 1, name);
	return access(beside, X_OK) == 0 ? beside : name;
}

static int
check_programs(void)
{
	if (cmp.cm_l2fwd == NULL)
		cmp.cm_l2fwd = find_l2fwd();
	cmp.cm_programs = opt_ours << CMP_RTC | opt_rivals << CMP_IO;
	for (unsigned int p = 0; p < CMP_PROGRAMS; p++) {
		int rc = (cmp.cm_programs & 1u << p) != 0 ? cmp_device_check(&cmp, p) : BENCH_OK;

		if (rc != BENCH_OK)
			return rc;
	}
	return BENCH_OK;
}

static int
parse(int argc, char **argv)
{
	int rc;

	gen.gn_conf.gc_no_choice = true;
	rc = gen_args_parse(&gen, options, bench_compare.bc_summary, argc, argv);
	if (rc == BENCH_OK)
		rc = rfc_args_sizes(&gen.gn_conf, &cmp.cm_args, opt_size, opt_rate);
	if (rc != BENCH_OK)
		return rc;
	if (opt_link == (1u << LINK_MEMIF | 1u << LINK_VHOST)) {
		fprintf(stderr, "lwkt-bench compare: --link takes one, memif or vhost\n");
		return BENCH_USAGE;
	}
	cmp.cm_vhost = opt_link == 1u << LINK_VHOST;
	if (gen.gn_conf.gc_drain_ms == 0)
		gen.gn_conf.gc_drain_ms = DRAIN_MS;
	rc = cmp_cpus_choose(&cmp.cm_cpus);
	if (rc == BENCH_OK)
		rc = check_programs();
	return rc == BENCH_OK ? report_check_file(argv[0], opt_json) : rc;
}

/* All programs by turns, forwards and backwards: what changes with time changes for all. */
static bool
one_repeat(unsigned int size_index, unsigned int repeat)
{
	for (unsigned int i = 0; i < CMP_PROGRAMS; i++) {
		unsigned int program = repeat % 2 == 0 ? i : CMP_PROGRAMS - 1 - i;

		if ((cmp.cm_programs & 1u << program) != 0 && !cmp_run(&cmp, size_index, program))
			return false;
	}
	return true;
}

static void
measure(void)
{
	const struct rfc_args *ra = &cmp.cm_args;
	unsigned int programs = (unsigned int)__builtin_popcount(cmp.cm_programs);

	cmp.cm_rfc = (struct rfc){.rf_args = ra, .rf_gen = &gen};
	cmp.cm_rfc.rf_expected = ra->ra_sizes.ul_n * ra->ra_repeats * programs * rfc_expect_one(ra);
	cmp.cm_rfc.rf_begun = rte_rdtsc();
	for (unsigned int s = 0; s < ra->ra_sizes.ul_n; s++)
		for (unsigned int i = 0; i < ra->ra_repeats; i++)
			if (!one_repeat(s, i))
				return;
}

static int
run(void)
{
	int rc;

	strcpy(cmp.cm_dir, "/tmp/lwkt-compare-XXXXXX");
	if (mkdtemp(cmp.cm_dir) == NULL) {
		fprintf(stderr, "lwkt-bench compare: cannot make a directory in /tmp: %s\n",
		    strerror(errno));
		return BENCH_FAILED;
	}
	cmp.cm_gen = &gen;
	cmp.cm_pid = getpid();
	cmp_catch_signals();
	measure();
	rc = cmp_report(&cmp, opt_json);
	json_decref(cmp.cm_environment);
	cmp_remove_dir(cmp.cm_dir);
	return rc;
}

const struct bench_cmd bench_compare = {
    .bc_name = "compare",
    .bc_summary = "the throughput of lwkt-l2fwd beside that of dpdk-testpmd, by turns",
    .bc_lcores = 0,
    .bc_parse = parse,
    .bc_run = run,
};
