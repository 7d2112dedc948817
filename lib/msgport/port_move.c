/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A NEW OWNER FOR A THREAD PORT
 *
 * Port P moves from CPU A to CPU B. A sender S may have messages for P under way to A, and sends
 * its next ones to B directly; those must not be first. So a token goes from A to each S, back to
 * A, and on to B. It travels as messages do and keeps its place among them:
 *
 *      S ──m1 m2 token──▶ A ──m1 m2 token──▶ B
 *      └──────────────m3─────────────────────▶ B holds m3 until the token of S is there
 *
 * When S has seen the token it has seen the new owner too, so nothing of S comes by A after that.
 * When B has all tokens the move is over. Nobody waits for anybody.
 *
 * Threads that are no CPU cannot be asked. They hand over under a lock, shared, that A takes
 * alone while it changes the owner; then everything they sent by A is in A's inbox, and A itself
 * sends the token that stands for all of them.
 */
#include <errno.h>

#include <rte_malloc.h>
#include <rte_rwlock.h>

#include "port_thread_pvt.h"

#define FOREIGN RTE_MAX_LCORE /* the source that stands for all threads that are no CPU */

/* What is known of one sender. The token's owner is whoever the transit has given it to. */
struct move_source {
	struct lwkt_note so_token; /* first */
	struct port_move *so_move;
	enum { TO_OLD, TO_NEW, THERE } so_next;
	/* The new owner's CPU: */
	bool so_waits; /* the token has not come yet */
	lwkt_msg_queue so_held;
};

struct port_move {
	lwkt_port_t mv_port;
	unsigned int mv_old, mv_new; /* lcores */
	unsigned int mv_tokens;      /* still under way; the new owner's CPU counts */
	struct move_source mv_source[RTE_MAX_LCORE + 1];
};

static rte_rwlock_t foreign_lock = RTE_RWLOCK_INITIALIZER; /* E12 */

void
move_depart_foreign(const struct lwkt_port *port, lwkt_msg_t msg)
{
	rte_rwlock_read_lock(&foreign_lock); /* E12 */
	lwkt_transit_send(port_cpuid(port), (lwkt_item_t)msg);
	rte_rwlock_read_unlock(&foreign_lock); /* E12 */
}

/*
 * On the new owner's CPU
 */

void
move_arrived(lwkt_port_t port, lwkt_msg_t msg, unsigned int from)
{
	struct port_move *mv = port->mp_move;
	struct move_source *so;

	if (mv == PORT_DEAD) {
		port_dead(port, msg);
		return;
	}
	so = &mv->mv_source[from == LWKT_CPU_NONE ? FOREIGN : from];
	if (!so->so_waits) {
		port_arrived(port, msg);
		return;
	}
	msg_set_flags(msg, msg_flags(msg) | MSGF_INTRANSIT);
	TAILQ_INSERT_TAIL(&so->so_held, msg, ms_node);
}

static void
token_there(struct port_move *mv, struct move_source *so)
{
	lwkt_msg_t msg;

	so->so_waits = false;
	while ((msg = TAILQ_FIRST(&so->so_held)) != NULL) {
		TAILQ_REMOVE(&so->so_held, msg, ms_node);
		port_arrived(mv->mv_port, msg);
	}
	if (--mv->mv_tokens == 0) {
		port_set_move(mv->mv_port, NULL);
		rte_free(mv);
	}
}

/* A token has arrived where it was sent. */
static void
token_arrived(struct lwkt_note *note)
{
	struct move_source *so = (struct move_source *)(void *)note;
	struct port_move *mv = so->so_move;

	switch (so->so_next) {
	case TO_OLD:
		so->so_next = TO_NEW;
		lwkt_transit_note(mv->mv_old, note);
		break;
	case TO_NEW:
		so->so_next = THERE;
		lwkt_transit_note(mv->mv_new, note);
		break;
	case THERE:
		token_there(mv, so);
		break;
	}
}

/*
 * On the old owner's CPU
 */

