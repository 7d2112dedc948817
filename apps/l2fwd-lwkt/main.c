/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-l2fwd: DPDK's l2fwd on LWKT pipelines.
 *
 * The main lcore is control, signals and statistics; packets are on the worker lcores only.
 *
 *      options ─▶ EAL ─▶ CPUs ─▶ text ─▶ pools, ethdevs, pipeline ─▶ serve
 *          cleanup ◀─ CPUs ◀─ pools ◀─ close, account ◀─ stop ◀─ drain ◀┘
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_version.h>

#include <lwkt_cpu.h>
#include <lwkt_cycles.h>
#include <lwkt_ethdev.h>

#include "ending.h"
#include "l2fwd.h"
#include "output.h"
#include "preflight.h"

static_assert(L2FWD_CYCLES_SAMPLE == LWKT_CYCLES_SAMPLE, "the same");

static int
cpus_start(struct l2fwd *fw, struct l2fwd_err *err)
{
	const struct lwkt_config cfg = {.cf_sleep = fw->fw_args.idle == L2FWD_IDLE_INTERRUPT};
	int ret = lwkt_init(&cfg);

	if (ret < 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "lwkt: cannot make the lcores CPUs (%s); give more memory (-m, hugepages), or "
		    "see the line before this",
		    rte_strerror(-ret));
	fw->fw_cpus = true;
	return 0;
}

/* Lcores that share a processor give way, unless they sleep anyway or are not to. */
static enum lwkt_idle
way_to_idle(const struct l2fwd *fw)
{
	bool shares = lwkt_pipeline_shares_core(fw->fw_pipeline);

	switch (fw->fw_args.idle) {
	case L2FWD_IDLE_POLL:
		return LWKT_IDLE_POLL;
	case L2FWD_IDLE_SLEEP:
		return LWKT_IDLE_SLEEP;
	case L2FWD_IDLE_INTERRUPT:
		return LWKT_IDLE_INTERRUPT;
	case L2FWD_IDLE_PAUSE:
		return LWKT_IDLE_PAUSE;
	case L2FWD_IDLE_DEFAULT:
	default:
		if (shares)
			printf("lcores share a processor: idle ones give way (sched_yield)\n");
		return shares ? LWKT_IDLE_YIELD : LWKT_IDLE_PAUSE;
	}
}

/* What wakes the lcores that wait for interrupts. */
static void
print_wakes(const struct lwkt_pipeline *pl)
{
	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, i);

		if (st->st_kind->sk_poll == NULL)
			continue;
		if (lwkt_stage_wakes(st))
			printf("stage %s: its rx interrupt wakes lcore %u\n", st->st_name,
			    st->st_lcore);
		else
			printf("stage %s: no rx interrupt: idle, lcore %u looks every %u us\n",
			    st->st_name, st->st_lcore, LWKT_IDLE_LOOK_US);
	}
}

static int
pipeline_start(struct l2fwd *fw, struct l2fwd_err *err)
{
	int rc;

	lwkt_pipeline_limit(fw->fw_pipeline, fw->fw_args.count);
	lwkt_pipeline_count_bytes(fw->fw_pipeline, fw->fw_args.stats_bytes);
	if (lwkt_pipeline_cycles(fw->fw_pipeline, fw->fw_args.cycles) < 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "--cycles: no memory; give the program more (-m, hugepages), or --cycles off");
	l2fwd_watch_start(fw);
	l2fwd_stats_start(fw);
	l2fwd_account_watch(fw->fw_pipeline, L2FWD_EXIT_ACCOUNT);
	rc = lwkt_pipeline_start(fw->fw_pipeline, way_to_idle(fw));
	if (rc < 0)
		return l2fwd_refuse(err, L2FWD_EXIT_ENV, "pipeline: cannot be started (%s)",
		    rc == -EBUSY ? "an lcore is busy" : strerror(-rc));
	if (fw->fw_args.idle == L2FWD_IDLE_INTERRUPT)
		print_wakes(fw->fw_pipeline);
	return 0;
}

static int
bring_up(struct l2fwd *fw, struct l2fwd_err *err)
{
	if (l2fwd_file_options(fw, err) < 0 || cpus_start(fw, err) < 0 ||
	    l2fwd_file_make(fw, err) < 0)
		return -1;
	/* They answer from serve() on. */
	if (l2fwd_control_open(fw, err) < 0 || l2fwd_metrics_open(fw, err) < 0)
		return -1;
	return pipeline_start(fw, err);
}

/* Wait until packets under way are sent. A second signal ends the wait. */
static void
drain(struct l2fwd *fw)
{
	int sig;

	for (unsigned int ms = 0; ms < L2FWD_DRAIN_MS; ms += L2FWD_TICK_MS) {
		if (lwkt_pipeline_drain(fw->fw_pipeline, L2FWD_TICK_MS) == 0)
			return;
		sig = ending_again();
		if (sig != 0) {
			printf("%s again: not waiting for packets under way\n", strsignal(sig));
			return;
		}
	}
	printf("drain: not empty after %u ms\n", L2FWD_DRAIN_MS);
}

static enum ending_phase
wind_up_phase(void)
{
	return ending_asked() != 0 ? ENDING_RUN : ENDING_WIND_UP;
}

