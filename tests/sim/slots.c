/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot: singly, in bursts, and their results taken in any order.
 */
#include "lwkt_ipicall.h"
#include "ops.h"

#define LABELS    1024
#define BURST_MAX 9

/* What the call with this number does, and who may take its results. */
static struct {
	int msg, port; /* sends it there; MD_NONE */
	int who, to;
	uint64_t ticket;
	bool open; /* asked singly, and not taken */
} calls[LABELS];
static int nlabels;
static int favourite; /* CPU that is called: windows must fill up */

void
slots_reset(void)
{
	nlabels = 0;
	favourite = (int)rnd(MD_CPUS);
}

static void
fill(uint64_t a[5], int label)
{
	for (unsigned int i = 0; i < 5; i++)
		a[i] = (uint64_t)label + i * i;
}

static void
called(uint64_t a[5])
{
	int label = (int)a[0];

	world_slot(label, calls[label].msg, calls[label].port);
	for (unsigned int i = 0; i < 5; i++)
		a[i] = a[i] * 5 + (uint64_t)who_am_i();
}

static void
check_result(const uint64_t a[5], int label, int to)
{
	uint64_t want[5];

	fill(want, label);
	for (unsigned int i = 0; i < 5; i++)
		if (a[i] != want[i] * 5 + (uint64_t)to)
			fail("call %d, word %u: %lu, not %lu", label, i, a[i],
			    want[i] * 5 + (uint64_t)to);
}

static struct {
	int to, label;
	unsigned int n;
} next; /* until its fiber has begun */

static void
do_slot(int who)
{
	int to = next.to, label = next.label;
	struct model_slot slot = {label, calls[label].msg, calls[label].port, 0};
	uint64_t a[5], want = 0, got;

	fill(a, label);
	*fiber_wait(who) =
	    (struct wait){.kind = W_SLOT_ROOM, .port = MD_NONE, .msg = MD_NONE, .cpu = to};
	if (md_slot_room(&md, who, to))
		want = md_slot_ask(&md, who, to, slot);
	got = lwkt_call((unsigned int)to, called, a);
	if (want == 0) { /* it has waited: the model's half comes after */
		if (!md_slot_room(&md, who, to))
			fail("lwkt_call() did not wait");
		want = md_slot_ask(&md, who, to, slot);
	}
	if (got != want)
		fail("lwkt_call() gave %lu, not %lu", got, want);
	calls[label].ticket = got;
	calls[label].open = true;
	compare();
}

static int
any_target(void)
{
	return chance(60) ? favourite : (int)rnd(MD_CPUS);
}

bool
op_slot(int who)
{
	int port = (int)rnd(MD_PORTS), id = chance(40) ? pick_msg(sendable) : MD_NONE;

	if (!md_is_cpu(who) || !may_block(who) || nlabels == LABELS)
		return false;
	if (id != MD_NONE &&
	    (!may_put(who, port, id) || kind(port) == MK_SERIALIZE || reply_is_serialized(id)))
		id = MD_NONE;
	next.to = any_target();
	next.label = nlabels++;
	calls[next.label].msg = id;
	calls[next.label].port = port;
	calls[next.label].who = who;
	calls[next.label].to = next.to;
	calls[next.label].open = false;
	if (id != MD_NONE)
		md.msg[id].reserved = true;
	say("%d: slot %d on %d (m%d to p%d)\n", who, next.label, next.to, id, port);
	fiber_start(who, do_slot);
	return true;
}

bool
op_slots(int who)
{
	bool any = false;

	for (unsigned int n = 2 + rnd(6); n > 0 && !fiber_blocked(who); n--)
		any |= op_slot(who);
	return any;
}

/* One of this actor's calls whose results nobody has taken; MD_NONE. */
static int
pick_call(int who)
{
	int first = (int)rnd((unsigned int)nlabels);

	for (int i = 0; i < nlabels; i++) {
		int label = (first + i) % nlabels;

		if (calls[label].open && calls[label].who == who)
			return label;
	}
	return MD_NONE;
}

static void
taken(int who, int label, const uint64_t a[5])
{
	calls[label].open = false;
	md_slot_take(&md, who, calls[label].to, calls[label].ticket);
	check_result(a, label, calls[label].to);
}

bool
op_slot_poll(int who)
{
	int label = pick_call(who), got;
	uint64_t a[5];
	bool want;

	if (label == MD_NONE)
		return false;
	want = md_slot_answered(&md, who, calls[label].to, calls[label].ticket);
	say("%d: slot %d answered: %d\n", who, label, want);
	got = lwkt_call_poll((unsigned int)calls[label].to, calls[label].ticket, a);
	if (got != want)
		fail("lwkt_call_poll() gave %d, not %d", got, want);
	if (got)
		taken(who, label, a);
	return true;
}

static void
do_slot_wait(int who)
{
	int label = next.label, to = calls[label].to;
	uint64_t a[5], ticket = calls[label].ticket;

	*fiber_wait(who) = (struct wait){
	    .kind = W_SLOT, .port = MD_NONE, .msg = MD_NONE, .cpu = to, .seq = ticket};
	lwkt_call_wait((unsigned int)to, ticket, a);
	if (!md_slot_answered(&md, who, to, ticket))
		fail("lwkt_call_wait() returned too early");
	say("%d: slot %d is answered\n", who, label);
	taken(who, label, a);
	compare();
}

bool
op_slot_wait(int who)
{
	int label = pick_call(who);

	if (label == MD_NONE || !may_block(who))
		return false;
	next.label = label;
	say("%d: wait for slot %d\n", who, label);
	fiber_start(who, do_slot_wait);
	return true;
}

static void
do_slot_burst(int who)
{
	struct model_burst burst = {.to = next.to, .first_label = next.label, .n = next.n};
	uint64_t a[BURST_MAX][5];

	for (unsigned int i = 0; i < burst.n; i++)
		fill(a[i], burst.first_label + (int)i);
	*fiber_wait(who) = (struct wait){
	    .kind = W_BURST, .port = MD_NONE, .msg = MD_NONE, .cpu = burst.to, .burst = &burst};
	if (lwkt_call_burst((unsigned int)burst.to, called, a, burst.n) != burst.n)
		fail("lwkt_call_burst() gave another number");
	if (!md_slot_burst(&md, who, &burst))
		fail("lwkt_call_burst() returned too early");
	say("%d: slots %d to %d are answered\n", who, burst.first_label,
	    burst.first_label + (int)burst.n - 1);
	for (unsigned int i = 0; i < burst.n; i++)
		check_result(a[i], burst.first_label + (int)i, burst.to);
	compare();
}

bool
op_slot_burst(int who)
{
	next.n = 1 + rnd(BURST_MAX);
	if (!md_is_cpu(who) || !may_block(who) || nlabels + (int)next.n > LABELS)
		return false;
	next.to = any_target();
	next.label = nlabels;
	for (unsigned int i = 0; i < next.n; i++, nlabels++) {
		calls[nlabels].msg = MD_NONE;
		calls[nlabels].open = false;
	}
	say("%d: slots %d to %d on %d\n", who, next.label, nlabels - 1, next.to);
	fiber_start(who, do_slot_burst);
	return true;
}
