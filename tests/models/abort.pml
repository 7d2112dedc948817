/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An abort that follows its message, against the handlers that forward and reply it.
 *
 * Models lib/msgport/abort.c: lwkt_abortmsg(), lwkt_abort_follow(), visit(), visit_shared(),
 * finish(), await(); of port_thread.c put_here(), msg_leave(), arrive(), thread_replyport(); of
 * port_spin.c the put and the get under the lock. Edges: E1, E2 (queues), E3 (done), E5 (the lock),
 * E11 (flags and target), E13 (fo_done). Sequentially consistent.
 *
 * CPU 0 is the originator and has a thread port too, CPU 1 has a thread port, a pthread T serves a
 * spin port. The message goes to any of them and is forwarded up to HOPS times, then replied. The
 * originator may abort meanwhile, up to ABORTS times. The abort function marks the message, or
 * replies it where the handler of a thread port holds it and gives it up.
 *
 * Checked: exactly one reply; each follower ends; the abort function runs only where the message
 * is and before it is replied; nobody touches the message after DONE, or the follower after the
 * end. An idle poll and an idle retry are waits until something has changed.
 *
 * BUG 1: EAGAIN is tried again without a poll    BUG 5: visit() does not look at INTRANSIT
 *     2: the target is set before INTRANSIT          6: finish() sets done, then the error
 *     3: visit() reads the flags before the target   7: the handler keeps what the abort replied
 *     4: visit_shared() does not look at the target  8: visit() does not look where it is
 *        again
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 8 /* for run.sh */
#define HOPS   2
#define ABORTS 2

/* Ports, and where the message is (a ghost): queued on a port, or held by who serves it. */
#define NOPORT 0
#define PORT0  1 /* thread port of CPU 0 */
#define PORT1  2 /* thread port of CPU 1 */
#define SPIN   3 /* served by T */
#define QUEUED_AT(p) (p)
#define HELD_AT(p)   (10 + (p))
#define TRANSIT 20
#define BACK    21
#define ORIG    22

/* What the originator is at. */
#define IDLE  0
#define VISIT 1 /* visit() on CPU 0 */
#define AWAIT 2
#define RETRY 3 /* EAGAIN, seen here */

/* Flags; all clear: active. */
#define Q 1
#define I 2
#define R 4
#define D 8

mtype = { MSG, NOTE };
mtype = { NONE, OK, AGAIN, BUSY, NOENT };

byte flags = D, target = NOPORT; /* ms_flags, ms_target_port */
byte at = ORIG;
bool msg_live = true;
byte replies, hops, aborts;
bool held[4];                    /* a handler's books, by port */
bool lock;                       /* mpu_spin */

/* The follower, on the originator's stack. */
bool fo_live, fo_done;
mtype fo_error;

chan ring[2] = [3] of { mtype };  /* from the other CPU */
chan inbox[2] = [3] of { mtype }; /* from T */

/* Every access to the message looks whether it still is there. */
#define TOUCH assert(msg_live)

inline depart(q)
{
	assert(nfull(q));
	q!MSG
}

/* Put by who serves port from, to thread port p of another CPU, through q. */
inline msg_leave(p, q)
{
	at = TRANSIT;
#if BUG == 2
	TOUCH; target = p;
	TOUCH; flags = flags | I;
#else
	TOUCH; flags = flags | I;
	TOUCH; target = p;
#endif
	depart(q)
}

inline put_here(p)
{
	TOUCH; target = p;
	TOUCH; d_step { flags = (flags & ~I) | Q; at = QUEUED_AT(p) }
}

inline put_spin(p)
{
	atomic { !lock -> lock = true };
	put_here(p);
	lock = false
}

inline reply_outbound(q)
{
	d_step {
		assert(msg_live && at != BACK && !(flags & (R | D)));
		flags = flags | R | I;
		at = BACK
	};
	depart(q)
}

/* On CPU 0. */
inline reply_done()
{
	d_step { replies++; assert(replies == 1); flags = D | R }
}

inline reply_from(p)
{
	if
	:: p == PORT0 ->
		d_step { assert(msg_live && at != BACK && !(flags & (R | D))); flags = flags | R; at = BACK };
		reply_done()
	:: p == PORT1 -> reply_outbound(ring[0])
	:: p == SPIN -> reply_outbound(inbox[0])
	fi
}

/*
 * The follower
 */

inline finish(error)
{
	assert(fo_live);
#if BUG == 6
	fo_done = true;
	assert(fo_live); fo_error = error
#else
	fo_error = error;
	fo_done = true
#endif
}

/* fo_fn, with the right to the message that the handler has there. */
inline fn(p)
{
	TOUCH; assert(at == QUEUED_AT(p) || at == HELD_AT(p));
	if
	:: true /* mark it */
	:: p != SPIN && held[p] ->
#if BUG != 7
		held[p] = false;
#endif
		reply_from(p)
	fi
}

inline visit_shared(p)
{
	atomic { !lock -> lock = true };
	TOUCH; f = flags;
	if
	:: f & (D | R) -> e = NOENT
	:: else ->
		TOUCH;
		if
#if BUG != 4
		:: target != p -> e = AGAIN
#endif
		:: (BUG == 4 || target == p) && (f & Q) -> fn(p); e = OK
		:: (BUG == 4 || target == p) && !(f & Q) -> e = BUSY
		fi
	fi;
	lock = false;
	finish(e)
}

