/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model of transit (contract I): per ordered pair of CPUs three queues in a row, gathered,
 * spill and ring. When something is published is exact: with the flush count, with a
 * burst of at least as many, by a poll, by a flush; so are the counters (I77).
 */
#include "model_pvt.h"

static void
put_item(struct model *md, struct model_items *list, struct model_item item)
{
	if (list->n == MD_ITEMS)
		md->broken = "too many items in transit";
	else
		list->v[list->n++] = item;
}

static void
move_items(struct model *md, struct model_items *to, struct model_items *from, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		put_item(md, to, from->v[i]);
	for (i = n; i < from->n; i++)
		from->v[i - n] = from->v[i];
	from->n -= n;
}

static unsigned int
to_ring(struct model *md, struct model_pair *pr, struct model_items *from)
{
	unsigned int room = md->ring_size - pr->ring.n, n = from->n < room ? from->n : room;

	move_items(md, &pr->ring, from, n);
	pr->items += n;
	pr->publications += n > 0;
	return n;
}

/* I68: what has spilled goes first, and while any has, everything later queues behind it. */
static void
publish(struct model *md, struct model_pair *pr, struct model_items *list)
{
	to_ring(md, pr, &pr->spill);
	if (pr->spill.n == 0)
		to_ring(md, pr, list);
	if (list->n == 0)
		return;
	pr->ring_full++;
	move_items(md, &pr->spill, list, list->n);
	if (pr->spill.n > pr->spill_high)
		pr->spill_high = pr->spill.n;
}

static void
publish_gathered(struct model *md, struct model_pair *pr)
{
	pr->lazy = pr->mark = false;
	publish(md, pr, &pr->gathered);
}

void
md_publish(struct model *md, struct model_pair *pr)
{
	publish_gathered(md, pr);
}

bool
md_pair_idle(const struct model_pair *pr)
{
	return pr->spill.n == 0 && (pr->gathered.n == 0 || pr->mark);
}

/* I122: a call has been asked; the next item is preceded by a mark. */
void
md_slot_mark(struct model *md, struct model_pair *pr)
{
	if (pr->mark)
		return;
	put_item(md, &pr->gathered, (struct model_item){.kind = MI_MARK});
	pr->mark = true;
}

static void
gather(struct model *md, struct model_pair *pr, struct model_item item)
{
	put_item(md, &pr->gathered, item);
	pr->lazy = pr->mark = false;
	if (pr->gathered.n >= md->flush_count)
		publish_gathered(md, pr);
}

void
md_transit(struct model *md, int who, int to, struct model_item item)
{
	if (!md_is_cpu(who))
		put_item(md, &md->inbox[to], item);
	else
		gather(md, &md->pair[who][to], item);
}

void
md_transit_burst(struct model *md, int who, int to, const int *msgs, unsigned int n)
{
	struct model_pair *pr;
	struct model_items list = {.n = 0};
	unsigned int i;

	for (i = 0; i < n; i++)
		put_item(md, &list, (struct model_item){MI_MSG, msgs[i], 0, 0});
	pr = md_is_cpu(who) ? &md->pair[who][to] : NULL;
	if (pr != NULL && pr->gathered.n == 0 && n >= md->flush_count)
		publish(md, pr, &list);
	else
		for (i = 0; i < n; i++)
			md_transit(md, who, to, list.v[i]);
}

/* I70, I71: a poll leaves only passive functions unpublished, a flush nothing. */
static void
flush(struct model *md, int who, bool all)
{
	for (int to = 0; to < MD_CPUS; to++) {
		struct model_pair *pr = &md->pair[who][to];

		if (md_pair_idle(pr))
			continue;
		if (all || !pr->lazy || pr->spill.n > 0)
			publish_gathered(md, pr);
	}
}

void
md_flush(struct model *md, int who)
{
	if (md_is_cpu(who))
		flush(md, who, true);
}

void
md_send_of_call(struct model *md, int who, int msg, int port)
{
	if (msg == MD_NONE)
		return;
	md->msg[msg].reserved = false;
	md_prepare(md, msg);
	md_start(md, who, port, msg, false);
}

static void
run_call(struct model *md, int who, struct model_item item)
{
	md_event(&md->log, ME_CALL, who, item.a, item.b, 0);
	md_send_of_call(md, who, item.b, item.c);
}

/* I66, I71. A quarter of the ring, but at least one, makes passive functions go. */
uint64_t
md_call(struct model *md, int who, int to, int label, int msg, int port, bool lazy)
{
	struct model_pair *pr = &md->pair[who][to];
	struct model_item item = {MI_CALL, label, msg, port};
	unsigned int quarter = md->ring_size / 4 > 1 ? md->ring_size / 4 : 1;

	if (who == to) {
		run_call(md, who, item);
		return 0;
	}
	pr->calls_sent++;
	if (!lazy) {
		gather(md, pr, item);
		return pr->calls_sent;
	}
	pr->lazy = pr->lazy || pr->mark || pr->gathered.n == 0;
	pr->mark = false;
	put_item(md, &pr->gathered, item);
	if (pr->gathered.n >= (pr->lazy ? quarter : md->flush_count))
		publish_gathered(md, pr);
	return pr->calls_sent;
}

static void
deliver(struct model *md, int who, int from, struct model_item item)
{
	switch (item.kind) {
	case MI_MSG:
		md_arrive(md, who, from, item.a);
		break;
	case MI_CALL:
		run_call(md, who, item);
		if (md_is_cpu(from))
			md->pair[from][who].calls_done++;
		break;
	case MI_TOKEN:
		md_token(md, who, item.a, item.b);
		break;
	case MI_FOLLOW:
		md_visit(md, who, item.a);
		break;
	case MI_MARK:
		md_slots_run(md, who, from);
		break;
	}
}

