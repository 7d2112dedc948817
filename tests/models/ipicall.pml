/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Functions on other CPUs that send functions themselves, with few slots.
 *
 * Models lib/lwkt/ipi.c: send(), ipiq_run_call(), wait_done(), and the nested poll of
 * lib/lwkt/transit.c. Edges: E1 (the ring), E6 (done). Sequentially consistent.
 *
 * Each CPU sends the other NCALL functions and waits for the last. Each function sends one back, a
 * leaf, and waits for a slot if there is none: then it polls, and the poll may run the next
 * function on top of it. The functions are alike, so the stack is a number: frames that have their
 * leaf still to send. Each of them must be off the stack before done passes it.
 *
 * Checked: no deadlock; a waiter returns only when its functions have; no slot is written while it
 * is in use.
 *
 * BUG 1: done follows each function that returns     BUG 3: who waits for a slot does not poll
 *     2: slots are used without a look at read           4: read follows done, not the start
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 4 /* for run.sh */
#define CALLS_MAX 2
#define NCALL     4

mtype = { CALL, LEAF };

chan ring[2] = [2 * NCALL] of { mtype }; /* towards CPU i; long enough */
byte sent[2], read[2], done[2];          /* functions towards CPU i */
byte frames[2];                          /* on the stack of CPU i, unfinished */
byte returned[2];                        /* a ghost: CALLs whose function has returned there */
byte finished;

#define SLOT(to) (BUG == 2 || sent[to] - read[to] < CALLS_MAX)

inline send(to, kind)
{
	d_step {
		/* The slot of a function that has not been read must not be written. */
		assert(sent[to] - len(ring[to]) + CALLS_MAX > sent[to]);
		sent[to]++;
		ring[to]!kind
	}
}

/* The innermost function returns. */
inline leave(me)
{
	if
	:: BUG == 1 || frames[me] == 0 -> done[me] = read[me]
	:: else
	fi
#if BUG == 4
	; read[me]++
#endif
}

#if BUG == 4
#define READ(me)
#else
#define READ(me) read[me]++;
#endif

proctype cpu(byte me; byte to)
{
	byte n;
	mtype k;

	do
	/* A frame waits for a slot, or the program does, or for done; all of them poll. */
	:: nempty(ring[me]) && (BUG != 3 || (frames[me] == 0 && (n == NCALL || SLOT(to)))) ->
		ring[me]?k;
		READ(me)
		if
		:: k == CALL -> frames[me]++
		:: k == LEAF -> leave(me)
		fi
	/* Only the innermost goes on. */
	:: frames[me] > 0 && SLOT(to) ->
		send(to, LEAF);
		d_step { frames[me]--; returned[me]++ };
		leave(me)
	:: frames[me] == 0 && n < NCALL && SLOT(to) ->
		send(to, CALL);
		n++
	:: frames[me] == 0 && n == NCALL && finished < 2 && done[to] >= sent[to] ->
		assert(returned[to] == NCALL);
		n++;
		finished++
	:: finished == 2 && empty(ring[me]) && frames[me] == 0 -> break
	od
}

init
{
	atomic { run cpu(0, 1); run cpu(1, 0) }
}
