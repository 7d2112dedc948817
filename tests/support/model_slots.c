/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model of calls in a slot (contract I121 to I125): per ordered pair a window of tickets, and
 * for each whether it has run and whether somebody has taken its result.
 */
#include "model_pvt.h"

#define GROUP  32u /* calls of a burst that are asked together */
#define GROUPS 16u /* on their way */

static void
run(struct model *md, int who, const struct model_slot *call)
{
	md_event(&md->log, ME_SLOT, who, call->label, call->msg, 0);
	md_send_of_call(md, who, call->msg, call->port);
}

/* Those that come behind nothing that has not been handled; how many. */
unsigned int
md_slots_run(struct model *md, int who, int from)
{
	struct model_pair *pr = &md->pair[from][who];
	unsigned int n = 0;

	for (; pr->slots_run < pr->slots_asked; n++) {
		struct model_slot call = pr->slot[(pr->slots_run + 1) % md->window];

		if (call.before > pr->handled)
			break;
		pr->slots_run++;
		run(md, who, &call);
	}
	return n;
}

/* I124: what comes before it is in the ring, and its slot's call has been answered. */
bool
md_slot_has_room(const struct model *md, int who, int to)
{
	const struct model_pair *pr = &md->pair[who][to];
	uint64_t next = pr->slots_asked + 1;

	return md_pair_idle(pr) &&
	       (!pr->open[next % md->window] || md_slot_answered(md, who, to, next - md->window));
}

/* A result in the way is kept. */
bool
md_slot_room(struct model *md, int who, int to)
{
	struct model_pair *pr = &md->pair[who][to];

	if (!md_pair_idle(pr))
		md_publish(md, pr);
	if (!md_slot_has_room(md, who, to))
		return false;
	pr->open[(pr->slots_asked + 1) % md->window] = false;
	return true;
}

static uint64_t
ask(struct model *md, int who, int to, struct model_slot call)
{
	struct model_pair *pr = &md->pair[who][to];
	uint64_t ticket = ++pr->slots_asked;

	pr->open[ticket % md->window] = true;
	if (who == to) {
		pr->slots_run++;
		run(md, who, &call);
		return ticket;
	}
	call.before = pr->items;
	pr->slot[ticket % md->window] = call;
	return ticket;
}

uint64_t
md_slot_ask(struct model *md, int who, int to, struct model_slot call)
{
	uint64_t ticket = ask(md, who, to, call);

	if (who != to)
		md_slot_mark(md, &md->pair[who][to]);
	return ticket;
}

bool
md_slot_answered(const struct model *md, int who, int to, uint64_t ticket)
{
	return md->pair[who][to].slots_run >= ticket;
}

void
md_slot_take(struct model *md, int who, int to, uint64_t ticket)
{
	struct model_pair *pr = &md->pair[who][to];

	if (pr->slots_asked - ticket < md->window)
		pr->open[ticket % md->window] = false;
}

/* As many of a burst as there are free slots in a row, at least one. */
static void
ask_group(struct model *md, int who, struct model_burst *burst)
{
	struct model_pair *pr = &md->pair[who][burst->to];
	unsigned int i = burst->asked++ % GROUPS, n = 0, left = burst->n - burst->sent;
	uint64_t next = pr->slots_asked + 1;

	burst->group[i].first = next;
	do
		ask(md, who, burst->to,
		    (struct model_slot){burst->first_label + (int)(burst->sent++), MD_NONE, 0, 0});
	while (++n < left && n < GROUP && (next + n) % md->window % 64 != 0 &&
	       !pr->open[(next + n) % md->window]);
	burst->group[i].n = n;
	if (who != burst->to)
		md_slot_mark(md, pr);
}

/* I125. To itself: one by one. */
static void
burst_self(struct model *md, int who, struct model_burst *burst)
{
	for (; burst->taken < burst->n; burst->taken++, burst->sent++) {
		if (!md_slot_room(md, who, who))
			md->broken = "a call to itself waits";
		md_slot_take(md, who, who,
		    md_slot_ask(md, who, who,
		        (struct model_slot){burst->first_label + (int)burst->sent, MD_NONE, 0, 0}));
	}
}

/* Is it a group's turn to be asked? Else it is the oldest one's to be taken. */
static bool
burst_asks(const struct model *md, int who, const struct model_burst *burst)
{
	const struct model_pair *pr = &md->pair[who][burst->to];
	bool room = !pr->open[(pr->slots_asked + 1) % md->window] &&
	            burst->asked - burst->collected < GROUPS;

	return burst->sent < burst->n && (room || burst->asked == burst->collected);
}

bool
md_slot_burst_waits(const struct model *md, int who, const struct model_burst *burst)
{
	unsigned int i = burst->collected % GROUPS;

	if (burst->taken == burst->n)
		return false;
	if (burst_asks(md, who, burst))
		return !md_slot_has_room(md, who, burst->to);
	return !md_slot_answered(md, who, burst->to, burst->group[i].first + burst->group[i].n - 1);
}

/* Goes on until it must wait. */
bool
md_slot_burst(struct model *md, int who, struct model_burst *burst)
{
	if (who == burst->to)
		burst_self(md, who, burst);
	while (burst->taken < burst->n) {
		unsigned int i = burst->collected % GROUPS;

		if (burst_asks(md, who, burst)) {
			if (!md_slot_room(md, who, burst->to))
				return false;
			ask_group(md, who, burst);
			continue;
		}
		if (md_slot_burst_waits(md, who, burst))
			return false;
		for (unsigned int j = 0; j < burst->group[i].n; j++)
			md_slot_take(md, who, burst->to, burst->group[i].first + j);
		burst->collected++;
		burst->taken += burst->group[i].n;
	}
	return true;
}
