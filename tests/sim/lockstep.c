/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real code and model in lockstep, for many seeds and for limits shrunk on purpose.
 *
 *   lockstep [--seeds N] [--first S] [--verbose]
 *
 * A failure prints its seed; "--first SEED --seeds 1 --verbose" makes the same steps again and
 * prints them. A seed stands for one of the settings below, too.
 */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "ipicall_pvt.h"
#include "sim.h"

#define STEPS (90 * RTE_MAX(MD_CPUS / 4, 1)) /* a seed, before it settles */
#define MANY  (MD_CPUS > 16)                 /* so many that they ring bells by themselves */
#define BATCH 64
#define STUCK 60 /* seconds that a batch may take */

#if defined(SIM_ASAN) || defined(SIM_TSAN)
#define SEEDS_DEFAULT (MANY ? 180 : 8000)
#else
#define SEEDS_DEFAULT (MANY ? 1800 : 200000)
#endif

/*
 * Limits far below what anybody would choose, and the defaults; few CPUs ring no bells unless told,
 * many do in any case.
 */
static const struct {
	struct lwkt_config cfg;
	bool bells;
	unsigned int window; /* of calls in slots */
} settings[] = {
    {{.cf_ring_size = 1, .cf_flush_count = 1}, false, 1},
    {{.cf_ring_size = 1, .cf_flush_count = 2}, true, 2},
    {{.cf_ring_size = 1, .cf_flush_count = 32}, true, 256},
    {{.cf_ring_size = 2, .cf_flush_count = 1}, true, 4},
    {{.cf_ring_size = 2, .cf_flush_count = 3}, false, 2},
    {{.cf_ring_size = 8, .cf_flush_count = 2}, true, 1},
    {{.cf_ring_size = 8, .cf_flush_count = 4}, false, 4},
    {{.cf_ring_size = 255, .cf_flush_count = 32}, false, 256},
    {{.cf_ring_size = 255, .cf_flush_count = 32}, true, 8},
};
#define NSETTINGS RTE_DIM(settings)

static uint64_t random_state;
static uint64_t straight; /* bursts that a port has taken out of a ring itself */

/* The burst fast path; wrapped by the linker, to see that it is taken. */
const lwkt_item_t *__real_lwkt_transit_look(unsigned int most, unsigned int *n);
const lwkt_item_t *__wrap_lwkt_transit_look(unsigned int most, unsigned int *n);

const lwkt_item_t *
__wrap_lwkt_transit_look(unsigned int most, unsigned int *n)
{
	const lwkt_item_t *items = __real_lwkt_transit_look(most, n);

	straight += items != NULL && lwkt_self.se_cpu->gd_view != NULL;
	return items;
}

unsigned int
rnd(unsigned int n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return n > 0 ? (unsigned int)((random_state >> 32) % n) : 0;
}

