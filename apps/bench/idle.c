/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench idle: what each way of idling (enum lwkt_idle) takes of a CPU when nothing comes, and
 * how soon it is awake when something does.
 *
 *      main lcore                                   worker: a pipeline of a source and a sink
 *      nothing for --ms                             its thread's processor time in that time
 *      knock: a number, and an eventfd   ─────────▶ device_us: from the knock to the source's poll
 *      call:  a request by transit       ─────────▶ message_us: from the call to its function
 *
 * Between two wakes nothing happens for a millisecond or two, so that the worker is idle again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <lwkt_pipeline.h>
#include <lwkt_cpu.h>
#include <lwkt_stage.h>
#include <lwkt_stages.h>

#include "bench.h"
#include "output.h"
#include "report.h"
#include "slices.h"
#include "stats.h"

/*
 * The source, which stands for an rx queue: it finds what is due when it is polled, and where
 * interrupts are waited for its eventfd is the interrupt. It brings no packets.
 */

#define GIVE_UP_S 5 /* for a worker that does not wake */

static struct {
	int fd;
	uint64_t knocked; /* atomic: TSC of the knock that is due; 0: none */
	uint64_t woken;   /* atomic: TSC of the poll that found it; 0: not yet */
} bell = {.fd = -1};

static unsigned int
bell_poll(struct lwkt_stage *st)
{
	(void)st;
	if (__atomic_load_n(&bell.knocked, __ATOMIC_ACQUIRE) == 0)
		return 0;
	__atomic_store_n(&bell.knocked, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&bell.woken, rte_rdtsc(), __ATOMIC_RELEASE);
	return 0;
}

static int
bell_watch(struct lwkt_stage *st, int epfd, bool on)
{
	struct epoll_event ev = {.events = EPOLLIN};

	(void)st;
	return epoll_ctl(epfd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, bell.fd, &ev);
}

static void
bell_arm(struct lwkt_stage *st, bool on)
{
	uint64_t knocks;

	(void)st;
	while (on && read(bell.fd, &knocks, sizeof(knocks)) < 0 && errno == EINTR)
		;
}

