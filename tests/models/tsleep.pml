/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread sleeps while threads of other CPUs wake it.
 *
 * Models lib/lwkt/sleepq.c: lwkt_tsleep_interlock(), lwkt_tsleep(), lwkt_wakeup(); of sched.c
 * sched_kick(), kick_arrived(), lwkt_thread_ready(). Edges: E23, E24.
 *
 * The sleeper's CPU is one process: it runs the thread until that waits, then polls until the thread
 * can run. Each waker makes something to look for, then wakes; one more process makes the thread
 * runnable for no reason (lwkt_schedule()). After the interlock the sleeper may find something else to
 * do, and come back. It ends when it has seen all there is, perhaps behind an interlock.
 *
 * Checked: no lost wakeup (a deadlock here); a kick is never sent while it is under way; a thread is
 * put on the run queue only while it waits, and is on the sleep queue once; never after its end.
 *
 * BUG 1: the sleeper looks before it is on the queue   BUG 4: ready does not look at the state
 *     2: a kick is sent though one is under way            5: the waker wakes, and then makes it
 *     3: its arrival is noted after the thread has run     6: who is woken stays on the queue
 *     7: an interlock does not end the one before          8: nor does the end of the thread
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 8 /* for run.sh */
#define WAKERS 2
#define TIMES 2
#define ALL (WAKERS * TIMES)

mtype = { RUNNING, WAITING, RUNNABLE };

mtype state = RUNNING;
bool locked;          /* sq_lock */
bool queued;          /* td_ident is set, and td_asleep */
bool kicked, under_way; /* td_kicked; the note itself */
bool ended;
byte made;              /* what the sleeper looks for */

inline lock()
{
	atomic { !locked -> locked = true }
}

inline unlock()
{
	locked = false
}

inline forget()
{
	if
	:: queued -> lock(); queued = false; unlock()
	:: else
	fi
}

inline kick(was)
{
#if BUG == 2
	kicked = true;
	was = false;
#else
	atomic { was = kicked; kicked = true };
#endif
	if
	:: was
	:: else -> atomic { assert(!under_way); under_way = true }
	fi
}

inline ready()
{
#if BUG != 4
	if
	:: state != WAITING
	:: else ->
#endif
		assert(state == WAITING);
		state = RUNNABLE
#if BUG != 4
	fi
#endif
}

/* The sleeper's CPU polls until a kick has arrived. */
inline poll()
{
	atomic { under_way -> under_way = false };
#if BUG == 3
	ready();
	late = true
#else
	kicked = false;
	ready()
#endif
}

proctype waker()
{
	byte n = 0;
	bool was;

	do
	:: n < TIMES ->
		n++;
#if BUG != 5
		made++;
#endif
		lock();
		if
		:: queued ->
			assert(!ended);
#if BUG != 6
			queued = false;
#endif
			kick(was)
		:: else
		fi;
		unlock();
#if BUG == 5
		made++
#endif
	:: n == TIMES -> break
	od
}

proctype scheduler()
{
	bool was;

	kick(was)
}

proctype cpu()
{
	byte seen = 0;
	bool late = false;

	do
	:: seen == ALL -> break
	:: else ->
#if BUG == 1
		seen = made;
#endif
#if BUG != 7
		forget();
#endif
		lock();
		assert(!queued);
		queued = true;
		unlock();
#if BUG != 1
		seen = made;
#endif
		if
		:: seen == ALL -> break
		:: seen != ALL -> goto other
		:: seen != ALL
		fi;
		do
		:: !queued -> break
		:: else ->
			state = WAITING;
			do
			:: state == WAITING -> poll()
			:: state == RUNNABLE -> state = RUNNING; break
			od;
		od;
#if BUG == 3
		if
		:: late -> kicked = false; late = false
		:: else
		fi;
#endif
other:		/* A poll of a thread that runs: it yields. */
		if
		:: under_way -> poll()
		:: true
		fi
	od;
#if BUG != 8
	forget();
#endif
	ended = true
}

init
{
	atomic { run waker(); run waker(); run scheduler(); run cpu() }
}
