/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The main lcore's rounds while packets flow: signals, statistics, faults, and whether it is time
 * to end.
 */
#include <string.h>

#include <rte_cycles.h>

#include "l2fwd.h"

#define LATE_S 1.0 /* from here on it is said */

/*
 * As long as a link is down, but no longer than --link-wait; then it goes on without, and says it
 * when the link comes up (watch.c). A line a second shows how long.
 * @return the signal that came meanwhile, or 0.
 */
static int
await_links(const struct l2fwd_plan *plan, unsigned int seconds)
{
	struct l2fwd_wants wants = {0}; /* there is nothing to show yet */
	char ids[80];
	unsigned int n = l2fwd_ethdevs_links_down(plan, ids, sizeof(ids)), ms = 0;
	bool waited = n > 0 && seconds > 0;
	int sig = 0;

	for (; n > 0 && sig == 0 && ms < seconds * 1000; ms += L2FWD_TICK_MS) {
		if (ms % 1000 == 0) {
			l2fwd_notify_state(L2FWD_SERVICE_WAITS);
			printf("waiting for the link of ethdev %s: %u of %u s\n", ids, ms / 1000,
			    seconds);
			fflush(stdout);
		}
		sig = l2fwd_tick(&wants);
		n = l2fwd_ethdevs_links_down(plan, ids, sizeof(ids));
	}
	if (n > 0 && sig == 0)
		printf("ethdev %s: link down after %u s; going on without (--link-wait)\n", ids,
		    seconds);
	else if (waited && sig == 0)
		printf("all links are up\n");
	return sig;
}

/* What the sources have brought in; stages may have made more. */
static uint64_t
brought_in(const struct lwkt_pipeline *pl)
{
	uint64_t packets = 0;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, i);
		struct lwkt_stage_stats ss;

		lwkt_stage_stats(st, &ss);
		if (st->st_kind->sk_poll != NULL)
			packets += ss.ss_received;
	}
	return packets;
}

/* @return why it is to end by itself; NULL: it is not. */
static const char *
finished(const struct l2fwd *fw, uint64_t begin_cyc)
{
	const struct l2fwd_args *args = &fw->fw_args;

	if (args->duration > 0 &&
	    rte_get_timer_cycles() - begin_cyc >= args->duration * rte_get_timer_hz())
		return "--duration";
	return args->count > 0 && brought_in(fw->fw_pipeline) >= args->count ? "--count" : NULL;
}

/* One round of what the main lcore has to do while packets flow. */
static void
look_after(struct l2fwd *fw, struct l2fwd_wants *wants)
{
	int moved = lwkt_pipeline_file_balance(fw->fw_file);

	fw->fw_moved += moved > 0 ? (unsigned int)moved : 0;
	if (l2fwd_health_look(fw))
		l2fwd_notify_alive();
	l2fwd_watch(fw);
	l2fwd_overload_look(fw);
	l2fwd_stats_look();
	if (wants->files) {
		l2fwd_notify_state(L2FWD_SERVICE_RELOADS);
		l2fwd_log_reopen(&fw->fw_args);
		l2fwd_stats_reopen(&fw->fw_args);
		l2fwd_happened(LWKT_EVENT_RELOAD, "files were opened again");
		l2fwd_notify_state(L2FWD_SERVICE_READY);
	}
	if (wants->table)
		l2fwd_stats_print(fw);
	*wants = (struct l2fwd_wants){0};
}

/* A round takes L2FWD_TICK_MS; stopped, or without a processor, it takes longer. */
static void
note_late(uint64_t begin_cyc)
{
	double seconds = (double)(rte_get_timer_cycles() - begin_cyc) / (double)rte_get_timer_hz();

	if (seconds > LATE_S)
		l2fwd_happened(LWKT_EVENT_LATE,
		    "the main lcore stood still for %.1f s; the next table is of that time too",
		    seconds);
}

void
l2fwd_serve(struct l2fwd *fw)
{
	uint64_t period_cyc = fw->fw_args.period * rte_get_timer_hz();
	int sig = await_links(&fw->fw_plan, fw->fw_args.link_wait);
	uint64_t begin_cyc = rte_get_timer_cycles(), next_cyc = begin_cyc + period_cyc;
	struct l2fwd_wants wants = {0};
	const char *end = NULL;

	printf("forwarding; SIGINT ends it\n");
	fflush(stdout);
	l2fwd_notify_state(L2FWD_SERVICE_READY);
	while (sig == 0 && (end = finished(fw, begin_cyc)) == NULL) {
		uint64_t round_cyc = rte_get_timer_cycles();

		look_after(fw, &wants);
		if (period_cyc != 0 && round_cyc >= next_cyc) {
			l2fwd_stats_print(fw);
			/* Those that are late by a whole period are not made up for. */
			next_cyc += (round_cyc - next_cyc) / period_cyc * period_cyc + period_cyc;
		}
		sig = l2fwd_tick(&wants);
		note_late(round_cyc);
	}
	printf("%s: stopping\n", end != NULL ? end : strsignal(sig));
	fflush(stdout);
}