static const struct lwkt_stage_kind bell_kind = {
    .sk_name = "bell",
    .sk_poll = bell_poll,
    .sk_watch = bell_watch,
    .sk_arm = bell_arm,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

/* Knock, and wait for the source's poll that finds it; cycles from one to the other. */
static int
bell_knock(uint64_t *cycles)
{
	const uint64_t one = 1;
	uint64_t begin, woken = 0, give_up = rte_rdtsc() + GIVE_UP_S * rte_get_tsc_hz();

	__atomic_store_n(&bell.woken, 0, __ATOMIC_RELAXED);
	begin = rte_rdtsc();
	__atomic_store_n(&bell.knocked, begin, __ATOMIC_RELEASE);
	if (write(bell.fd, &one, sizeof(one)) != sizeof(one))
		return -errno;
	while ((woken = __atomic_load_n(&bell.woken, __ATOMIC_ACQUIRE)) == 0)
		if (rte_rdtsc() > give_up)
			return -ETIMEDOUT;
	*cycles = woken - begin;
	return 0;
}

#define PAUSE_US 1000 /* between two wakes; up to twice that */

static unsigned int opt_ms = 1000, opt_wakes = 500, opt_modes = ~0u;
static const char *opt_json;

static const char *const mode_words[] = {"poll", "pause", "sleep", "interrupt", NULL};
static const enum lwkt_idle modes[] = {
    LWKT_IDLE_POLL, LWKT_IDLE_PAUSE, LWKT_IDLE_SLEEP, LWKT_IDLE_INTERRUPT};

static const struct opt options[] = {
    {"ms", "N", "milliseconds without traffic for each mode; default 1000", OPT_MS, &opt_ms, 10,
        60000},
    {"wakes", "N", "wakeups of each kind for each mode; default 500", OPT_UINT, &opt_wakes, 1,
        100000},
    {"mode", "NAMES", "poll,pause,sleep,interrupt: which; default all", OPT_WORDS, &opt_modes,
        .op_words = mode_words},
    REPORT_OPT_JSON(&opt_json),
    OPTION_END,
};

/* Of the one run. */
static struct {
	double *device, *call; /* microseconds, opt_wakes of each */
	clockid_t clock;       /* of the worker's thread */
} idle;

static void
idle_rest(void)
{
	usleep(PAUSE_US + (unsigned int)(rte_rdtsc() >> 4) % PAUSE_US);
}

static void
note_time(void *arg)
{
	*(uint64_t *)arg = rte_rdtsc();
}

static void
note_clock(void *arg)
{
	(void)arg;
	idle.clock = slices_clock();
}

static double
idle_seconds(clockid_t clock)
{
	struct timespec ts = {0};

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Its share of a CPU while nothing comes. */
static double
idle_share(struct lwkt_pipeline *pl, unsigned int lcore)
{
	double wall, used;

	lwkt_pipeline_call(pl, lcore, note_clock, NULL);
	wall = idle_seconds(CLOCK_MONOTONIC);
	used = idle_seconds(idle.clock);
	usleep(opt_ms * 1000);
	used = idle_seconds(idle.clock) - used;
	wall = idle_seconds(CLOCK_MONOTONIC) - wall;
	return used / wall;
}

static json_t *
idle_latencies(double *us)
{
	struct summary su = stats_summarise(us, opt_wakes);
	json_t *json = report_summary(&su);

	report_tail(json, &su);
	return json;
}

static double
idle_us(uint64_t cycles)
{
	return (double)cycles * 1e6 / (double)rte_get_tsc_hz();
}

static int
wake_it(struct lwkt_pipeline *pl, unsigned int lcore)
{
	for (unsigned int i = 0; i < opt_wakes; i++) {
		uint64_t begin, ran, cycles = 0;
		int rc;

		idle_rest();
		rc = bell_knock(&cycles);
		if (rc < 0)
			return rc;
		idle.device[i] = idle_us(cycles);
		idle_rest();
		begin = rte_rdtsc();
		lwkt_pipeline_call(pl, lcore, note_time, &ran);
		idle.call[i] = idle_us(ran - begin);
	}
	return 0;
}

static int
idle_measure(json_t *report, struct lwkt_pipeline *pl, unsigned int lcore, unsigned int m)
{
	int rc = lwkt_pipeline_start(pl, modes[m]);
	struct lwkt_loop_stats before, after;
	json_t *row;
	double share;

	if (rc < 0)
		return rc;
	idle_rest();
	lwkt_loop_stats(pl, 0, &before);
	share = idle_share(pl, lcore);
	lwkt_loop_stats(pl, 0, &after);
	rc = wake_it(pl, lcore);
	lwkt_pipeline_stop(pl);
	if (rc < 0)
		return rc;
	row = report_row(report, mode_words[m], "an idle CPU, and how soon it is awake");
	json_object_update_new(row,
	    json_pack("{s:f, s:I, s:i, s:o, s:o}", "cpu_percent", 100 * share, "sleeps",
	        (json_int_t)(after.ls_sleeps - before.ls_sleeps), "wakes", (int)opt_wakes,
	        "device_us", idle_latencies(idle.device), "message_us", idle_latencies(idle.call)));
	return 0;
}

static const struct report_col columns[] = {
    {"name", "idle", 0},
    {"cpu_percent", "% of a CPU", 2},
    {"sleeps", "sleeps", 0},
    {"device_us.median", "device us", 1},
    {"device_us.p99", "p99", 1},
    {"device_us.max", "max", 1},
    {"message_us.median", "message us", 1},
    {"message_us.p99", "p99", 1},
    {"message_us.max", "max", 1},
    {NULL, NULL, 0},
};

static int
measure_all(struct lwkt_pipeline *pl, unsigned int lcore)
{
	json_t *report = report_new(bench_idle.bc_name);
	int rc = report != NULL ? 0 : -ENOMEM;

	for (unsigned int m = 0; rc == 0 && mode_words[m] != NULL; m++)
		if (opt_modes & 1u << m)
			rc = idle_measure(report, pl, lcore, m);
	if (rc < 0) {
		output_error("lwkt-bench idle: %s\n",
		    rc == -ETIMEDOUT ? "the worker was not awake after 5 s: a wakeup is lost"
		                     : strerror(-rc));
		json_decref(report);
		return BENCH_FAILED;
	}
	return report_end(report, columns, opt_json, BENCH_OK);
}

static int
idle_run(void)
{
	const struct lwkt_config cfg = {.cf_sleep = true};
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);
	const struct lwkt_stage_row rows[] = {
	    {"bell", &bell_kind, lcore, NULL, {"sink"}},
	    {"sink", &lwkt_stage_sink, lcore, NULL, {NULL}},
	};
	struct lwkt_pipeline *pl = NULL;
	int rc = lwkt_init(&cfg);

	idle.device = calloc(opt_wakes, sizeof(*idle.device));
	idle.call = calloc(opt_wakes, sizeof(*idle.call));
	if (rc == 0 && (bell.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		rc = -errno;
	if (rc == 0)
		pl = lwkt_pipeline_create("idle", rows, RTE_DIM(rows));
	if (pl == NULL || idle.device == NULL || idle.call == NULL)
		return bench_cannot_start(&bench_idle, rc);
	rc = measure_all(pl, lcore);
	lwkt_pipeline_destroy(pl);
	lwkt_fini();
	free(idle.device);
	free(idle.call);
	close(bell.fd);
	return rc;
}

const struct bench_cmd bench_idle = {
    .bc_name = "idle",
    .bc_summary = "what an idle CPU takes, and how soon it is awake",
    .bc_lcores = 2,
    .bc_options = options,
    .bc_json = &opt_json,
    .bc_run = idle_run,
};
