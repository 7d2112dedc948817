/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The generator: picks an actor and a call; at the end of a seed, brings everything home.
 */
#include "ops.h"

#define MANY       (MD_CPUS > 16)
#define SETTLE_MAX 200
#define SPARE      BLOCKED_MAX /* messages kept for those who wait on a port at the end */

static unsigned int actor_weight[MD_ACTORS];

/*
 * One step
 */

static const struct {
	bool (*op)(int who);
	unsigned int weight;
} ops[] = {
    {op_init, 8},
    {op_receipt, 6},
    {op_send, 20},
    {op_prepare, 2},
    {op_start, 4},
    {op_forward, 8},
    {op_reply, 8},
    {op_get, 14},
    {op_drop, 5},
    {op_put_burst, 8},
    {op_reply_burst, 4},
    {op_get_burst, MANY ? 24 : 4},
    {op_quota, 1},
    {op_poll, MANY ? 8 : 24}, /* else what is for ports seldom stays in the rings */
    {op_flush, 5},
    {op_setowner, 4},
    {op_interrupt, 3},
    {op_serializer, 2},
    {op_domsg, 6},
    {op_waitmsg, 3},
    {op_waitport, 3},
    {op_call, 6},
    {op_calls, 3},
    {op_wait_call, 2},
    {op_abort, 6},
    {op_slot, 8},
    {op_slots, 4},
    {op_slot_poll, 8},
    {op_slot_wait, 3},
    {op_slot_burst, 4},
};

/* Each seed prefers some calls and does without others, so that every mixture comes up. */
static unsigned int weights[RTE_DIM(ops)], total_weight;

static int
any_actor(void)
{
	unsigned int total = 0, pick;
	int who = 0;

	for (int i = 0; i < MD_ACTORS; i++)
		total += actor_weight[i];
	for (pick = rnd(total); pick >= actor_weight[who]; who++)
		pick -= actor_weight[who];
	return who;
}

static void
make_weights(void)
{
	static const unsigned int factors[] = {0, 1, 1, 2, 2, 6};

	for (int i = 0; i < MD_ACTORS; i++)
		actor_weight[i] = crowded && !md_is_cpu(i) ? 20 : chance(30) ? 1 : 8;
	total_weight = 0;
	for (unsigned int i = 0; i < RTE_DIM(ops); i++) {
		weights[i] = ops[i].weight * factors[rnd(RTE_DIM(factors))];
		if (crowded && (ops[i].op == op_waitmsg || ops[i].op == op_waitport))
			weights[i] = 30;
		total_weight += weights[i];
	}
}

static void
any_op(int who)
{
	for (int tries = 0; tries < 8 && total_weight > 0; tries++) {
		unsigned int i = 0, pick;

		for (pick = rnd(total_weight); pick >= weights[i]; i++)
			pick -= weights[i];
		if (ops[i].op(who))
			return;
	}
	op_poll(who);
}

static void
go_on(int who)
{
	if (!fiber_runnable(who))
		return;
	say("%d: goes on\n", who);
	fiber_resume(who);
}

void
ops_step(void)
{
	int who = any_actor();

	steps++;
	if (fiber_blocked(who)) {
		go_on(who);
		fibers_check();
		return;
	}
	be(who);
	any_op(who);
	be(who);
	compare();
	fibers_check();
}

/*
 * The end of a seed: everything comes home. Every message that was accepted and not dropped is
 * replied exactly once (M20), whoever waits gets on, and nothing is left anywhere.
 */

static bool
waited_for(int port)
{
	for (int who = 0; who < MD_ACTORS; who++)
		if (fiber_blocked(who) && fiber_wait(who)->kind == W_PORT &&
		    fiber_wait(who)->port == port)
			return true;
	return false;
}

static void
settle_actor(int who)
{
	if (fiber_blocked(who)) {
		go_on(who);
		return;
	}
	be(who);
	if (md.holder == who)
		op_serializer(who);
	op_flush(who); /* passive functions too */
	op_poll(who);
	for (int p = 0; p < MD_PORTS; p++)
		while (!waited_for(p) && md.port[p].normal.n + md.port[p].prio.n > 0 &&
		       get_from(who, p))
			continue;
	for (int id = 0; id < MD_MSGS; id++)
		if (active(id))
			reply_to(who, id);
	if (pick_msg(prepared) != MD_NONE)
		op_start(who);
	compare();
}

static bool
settled(void)
{
	if (fibers_blocked() > 0 || !md_quiet(&md))
		return false;
	for (int i = 0; i < MD_MSGS; i++)
		if (!fresh(i))
			return false;
	return true;
}

/* Somebody waits on a port and nothing comes of itself: send something. */
static void
send_to_waiters(int by)
{
	for (int who = 0; who < MD_ACTORS; who++) {
		int port = fiber_wait(who)->port, id = pick_msg(sendable);
		bool held;

		if (!fiber_blocked(who) || fiber_wait(who)->kind != W_PORT || id == MD_NONE ||
		    fiber_blocked(by) || !may_put(by, port, id))
			continue;
		be(by);
		say("%d: send m%d to p%d, where %d waits\n", by, id, port, who);
		held = hold(by, put_is_serialized(port, id));
		md_prepare(&md, id);
		md_start(&md, by, port, id, false);
		lwkt_sendmsg(real_port[port], &real_msg[id]);
		leave(held);
		compare();
	}
}

void
ops_settle(void)
{
	say("settle\n");
	for (int i = MD_MSGS - SPARE; i < MD_MSGS; i++)
		md.msg[i].reserved = false;
	for (int round = 0; !settled(); round++) {
		if (round == SETTLE_MAX) {
			if (!md_quiet(&md) || !fibers_abandon())
				fail("it does not come to rest: %u calls still wait",
				    fibers_blocked());
			break;
		}
		if (round > 40 && round % 20 == 0)
			send_to_waiters((int)rnd(MD_ACTORS));
		for (int who = 0; who < MD_ACTORS; who++) {
			settle_actor(who);
			fibers_check();
		}
		/* A wait publishes no passive functions: those of who waits for ever stay. */
		for (int who = 0; round == SETTLE_MAX / 2 && who < MD_CPUS; who++) {
			be(who);
			op_flush(who);
		}
	}
	be(0);
	for (int i = 0; i < MD_CPUS; i++)
		if (!ipiq_idle(cpus[i]))
			fail("CPU %d: something is left in transit", i);
	for (int i = 0; i < MD_PORTS; i++)
		if (real_port[i]->mp_move != NULL)
			fail("port %d: a move has not ended", i);
}

void
ops_reset(void)
{
	make_weights();
	waits_reset();
	slots_reset();
	for (int i = 0; i < MD_MSGS; i++) {
		int port;

		do
			port = (int)rnd(MD_PORTS);
		while (!replyable(port));
		md_initmsg(&md, i, port, 0);
		lwkt_initmsg(&real_msg[i], real_port[port], 0);
		md.msg[i].reserved = i >= MD_MSGS - SPARE;
	}
	be(0);
	compare();
}
