/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-l2fwd: DPDK's l2fwd on LWKT pipelines.
 *
 * The main lcore is control, signals and statistics; packets are on the worker lcores only.
 *
 *      options ─▶ EAL ─▶ plan ─▶ CPUs ─▶ pools ─▶ ethdevs ─▶ pipeline ─▶ serve
 *                 cleanup ◀─ CPUs ◀─ pools ◀─ close, account ◀─ stop ◀─ drain ◀┘
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_version.h>

#include <lwkt_cpu.h>
#include <lwkt_ethdev.h>

#include "l2fwd.h"

#define TICK_MS 50 /* the main lcore's round */

/*
 * The signals that end the program. They are blocked before EAL makes its threads, so in all of
 * them, and the main lcore takes them one at a time, as it takes time: no handler, no interrupted
 * worker. SIGPIPE is one of them: when nobody reads the output, end cleanly.
 */
static sigset_t endings;

static void
signals_block(void)
{
	struct sigaction hup;

	sigemptyset(&endings);
	sigaddset(&endings, SIGINT);
	sigaddset(&endings, SIGTERM);
	sigaddset(&endings, SIGPIPE);
	if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler != SIG_IGN) /* else: nohup */
		sigaddset(&endings, SIGHUP);
	sigprocmask(SIG_BLOCK, &endings, NULL);
}

/* Sleep for a tick. @return the signal that came, or 0. */
static int
tick(void)
{
	const struct timespec timeout = {.tv_nsec = TICK_MS * 1000000};
	int sig = sigtimedwait(&endings, NULL, &timeout);

	lwkt_poll();
	return sig > 0 ? sig : 0;
}

static int
cpus_start(struct l2fwd *fw, struct l2fwd_err *err)
{
	int ret = lwkt_init(NULL);

	if (ret < 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "lwkt: cannot make the lcores CPUs (%s); give more memory (-m, hugepages)",
		    rte_strerror(-ret));
	fw->fw_cpus = true;
	return 0;
}

static int
pipeline_make(struct l2fwd *fw, struct l2fwd_err *err)
{
	struct l2fwd_plan *plan = &fw->fw_plan;

	l2fwd_pipeline_rows(plan, fw->fw_args.mac_update);
	fw->fw_pipeline = lwkt_pipeline_create("l2fwd", plan->pn_row, plan->pn_nrows);
	if (fw->fw_pipeline == NULL)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "pipeline: cannot be made (%s); the line before this says why",
		    rte_strerror(rte_errno));
	l2fwd_ethdevs_print(&fw->fw_args, plan);
	l2fwd_pipeline_print(plan);
	return 0;
}

static int
pipeline_start(struct l2fwd *fw, struct l2fwd_err *err)
{
	bool shares = lwkt_pipeline_shares_core(fw->fw_pipeline);

	if (shares)
		printf("lcores share a processor: idle ones give way (sched_yield)\n");
	l2fwd_stats_start(fw);
	if (lwkt_pipeline_start(fw->fw_pipeline, shares ? LWKT_IDLE_YIELD : LWKT_IDLE_PAUSE) < 0)
		return l2fwd_refuse(
		    err, L2FWD_EXIT_ENV, "pipeline: cannot be started; an lcore is busy");
	return 0;
}

static int
bring_up(struct l2fwd *fw, struct l2fwd_err *err)
{
	if (fw->fw_file != NULL)
		return cpus_start(fw, err) < 0 || l2fwd_file_make(fw, err) < 0
		           ? -1
		           : pipeline_start(fw, err);
	if (l2fwd_plan_devices(fw, err) < 0)
		return -1;
	if (cpus_start(fw, err) < 0 || l2fwd_ethdevs_pools(fw, err) < 0 ||
	    l2fwd_ethdevs_start(fw, err) < 0 || pipeline_make(fw, err) < 0)
		return -1;
	return pipeline_start(fw, err);
}

/* @return the signal that came while links were waited for, or 0. */
static int
await_links(const struct l2fwd_plan *plan)
{
	uint16_t down;
	int sig = 0;

	for (int ms = 0; !l2fwd_ethdevs_link_up(plan, &down) && sig == 0; ms += TICK_MS) {
		if (ms >= L2FWD_LINK_MS) {
			printf("ethdev %u: its link is down; going on without\n", down);
			break;
		}
		sig = tick();
	}
	return sig;
}