/* On the CPU that serves port mine; other: the way to the other CPU. */
inline visit(mine, other)
{
	assert(fo_live);
#if BUG == 3
	TOUCH; f = flags;
	TOUCH; t = target;
#else
	TOUCH; t = target;
	TOUCH; f = flags;
#endif
	if
	:: f & (D | R) -> finish(NOENT)
	:: !(f & (D | R)) && t == SPIN -> visit_shared(t)
	:: !(f & (D | R)) && (t == PORT0 || t == PORT1) ->
		here = t == mine || (BUG == 8 && mine == PORT1);
		if
		:: !here -> assert(nfull(other)); other!NOTE
		:: here && (f & I) && BUG != 5 -> finish(AGAIN)
		:: here && (!(f & I) || BUG == 5) -> fn(mine); finish(OK)
		fi
	fi
}

/* The target is of the CPU, which nothing moves from (port_move.c is a model of its own). */
inline arrive()
{
	TOUCH;
	if
	:: flags & R -> reply_done()
	:: !(flags & R) -> d_step { flags = (flags & ~I) | Q; at = QUEUED_AT(target) }
	fi
}

inline take(p)
{
	d_step { assert(msg_live); flags = flags & ~Q; at = HELD_AT(p); held[p] = true }
}

/*
 * Who runs
 */

active proctype cpu0()
{
	mtype k, e;
	byte f, t, seen_f, seen_t;
	bool here;
	byte mode = IDLE;

	d_step { flags = 0; at = HELD_AT(PORT0) };
	if
	:: msg_leave(PORT1, ring[1])
	:: put_here(PORT0)
	:: put_spin(SPIN)
	fi;
	do
	:: mode == IDLE && !(flags & D) && aborts < ABORTS ->
		aborts++;
		if
		:: !(flags & (D | R)) -> mode = VISIT; fo_live = true
		:: else
		fi
	:: mode == VISIT ->
		fo_done = false; fo_error = NONE;
		visit(PORT0, ring[1]);
		seen_f = f; seen_t = t;
		mode = (fo_done && fo_error == AGAIN -> RETRY : AWAIT)
	/* The retry is local: nothing gets any further by it until something has changed. */
	:: mode == RETRY && (flags != seen_f || target != seen_t) -> mode = VISIT
	:: mode == AWAIT && fo_done ->
		if
		:: fo_error == AGAIN -> mode = VISIT
		:: else -> assert(fo_error != NONE); mode = IDLE; fo_live = false
		fi
	/* lwkt_poll() */
	:: (mode != RETRY || BUG != 1) && (nempty(ring[0]) || nempty(inbox[0])) && mode != VISIT ->
		if
		:: ring[0]?k
		:: inbox[0]?k
		fi;
		if
		:: k == MSG -> arrive()
		:: k == NOTE -> visit(PORT0, ring[1])
		fi;
		if
		:: mode == RETRY -> mode = VISIT
		:: else
		fi
	/* The handler, which does not run while its CPU waits. */
	:: mode == IDLE && (flags & Q) && target == PORT0 -> take(PORT0)
	:: mode == IDLE && held[PORT0] ->
		held[PORT0] = false;
		if
		:: hops < HOPS -> hops++; msg_leave(PORT1, ring[1])
		:: hops < HOPS -> hops++; put_here(PORT0)
		:: hops < HOPS -> hops++; put_spin(SPIN)
		:: reply_from(PORT0)
		fi
	:: mode == IDLE && (flags & D) -> break
	od;
	assert(replies == 1 && !fo_live);
	msg_live = false
}

active proctype cpu1()
{
	mtype k, e;
	byte f, t;
	bool here;

end:	do
	:: nempty(ring[1]) || nempty(inbox[1]) ->
		if
		:: ring[1]?k
		:: inbox[1]?k
		fi;
		if
		:: k == MSG -> arrive()
		:: k == NOTE -> visit(PORT1, ring[0])
		fi
	:: (flags & Q) && target == PORT1 && at == QUEUED_AT(PORT1) -> take(PORT1)
	:: held[PORT1] ->
		held[PORT1] = false;
		if
		:: hops < HOPS -> hops++; msg_leave(PORT0, ring[0])
		:: hops < HOPS -> hops++; put_here(PORT1)
		:: hops < HOPS -> hops++; put_spin(SPIN)
		:: reply_from(PORT1)
		fi
	od
}

active proctype t_serves_spin()
{
end:	do
	:: atomic { !lock && at == QUEUED_AT(SPIN) -> lock = true };
		take(SPIN);
		lock = false
	:: held[SPIN] ->
		held[SPIN] = false;
		if
		:: hops < HOPS -> hops++; msg_leave(PORT0, inbox[0])
		:: hops < HOPS -> hops++; msg_leave(PORT1, inbox[1])
		:: hops < HOPS -> hops++; put_spin(SPIN)
		:: reply_from(SPIN)
		fi
	od
}
