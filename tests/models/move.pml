/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread port gets a new owner while everybody sends to it.
 *
 * Models lib/msgport/port_move.c: lwkt_port_setowner(), hand_over(), send_tokens(),
 * token_arrived(), token_there(), move_arrived(), move_depart_foreign(); of port_thread.c
 * thread_putport(), arrive(); lwkt_transit_inbox(). Edges: E1, E2 (queues), E10 (the owner), E12
 * (the lock of foreign threads). Sequentially consistent.
 *
 * Three CPUs and a pthread that is none. CPU 0 owns the port at first; whoever owns it may give it
 * to another CPU, MOVES times. CPUs 1 and 2 and the pthread send to it all the time.
 *
 * Checked: each sender's messages are linked in the order sent, each once, on the owner's CPU; no
 * CPU sends to itself through transit, to which it has no ring; the move ends.
 *
 * BUG 1: a put reads mp_cpuid twice                BUG 5: a token goes to the new owner directly
 *     2: nothing is held                               6: who gets a message does not look again
 *     3: foreign threads take no lock                  7: the new owner's own messages do not wait
 *     4: the old owner does not empty its inbox        8: setowner during a move is not refused
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 8 /* for run.sh */
#define NCPU    3
#define FOREIGN 3
#define NMSG    2 /* by each sender */
#ifndef MOVES
#define MOVES   2
#endif

mtype = { MSG, TOKEN };
mtype = { TO_OLD, TO_NEW, THERE };

#define WIRE(from, to) (from) * NCPU + (to)
#define MESSAGE(src, seq) ((src) * 8 + (seq))

chan ring[9] = [3 * NMSG + 3] of { mtype, byte };
chan inbox[NCPU] = [NMSG] of { byte };

byte mp_cpuid;
bool mp_move;
byte moves;
byte linked[4]; /* messages of a sender on the port */

/* The port_move. */
byte mv_old, mv_new, mv_tokens;
bool so_waits[4];
mtype so_next[4];
chan so_held[4] = [3 * NMSG] of { byte };

byte readers; /* foreign_lock */
bool writer;

/* What a local variable held is of no interest any more. */
#define FORGET k = 0; what = 0; held = 0; c = 0; i = 0; whom = 0

inline send(from, to, kind, arg)
{
	assert(from != to && nfull(ring[WIRE(from, to)]));
	ring[WIRE(from, to)]!kind, arg
}

inline link(m)
{
	assert(m % 8 == linked[m / 8]);
	linked[m / 8]++
}

/* On the owner's CPU. */
inline link_or_hold(from, m)
{
	if
	:: mp_move && so_waits[from] && BUG != 2 -> so_held[from]!m
	:: !(mp_move && so_waits[from] && BUG != 2) -> link(m)
	fi
}

inline put(me, m)
{
	c = mp_cpuid;
	if
	:: c == me -> atomic { assert(mp_cpuid == me); link_or_hold(me, m); FORGET }
	:: c != me ->
#if BUG == 1
		c = mp_cpuid;
#endif
		atomic { send(me, c, MSG, m); FORGET }
	fi
}

inline arrive(me, from, m)
{
#if BUG == 6
	link_or_hold(from, m)
#else
	c = mp_cpuid;
	if
	:: c == me -> assert(mp_cpuid == me); link_or_hold(from, m)
	:: c != me ->
		c = mp_cpuid; /* a second look, which is harmless here */
		send(me, c, MSG, m)
	fi
#endif
}

inline token_there(s)
{
	d_step {
		so_waits[s] = false;
		do
		:: len(so_held[s]) > 0 -> so_held[s]?held; link(held)
		:: else -> break
		od;
		mv_tokens--;
		mp_move = mv_tokens > 0
	}
}

inline token_arrived(me, s)
{
	if
	:: so_next[s] == TO_OLD && BUG != 5 -> so_next[s] = TO_NEW; send(me, mv_old, TOKEN, s)
	:: so_next[s] == TO_OLD && BUG == 5 && me != mv_new ->
		so_next[s] = THERE;
		send(me, mv_new, TOKEN, s)
	:: so_next[s] == TO_OLD && BUG == 5 && me == mv_new -> token_there(s)
	:: so_next[s] == TO_NEW -> so_next[s] = THERE; send(me, mv_new, TOKEN, s)
	:: so_next[s] == THERE -> assert(me == mv_new && mp_cpuid == me); token_there(s)
	fi
}

inline setowner(me, to)
{
	d_step {
		mv_old = me; mv_new = to; mv_tokens = 0;
		i = 0;
		do
		:: i <= FOREIGN ->
			so_next[i] = (i == FOREIGN -> THERE : TO_OLD);
			so_waits[i] = i != me && (BUG != 7 || i != to);
			mv_tokens = mv_tokens + (i != me);
			i++
		:: else -> break
		od
	};
	atomic { !writer && readers == 0 -> writer = true; mp_move = true };
	mp_cpuid = to;
	writer = false;
	/* send_tokens(): nobody looks at what a CPU does between two sends to different ones. */
	atomic {
#if BUG != 4
	do
	:: inbox[me]?what -> arrive(me, FOREIGN, what)
	:: empty(inbox[me]) -> break
	od;
#endif
	send(me, to, TOKEN, FOREIGN);
	i = 0;
	do
	:: i < NCPU && i != me && i != to -> send(me, i, TOKEN, i); i++
	:: i < NCPU && (i == me || i == to) -> i++
	:: i == NCPU -> break
	od;
	send(me, to, TOKEN, to);
	FORGET }
}

proctype cpu(byte me)
{
	mtype k;
	byte what, held, c, i, n, whom;

end:	do
	:: me != 0 && n < NMSG -> n++; put(me, MESSAGE(me, n - 1))
	:: mp_cpuid == me && moves < MOVES && (!mp_move || BUG == 8) ->
		moves++;
		if
		:: whom = (me + 1) % NCPU
		:: whom = (me + 2) % NCPU
		fi;
		setowner(me, whom)
	/* lwkt_poll() */
	:: atomic {
		if
		:: ring[WIRE((me + 1) % NCPU, me)]?k, what -> i = (me + 1) % NCPU
		:: ring[WIRE((me + 2) % NCPU, me)]?k, what -> i = (me + 2) % NCPU
		:: inbox[me]?what -> i = FOREIGN; k = MSG
		fi;
		if
		:: k == MSG -> arrive(me, i, what)
		:: k == TOKEN -> token_arrived(me, what)
		fi;
		FORGET }
	od
}

proctype foreign()
{
	byte n, c;

	do
	:: n < NMSG ->
#if BUG != 3
		atomic { !writer -> readers++ };
#endif
		c = mp_cpuid;
		atomic {
			inbox[c]!MESSAGE(FOREIGN, n); c = 0; n++;
#if BUG != 3
			readers--
#endif
		}
	:: n == NMSG -> break
	od
}

init
{
	atomic { run foreign(); run cpu(0); run cpu(1); run cpu(2) }
	timeout;
	assert(!mp_move && linked[1] == NMSG && linked[2] == NMSG && linked[FOREIGN] == NMSG)
}
