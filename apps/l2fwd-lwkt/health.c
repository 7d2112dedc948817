/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is it well? Looked at in each round of the main lcore: each loop turns, each device is there and
 * has a link. Who asks, and the service manager, get what was seen last.
 */
#include <stdarg.h>

#include <rte_cycles.h>

#include <jansson.h>

#include "l2fwd.h"

#define STILL_MS 1000 /* a loop that has not turned for so long stands still */

static struct {
	uint64_t he_turns, he_since; /* counted; TSC, seen first */
} loops[RTE_MAX_LCORE];

/* One that sleeps until it is woken turns when it is woken. */
static bool
loop_turns(const struct lwkt_loop_stats *ls, unsigned int i, uint64_t now)
{
	if (ls->ls_asleep || ls->ls_turns != loops[i].he_turns || loops[i].he_since == 0) {
		loops[i].he_turns = ls->ls_turns;
		loops[i].he_since = now;
	}
	return now - loops[i].he_since < rte_get_tsc_hz() / 1000 * STILL_MS;
}

bool
l2fwd_health_look(const struct l2fwd *fw)
{
	uint64_t now = rte_rdtsc();
	bool turn = true;

	for (unsigned int i = 0; i < lwkt_pipeline_nloops(fw->fw_pipeline); i++) {
		struct lwkt_loop_stats ls;

		lwkt_loop_stats(fw->fw_pipeline, i, &ls);
		if (!loop_turns(&ls, i, now))
			turn = false;
	}
	return turn;
}

__attribute__((format(printf, 2, 3))) static void
add_problem(json_t *problems, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_array_append_new(problems, json_vsprintf(fmt, ap));
	va_end(ap);
}

json_t *
l2fwd_health(const struct l2fwd *fw)
{
	uint64_t now = rte_rdtsc();
	json_t *problems = json_array();

	for (unsigned int i = 0; i < lwkt_pipeline_nloops(fw->fw_pipeline); i++) {
		struct lwkt_loop_stats ls;

		lwkt_loop_stats(fw->fw_pipeline, i, &ls);
		if (!loop_turns(&ls, i, now))
			add_problem(problems, "lcore %u: its loop stands still", ls.ls_lcore);
	}
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++) {
		unsigned int id = fw->fw_plan.pn_ethdev[i].ed_id;

		if (l2fwd_devices_has_gone((uint16_t)id))
			add_problem(problems, "ethdev %u: the device has gone", id);
		else if (l2fwd_watch_link_is_down((uint16_t)id))
			add_problem(problems, "ethdev %u: its link is down", id);
	}
	return json_pack(
	    "{s:b, s:o}", "healthy", json_array_size(problems) == 0, "problems", problems);
}
