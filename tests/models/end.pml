/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread ends while others join it, and a kick for it is under way.
 *
 * Models lib/lwkt/create.c: lwkt_exit(), thread_left(), join_wait(); of sched.c sched_leave() and the
 * next thread's switch_arrived(), sched_kick(), kick_arrived(); of stack.c lwkt_hold() and
 * lwkt_rele(); of sleepq.c lwkt_futex_wait(), lwkt_futex_wake(). Edges: E23, E25.
 *
 * One joiner sleeps on the word, one looks again and again, as a CPU's own context does. Each holds
 * the thread, which holds itself.
 *
 * Checked: no joiner sleeps for ever (a deadlock here); after a join the stack is in use no more; the
 * structure is freed once, and not used afterwards.
 *
 * BUG 1: the end is told on the thread's own stack    BUG 4: a kick does not hold the thread
 *     2: a joiner lets go, then waits                     5: joiners are woken, then it is told
 *     3: the joiner does not say that it sleeps           6: who sleeps does not compare
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 6 /* for run.sh */

mtype = { LIVES, AWAITED, ENDED };

mtype word = LIVES; /* td_ended */
bool on_stack = true;
byte refs = 3;
bool freed;
bool locked;  /* the sleep queue's lock */
bool sleeping; /* the joiner is on the queue */
bool kick_under_way;

inline use()
{
	assert(!freed)
}

inline rele()
{
	atomic {
		use();
		refs--;
		if
		:: refs == 0 -> freed = true
		:: else
		fi
	}
}

inline lock()
{
	atomic { !locked -> locked = true }
}

inline wake()
{
	lock();
	sleeping = false;
	locked = false
}

/* thread_left(): on another stack, unless it is BUG 1. */
inline tell()
{
#if BUG == 5
	if
	:: word == AWAITED -> wake()
	:: else
	fi;
	word = ENDED
#else
	atomic { use(); was = word; word = ENDED };
	if
	:: was == AWAITED -> wake()
	:: else
	fi
#endif
}

/* The CPU of the thread: its last steps, then the next one's first. */
proctype cpu()
{
	mtype was;

#if BUG == 1
	tell();
#endif
	on_stack = false;
#if BUG != 1
	tell();
#endif
	rele();
	/* and polls */
	kick_under_way -> kick_under_way = false;
	use();
#if BUG != 4
	rele()
#endif
}

inline joined()
{
	assert(!on_stack);
	rele()
}

proctype sleeps()
{
	/* A kick first, for whatever reason. */
#if BUG != 4
	atomic { use(); refs++ };
#endif
	kick_under_way = true;
	do
	:: word == ENDED -> break
	:: else ->
#if BUG != 3
		atomic {
			if
			:: word == LIVES -> word = AWAITED
			:: else
			fi
		};
#endif
		lock();
		if
#if BUG != 6
		:: word == ENDED -> locked = false
#endif
		:: else ->
			sleeping = true;
			locked = false;
			!sleeping
		fi
	od;
	joined()
}

proctype looks()
{
#if BUG == 2
	rele();
#endif
	do
	:: true ->
		use();
		if
		:: word == ENDED -> break
		:: else
		fi
	od;
#if BUG != 2
	joined()
#endif
}

init
{
	atomic { run cpu(); run sleeps(); run looks() }
}