static void
expect(struct port_move *mv, unsigned int source)
{
	struct move_source *so = &mv->mv_source[source];

	so->so_token.no_func = token_arrived;
	so->so_move = mv;
	so->so_next = TO_OLD;
	so->so_waits = true;
	mv->mv_tokens++;
}

static struct port_move *
move_new(lwkt_port_t port, unsigned int old_cpu, unsigned int new_cpu)
{
	struct port_move *mv = rte_zmalloc("lwkt", sizeof(*mv), 0);
	unsigned int i;

	if (mv == NULL)
		return NULL;
	mv->mv_port = port;
	mv->mv_old = old_cpu;
	mv->mv_new = new_cpu;
	for (i = 0; i <= FOREIGN; i++) {
		TAILQ_INIT(&mv->mv_source[i].so_held);
		if (i == FOREIGN || (i != old_cpu && lwkt_cpu_thread(i) != NULL))
			expect(mv, i);
	}
	return mv;
}

/* From here on the port is the new owner's. */
static void
hand_over(lwkt_port_t port, struct lwkt_thread *td, struct port_move *mv)
{
	rte_rwlock_write_lock(&foreign_lock); /* E12 */
	port_set_move(port, mv);
	__atomic_store_n(&port->mpu_td, td, __ATOMIC_RELAXED);
	__atomic_store_n(&port->mp_cpuid, mv->mv_new, __ATOMIC_RELEASE); /* E10 */
	rte_rwlock_write_unlock(&foreign_lock);                          /* E12 */
}

static void
send_tokens(struct port_move *mv)
{
	struct move_source *foreign = &mv->mv_source[FOREIGN];
	unsigned int i, old_cpu = mv->mv_old, new_cpu = mv->mv_new;

	lwkt_transit_inbox(); /* what foreign threads sent here goes on to the new owner */
	foreign->so_next = THERE;
	lwkt_transit_note(new_cpu, &foreign->so_token);
	for (i = 0; i < RTE_MAX_LCORE; i++)
		if (i != old_cpu && i != new_cpu && lwkt_cpu_thread(i) != NULL)
			lwkt_transit_note(i, &mv->mv_source[i].so_token);
	lwkt_transit_note(new_cpu, &mv->mv_source[new_cpu].so_token);
}

void
port_move_embedded(struct lwkt_thread *td, unsigned int cpuid)
{
	lwkt_port_t port = &td->td_msgport;
	struct port_move *mv;

	while (port->mp_move != NULL) /* of the move before: its tokens are on their way here */
		lwkt_transit_wait();
	if (port->mpu_td != td) /* given away */
		return;
	mv = move_new(port, port->mp_cpuid, cpuid);
	if (mv == NULL)
		lwkt_panic(
		    "lwkt_migratecpu: thread %s: no memory to move its port; give EAL more (-m)",
		    lwkt_thread_name(td));
	hand_over(port, td, mv);
	send_tokens(mv);
}

int
lwkt_port_setowner(lwkt_port_t port, struct lwkt_thread *td)
{
	unsigned int old_cpu = port->mp_cpuid, new_cpu;
	struct port_move *mv;

	if (td == NULL || port->mpu_td == NULL || old_cpu == LWKT_CPU_NONE ||
	    port->mp_protect != NULL)
		return -EINVAL;
	new_cpu = lwkt_thread_cpuid(td);
	if (new_cpu == LWKT_CPU_NONE || lwkt_thread_cpuid(port->mpu_td) == LWKT_CPU_NONE)
		return -EINVAL;
	if (port->mpu_td != lwkt_self.se_td)
		lwkt_panic(
		    "lwkt_port_setowner: port %p belongs to thread %s, and only that may give it "
		    "away",
		    (void *)port, lwkt_thread_name(port->mpu_td));
	if (port->mp_move != NULL)
		return -EBUSY;
	if (new_cpu == old_cpu) {
		__atomic_store_n(&port->mpu_td, td, __ATOMIC_RELAXED);
		return 0;
	}
	mv = move_new(port, old_cpu, new_cpu);
	if (mv == NULL)
		return -ENOMEM;
	hand_over(port, td, mv);
	send_tokens(mv);
	return 0;
}