static unsigned int
take_in(struct model *md, int who, int from, struct model_items *list)
{
	struct model_items batch = {.n = 0};

	move_items(md, &batch, list, list->n);
	for (unsigned int i = 0; i < batch.n; i++) {
		if (md_is_cpu(from))
			md->pair[from][who].handled++;
		deliver(md, who, from, batch.v[i]);
	}
	return batch.n;
}

unsigned int
md_inbox(struct model *md, int who)
{
	return take_in(md, who, MD_FOREIGN, &md->inbox[who]);
}

/* After so many items in a row it is another sender's turn. */
#define TURN 256

static void
next_turn(struct model_batch *ba)
{
	ba->turn = 0;
	ba->look = (ba->look + 1) % (MD_CPUS - 1);
}

/* The senders take turns: what is in one's ring, in place. */
struct model_items *
md_look(struct model *md, int who)
{
	struct model_batch *ba;

	if (!md_is_cpu(who) || md->batch[who].link > 0)
		return NULL;
	ba = &md->batch[who];
	ba->view = &ba->items;
	for (int i = 0; i < MD_CPUS - 1 && ba->view->n == 0; i++) {
		ba->from = ba->look < who ? ba->look : ba->look + 1;
		ba->view = &md->pair[ba->from][who].ring;
		if (ba->view->n == 0)
			next_turn(ba);
	}
	return ba->view->n > 0 ? ba->view : NULL;
}

void
md_took(struct model *md, int who, unsigned int n, bool stuck)
{
	struct model_batch *ba = &md->batch[who];

	for (unsigned int i = n; i < ba->view->n; i++)
		ba->view->v[i - n] = ba->view->v[i];
	ba->view->n -= n;
	md->pair[ba->from][who].handled += n;
	if (ba->view == &ba->items)
		return;
	md->pair[ba->from][who].taken = !stuck;
	md->pair[ba->from][who].left -=
	    n < md->pair[ba->from][who].left ? n : md->pair[ba->from][who].left;
	ba->turn += n;
	if (ba->turn >= TURN)
		next_turn(ba);
}

static bool
messages_alone(const struct model_items *list)
{
	for (unsigned int i = 0; i < list->n; i++)
		if (list->v[i].kind != MI_MSG)
			return false;
	return true;
}

/*
 * I73: what is in a ring out of which ports have taken messages since the last poll stays there, if
 * the sender has sent nothing but messages, and no call. So does a burst, for STAYS polls, if ports
 * have given bursts out of their lists.
 */
#define STAYS 32
#define BURST 32

static bool
stays(struct model *md, int who, struct model_pair *pr)
{
	bool taken = pr->taken, pulled = md->batch[who].pulled;

	if (!taken && !pulled)
		return false;
	pr->taken = false;
	if (pr->ring.n == 0 || md->batch[who].link > 0)
		return false;
	if (taken) {
		pr->stays = 0;
	} else if (pr->ring.n < BURST || pr->stays++ == STAYS) {
		pr->stays = 0;
		return false;
	}
	return pr->slots_run == pr->slots_asked && messages_alone(&pr->ring) &&
	       messages_alone(&pr->spill) && messages_alone(&pr->gathered);
}

/* I73. Senders in the order of their numbers: I65 leaves that open, so this is our choice. */
unsigned int
md_poll(struct model *md, int who)
{
	unsigned int n = 0;

	if (!md_is_cpu(who))
		return 0;
	flush(md, who, false);
	n += take_in(md, who, md->batch[who].from, &md->batch[who].items);
	for (int from = 0; from < MD_CPUS; from++) {
		struct model_items list = {.n = 0};

		md->pair[from][who].left = 0;
		if (stays(md, who, &md->pair[from][who])) {
			md->pair[from][who].left = md->pair[from][who].ring.n;
			n += md->pair[from][who].ring.n;
			continue;
		}
		move_items(md, &list, &md->pair[from][who].ring, md->pair[from][who].ring.n);
		n += take_in(md, who, from, &list);
		if (md->bells)
			n += md_slots_run(md, who, from);
	}
	for (int from = 0; from < MD_CPUS && !md->bells; from++)
		n += md_slots_run(md, who, from);
	n += md_inbox(md, who);
	md->batch[who].pulled = false;
	md->batch[who].link -= md->batch[who].link > 0;
	flush(md, who, false);
	return n;
}

/* What the last poll has left in rings is linked, for a get of one. */
void
md_link(struct model *md, int who)
{
	for (int from = 0; md_is_cpu(who) && from < MD_CPUS; from++) {
		struct model_pair *pr = &md->pair[from][who];
		struct model_items list = {.n = 0};

		move_items(md, &list, &pr->ring, pr->left);
		pr->left = 0;
		take_in(md, who, from, &list);
	}
}

bool
md_quiet(const struct model *md)
{
	for (int i = 0; i < MD_CPUS; i++) {
		if (md->inbox[i].n + md->batch[i].items.n > 0)
			return false;
		for (int j = 0; j < MD_CPUS; j++) {
			const struct model_pair *pr = &md->pair[i][j];

			if (!md_pair_idle(pr) || pr->ring.n > 0 || pr->slots_run < pr->slots_asked)
				return false;
		}
	}
	for (int i = 0; i < MD_PORTS; i++)
		if (md->port[i].mv.on)
			return false;
	return true;
}