static void
serve(const struct l2fwd *fw)
{
	uint64_t period_cyc = fw->fw_args.period * rte_get_timer_hz();
	uint64_t next_cyc = rte_get_timer_cycles() + period_cyc;
	int sig = await_links(&fw->fw_plan);

	printf("forwarding; SIGINT ends it\n");
	fflush(stdout);
	for (; sig == 0; sig = tick()) {
		if (fw->fw_file != NULL)
			lwkt_pipeline_file_balance(fw->fw_file);
		if (period_cyc == 0 || rte_get_timer_cycles() < next_cyc)
			continue;
		l2fwd_stats_print(fw);
		next_cyc += period_cyc;
	}
	printf("%s: stopping\n", strsignal(sig));
}

/* Packets under way are sent, the devices are closed; then all must be accounted for. */
static int
wind_up(struct l2fwd *fw, struct l2fwd_err *err)
{
	struct l2fwd_account account;
	int ret = lwkt_pipeline_drain(fw->fw_pipeline, L2FWD_DRAIN_MS);

	if (ret < 0)
		printf("drain: not empty after %u ms\n", L2FWD_DRAIN_MS);
	lwkt_pipeline_stop(fw->fw_pipeline);
	l2fwd_ethdevs_stop(fw);
	l2fwd_stats_print_run(fw);
	l2fwd_account_read(&account, fw->fw_pipeline);
	l2fwd_ethdevs_close(fw);
	account.mbufs_in_use = l2fwd_ethdevs_mbufs_in_use(fw);
	l2fwd_account_print(&account, fw->fw_pipeline);
	return l2fwd_account_check(&account, err);
}

/* Undo bring_up(), however far it got. After wind_up() the ethdevs are gone already. */
static void
tear_down(struct l2fwd *fw)
{
	if (fw->fw_pipeline != NULL && fw->fw_file == NULL)
		lwkt_pipeline_destroy(fw->fw_pipeline);
	l2fwd_ethdevs_stop(fw);
	l2fwd_ethdevs_close(fw);
	l2fwd_ethdevs_free_pools(fw);
	lwkt_pipeline_file_destroy(fw->fw_file);
	if (fw->fw_cpus)
		lwkt_fini();
}

static int
forward(int argc, char **argv, struct l2fwd *fw, struct l2fwd_err *err)
{
	bool look = fw->fw_args.check || fw->fw_args.graph;
	int ret;

	if (fw->fw_args.config != NULL && l2fwd_file_load(fw, err) < 0)
		return -1;
	if (l2fwd_eal_start(argc, argv, err) < 0) {
		lwkt_pipeline_file_destroy(fw->fw_file);
		return -1;
	}
	ret = look ? l2fwd_file_check(fw, err) : bring_up(fw, err);
	if (ret == 0 && !look) {
		serve(fw);
		ret = wind_up(fw, err);
	}
	tear_down(fw);
	l2fwd_eal_stop();
	return ret;
}

int
main(int argc, char **argv)
{
	static struct l2fwd fw;
	struct l2fwd_err err = {0};
	int ours = l2fwd_options_at(argc, argv);
	enum l2fwd_wish wish;
	int ret;

	signals_block();
	l2fwd_eal_help(argc, argv);
	ret = l2fwd_args_parse(&fw.fw_args, &wish, argc - ours, argv + ours, &err);
	if (ret == 0 && wish == L2FWD_HELP)
		fputs(l2fwd_usage, stdout);
	else if (ret == 0 && wish == L2FWD_KEYS)
		lwkt_pipeline_file_keys(stdout);
	else if (ret == 0 && wish == L2FWD_VERSION)
		printf("lwkt-l2fwd %s, %s\n", LWKT_VERSION, rte_version());
	else if (ret == 0)
		ret = forward(argc, argv, &fw, &err);
	if (ret < 0)
		fprintf(stderr, "lwkt-l2fwd: %s\n", err.text);
	return err.code;
}