static void
seed_random(uint64_t seed)
{
	seed = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
	seed = (seed ^ seed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	seed = (seed ^ seed >> 27) * UINT64_C(0x94D049BB133111EB);
	random_state = seed ^ seed >> 31 ? seed ^ seed >> 31 : 1;
}

static void
name_seed(void)
{
	const struct lwkt_config *c = &settings[current_seed % NSETTINGS].cfg;

	printf("seed %lu, step %lu (ring %u, flush %u)\n"
	       "repeat with: --first %lu --seeds 1 --verbose\n",
	    current_seed, steps, c->cf_ring_size, c->cf_flush_count, current_seed);
	fflush(stdout);
}

void
fail(const char *fmt, ...)
{
	va_list ap;

	printf("FAILED: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	name_seed();
	_exit(1);
}

/* The libraries stop the program, or hang. The process ends here, so printf() does no harm. */
static void
on_signal(int sig)
{
	printf("FAILED: %s\n", sig == SIGALRM ? "no progress" : "the program was stopped");
	name_seed();
	_exit(1);
}

static void
run_seed(uint64_t seed)
{
	current_seed = seed;
	steps = 0;
	seed_random(seed);
	say("seed %lu\n", seed);
	md_reset(&md, &settings[seed % NSETTINGS].cfg);
	md.bells = MANY || settings[seed % NSETTINGS].bells;
	md.window = settings[seed % NSETTINGS].window;
	/* A seed alone does what it does among others. */
	for (int i = 0; i < MD_CPUS; i++) {
		cpus[i]->gd_look = cpus[i]->gd_turn = cpus[i]->gd_link = 0;
		cpus[i]->gd_plain = false; /* the first poll sees to the rest */
		cpus[i]->gd_pulled = false;
		cpus[i]->gd_pass++;
		for (int j = 0; j < MD_CPUS - 1; j++) {
			cpus[i]->gd_in[j].ii_stays = 0;
			cpus[i]->gd_in[j].ii_odd_run = cpus[i]->gd_in[j].ii_odd; /* marks alone */
		}
	}
	world_make();
	ops_reset();
	for (unsigned int n = 20 + rnd(STEPS); n > 0; n--)
		ops_step();
	ops_settle();
}

/* The seeds first..first+n that stand for one setting. */
static void
run_setting(unsigned int setting, uint64_t first, uint64_t n)
{
	const struct lwkt_config *c = &settings[setting].cfg;
	uint64_t seed, passed = 0;

	for (seed = first; seed % NSETTINGS != setting; seed++)
		continue;
	if (seed >= first + n)
		return;
	cpu_impersonate(rte_get_main_lcore());
	if (!MANY)
		bells_from = settings[setting].bells ? 1 : RTE_MAX_LCORE;
	calls_window = settings[setting].window;
	if (lwkt_init(c) != 0)
		exit(2);
	world_connect();
	if (MANY && cpus[0]->gd_bells == NULL)
		fail("%u CPUs, and no bells", lwkt_ncpus());
	for (; seed < first + n; seed += NSETTINGS) {
		if (passed++ % BATCH == 0)
			alarm(STUCK);
		run_seed(seed);
	}
	alarm(0);
	cpu_impersonate(rte_get_main_lcore());
	lwkt_fini();
	printf("ring %3u, flush %2u%s: %lu passed, 0 failed; %lu ended with a call that waits for "
	       "itself\n",
	    c->cf_ring_size, c->cf_flush_count, MANY || settings[setting].bells ? ", bells" : "",
	    passed, abandoned);
	abandoned = 0;
}

static void
start_eal(const char *name)
{
	char line[256], *args[32];
	int n = 0;

	snprintf(line, sizeof(line),
	    "lockstep --no-huge -m 64 --no-pci --no-shconf --no-telemetry --lcores (0-%d)@(0-1) "
	    "--file-prefix lwkt-sim%d --log-level 4",
	    MD_CPUS - 1, MD_CPUS);

	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
		args[n++] = word;
	args[n] = NULL;
	if (rte_eal_init(n, args) < 0) {
		fprintf(stderr, "%s: EAL did not start\n", name);
		exit(2);
	}
	rmdir(rte_eal_get_runtime_dir()); /* nothing is in it, and EAL would leave it */
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"seeds", required_argument, NULL, 'n'},
	    {"first", required_argument, NULL, 'f'}, {"verbose", no_argument, NULL, 'v'},
	    {NULL, 0, NULL, 0}};
	uint64_t seeds = SEEDS_DEFAULT, first = 1;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			seeds = strtoull(optarg, NULL, 0);
		else if (c == 'f')
			first = strtoull(optarg, NULL, 0);
		else if (c == 'v')
			verbose = true;
		else
			return 2;
	}
	start_eal(argv[0]);
	world_start();
	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	signal(SIGALRM, on_signal);
	for (unsigned int i = 0; i < NSETTINGS; i++)
		run_setting(i, first, seeds);
	printf("%d CPUs; ports have taken %lu bursts out of rings themselves\n", MD_CPUS, straight);
	if (seeds >= NSETTINGS * 10 && straight == 0)
		fail("the fast path of bursts was never taken");
	return 0;
}