/* Packets under way are sent, the devices are closed; then all must be accounted for. */
static int
wind_up(struct l2fwd *fw, struct l2fwd_err *err)
{
	struct l2fwd_account account;
	char gone[160];

	l2fwd_notify_state(L2FWD_SERVICE_ENDS);
	l2fwd_notify("ending");
	l2fwd_control_close();
	l2fwd_metrics_close();
	l2fwd_devices_gone(fw, gone, sizeof(gone));
	ending_enter(wind_up_phase(), "packets under way are sent");
	drain(fw);
	ending_enter(wind_up_phase(), "CPUs are stopped");
	while (lwkt_pipeline_stop(fw->fw_pipeline) == -EBUSY)
		; /* which the library says; a signal or the time (ending.h) ends this */
	ending_enter(wind_up_phase(), "devices are stopped and closed");
	lwkt_pipeline_file_stop(fw->fw_file);
	l2fwd_stats_print_run(fw);
	l2fwd_account_read(&account, fw->fw_pipeline);
	account.ring_id = l2fwd_ethdevs_ring(fw);
	account.ring = account.ring_id >= 0;
	l2fwd_ethdevs_close(fw);
	account.mbufs_in_use = lwkt_pipeline_file_mbufs_in_use(fw->fw_file);
	l2fwd_account_print(&account, fw->fw_pipeline);
	return l2fwd_account_check(&account, gone, err);
}

/* Undo bring_up(), however far it got. After wind_up() the ethdevs are gone already. */
static void
tear_down(struct l2fwd *fw)
{
	l2fwd_control_close();
	l2fwd_metrics_close();
	l2fwd_ethdevs_close(fw);
	lwkt_pipeline_file_destroy(fw->fw_file);
	if (fw->fw_cpus)
		lwkt_fini();
}

/* With EAL up by the first neal of argv: look, or forward until it ends. */
static int
work(int neal, char **argv, struct l2fwd *fw, bool look, struct l2fwd_err *err)
{
	bool none = rte_eth_dev_count_avail() == 0;
	int ret;

	ending_enter(ENDING_START, "devices are set up");
	if (!look)
		l2fwd_preflight_vdevs(neal, argv);
	ret = look ? l2fwd_file_look(fw, err) : bring_up(fw, err);

	if (ret < 0 && none && !fw->fw_args.preflight)
		l2fwd_preflight_hints(neal, argv);
	if (ret == 0 && !look) {
		ending_enter(ENDING_RUN, "packets are forwarded");
		l2fwd_serve(fw);
		ret = wind_up(fw, err);
		ending_enter(wind_up_phase(), "memory is given back");
	}
	l2fwd_account_watch(NULL, ret == 0 ? 0 : err->code);
	l2fwd_stats_close();
	tear_down(fw);
	l2fwd_eal_stop();
	return ret;
}

static int
before_eal(int neal, char **argv, struct l2fwd *fw, bool look, struct l2fwd_err *err)
{
	const struct l2fwd_args *args = &fw->fw_args;

	if (!look && l2fwd_log_form(args, err) < 0)
		return -1;
	ending_enter(ENDING_START, "it reads the file of --config");
	if (args->config != NULL && l2fwd_file_load(fw, err) < 0)
		return -1;
	ending_enter(ENDING_START, "it looks at the machine");
	if (args->preflight && l2fwd_preflight(neal, argv, err) < 0)
		return -1;
	return look || (l2fwd_log_open(args, err) == 0 && l2fwd_stats_open(args, err) == 0) ? 0
	                                                                                    : -1;
}

static int
forward(int argc, char **argv, struct l2fwd *fw, struct l2fwd_err *err)
{
	const struct l2fwd_args *args = &fw->fw_args;
	bool look = args->check || args->graph || args->preflight || args->print_config;
	int neal = l2fwd_options_at(argc, argv), ret = before_eal(neal, argv, fw, look, err);

	if (ret == 0) {
		ending_enter(ENDING_START, "EAL starts");
		ret = l2fwd_eal_start(argc, argv, err);
		if (ret < 0 && err->code == L2FWD_EXIT_ENV && !args->preflight)
			l2fwd_preflight_hints(neal, argv);
	}
	if (ret == 0)
		return work(neal, argv, fw, look, err);
	lwkt_pipeline_file_destroy(fw->fw_file);
	l2fwd_stats_close();
	return ret;
}

/* --preflight has two answers. */
static int
answer(const struct l2fwd *fw, int ret, struct l2fwd_err *err)
{
	if (!fw->fw_args.preflight)
		return err->code;
	if (ret == 0)
		printf("preflight: ok: it can start\n");
	else
		err->code = L2FWD_EXIT_ENV;
	return err->code;
}

static int
load_plugins(const struct l2fwd_args *args, struct l2fwd_err *err)
{
	for (unsigned int i = 0; i < args->nplugins; i++)
		if (lwkt_plugin_load(args->plugin[i]) < 0)
			return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
			    "--plugin %.200s: the line before this says why", args->plugin[i]);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct l2fwd fw;
	struct l2fwd_err err = {0};
	int ours = l2fwd_options_at(argc, argv);
	enum l2fwd_wish wish = L2FWD_RUN;
	int ret;

	ret = l2fwd_signals_begin(&err);
	if (ret == 0) {
		l2fwd_eal_help(argc, argv);
		ret = l2fwd_args_parse(&fw.fw_args, &wish, argc - ours, argv + ours, &err);
	}
	if (ret == 0)
		ret = load_plugins(&fw.fw_args, &err);
	if (ret == 0 && wish == L2FWD_HELP)
		l2fwd_args_help(stdout);
	else if (ret == 0 && wish == L2FWD_KEYS)
		lwkt_pipeline_file_keys(stdout);
	else if (ret == 0 && wish == L2FWD_VERSION)
		printf("lwkt-l2fwd %s, %s\n", LWKT_VERSION, rte_version());
	else if (ret == 0)
		ret = forward(argc, argv, &fw, &err);
	if (ret < 0)
		l2fwd_log_refusal(err.text);
	return output_end("lwkt-l2fwd", wish == L2FWD_RUN ? answer(&fw, ret, &err) : err.code);
}
