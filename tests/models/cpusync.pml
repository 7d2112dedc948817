/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two masters that stop each other and a third CPU.
 *
 * Models lib/lwkt/ipi.c: become_master(), park_remote(), lwkt_cpusync_interlock(),
 * lwkt_cpusync_deinterlock(). Edges: E7, and E1 (the function IPI). Sequentially consistent.
 *
 * CPUs 0 and 1 each interlock all CPUs, do something and end it; CPU 2 polls. A parked CPU is
 * inside of a poll, which may be inside of its own wait to become master: PARKED says for whom, and
 * it leaves that before it goes on with what is below.
 *
 * Checked: no deadlock; between interlock and deinterlock every other CPU is parked and nothing
 * else of the program runs; the function runs once on each CPU; nobody touches the control block
 * when it is gone.
 *
 * BUG 1: no lock between the masters                 BUG 4: interlock does not wait for all
 *     2: who wants to be master does not poll            5: the master waits, while it has the
 *     3: deinterlock does not wait                          others parked, for done of an IPI
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 5 /* for run.sh */
#define NCPU 3

byte master;               /* CPU + 1 */
bool asked[6];             /* park_remote() on its way; [from * NCPU + to] */
byte cs_parked[2], cs_ran[2];
bool cs_go[2], cs_live[2]; /* of master 0 and 1; live: it is on the master's stack */
byte parked[3];            /* how deep: a CPU that is parked by both is twice */
byte ran[2];
byte running;              /* the critical section */
byte finished;

#define ASKED(from, to) asked[(from) * NCPU + (to)]

/* One pass of transit: a park_remote() to its end. The inner poll can find the other's. */
inline poll(me)
{
	if
	:: atomic { ASKED(0, me) -> ASKED(0, me) = false; m = 0 }
	:: atomic { ASKED(1, me) -> ASKED(1, me) = false; m = 1 }
	fi;
	park(me, m)
}

inline park(me, m)
{
	atomic { assert(cs_live[m]); parked[me]++; cs_parked[m]++ };
	do
	:: assert(cs_live[m]);
		if
		:: cs_go[m] -> break
		/* The inner poll: the other master's function on top, if it is there. */
		:: ASKED(1 - m, me) -> atomic { ASKED(1 - m, me) = false; parked[me]++; cs_parked[1 - m]++ };
			(cs_go[1 - m]);
			atomic { assert(cs_live[1 - m]); ran[1 - m]++; parked[me]--; cs_ran[1 - m]++ }
		fi
	od;
	atomic { assert(cs_live[m]); ran[m]++; parked[me]--; cs_ran[m]++ }
}

proctype cpu(byte me)
{
	byte m;
	bool did;

	do
	:: me < 2 && !did ->
		/* become_master() */
		do
		:: atomic { master == 0 || BUG == 1 -> master = me + 1 }; break
#if BUG != 2
		:: (ASKED(0, me) || ASKED(1, me)) -> poll(me)
#endif
		od;
		atomic { cs_live[me] = true; cs_parked[me] = 0; cs_ran[me] = 0; cs_go[me] = false };
		ASKED(me, 1 - me) = true;
		ASKED(me, 2) = true;
		do
		:: cs_parked[me] == 2 || BUG == 4 -> break
		:: (ASKED(0, me) || ASKED(1, me)) -> poll(me)
		od;
		atomic {
			running++;
			assert(running == 1 && parked[me] == 0);
			assert(parked[1 - me] == 1 && parked[2] == 1)
		};
#if BUG == 5
		/* lwkt_wait_ipiq(): done does not pass park_remote(), which has not returned. */
		(parked[2] == 0);
#endif
		running--;
		/* deinterlock */
		cs_go[me] = true;
		ran[me]++;
#if BUG != 3
		do
		:: cs_ran[me] == 2 -> break
		:: (ASKED(0, me) || ASKED(1, me)) -> poll(me)
		od;
		assert(ran[me] == 3);
#endif
		cs_live[me] = false;
		master = 0;
		did = true;
		finished++
	:: (ASKED(0, me) || ASKED(1, me)) -> poll(me)
	:: finished == 2 && (me == 2 || did) && !ASKED(0, me) && !ASKED(1, me) -> break
	od
}

init
{
	atomic { run cpu(0); run cpu(1); run cpu(2) }
}
