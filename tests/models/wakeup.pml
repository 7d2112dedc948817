/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping and waking on spin ports.
 *
 * Models lib/msgport/port_wait.c: sleep_on_port(), port_waitport(), port_wait_queued(),
 * port_wait_sync(), port_count_wakeup(), port_reply_sync(); of port_spin.c unlock_and_wake(), put,
 * reply; lwkt_domsg()'s setting of WAITING; the futex calls of lib/lwkt/thread.c. Edges: E3 (done),
 * E5 (the lock). Sequentially consistent.
 *
 * Two pthreads serve one spin port with waitport. Two others send to it: SYNCER makes calls
 * (SYNC, sleeps on the message), QUEUER sends and waits for the queued reply, once with waitmsg
 * and once with waitport, on its own reply port. When it has its answer back the message is
 * gone until it is sent again, and after the last one the reply port is gone too.
 *
 * With TWO_WAITERS (waiters.pml) SYNCER and a server give way to SECOND, which waits on QUEUER's
 * reply port as well, for another message: one that QUEUER answers, once it has its own first
 * answer. So who of the two is woken, and by what, is not all the same.
 *
 * A futex is an address: waking one whose memory is gone is legal, reading it is not. The kernel
 * compares and goes to sleep in one step; before it anything may happen.
 *
 * Checked: no lost wakeup (a deadlock here), no touch of message or port after they are gone, no
 * message twice.
 *
 * BUG 1: WAITING of a SYNC message is set when the    BUG 5: the replier touches the port after DONE
 *        caller goes to sleep, not before the put         6: the sleeper marks the port after unlock
 *     2: WAITING is read after DONE is set                7: the kernel does not compare
 *     3: the port is woken before its flag is cleared
 *     4: a put does not wake                       8: it sleeps on the port's flags, not its count
 *                                                       (with TWO_WAITERS only)
 */
#ifndef BUG
#define BUG 0
#endif
#ifndef TWO_WAITERS
#define TWO_WAITERS 0
#endif
#define BUGS 7 /* for run.sh */
#define ROUNDS 2

/* Threads, also as bits of the kernel's lists of sleepers. */
#define SYNCER  0
#define QUEUER  1
#define SERVER0 2
#define SERVER1 3
#define SECOND  4
#define BIT(x)  (1 << (x))

/* Ports: the served one, and QUEUER's and SYNCER's reply ports. Messages by who sends them. */
#define SRV 2

/* Message flags; port flag. */
#define Q 1
#define R 2
#define D 4
#define S 8
#define W 16
#define PW 1

/* The word that sleepers on a port sleep on. */
#if BUG == 8
#define WORD(p) pflags[p]
#else
#define WORD(p) pwakes[p]
#endif

/* SECOND's message, the third, is replied to QUEUER's port. */
#define THIRD 2

byte mflags[3];
bool mlive[3];
#if TWO_WAITERS
byte plive = 6;              /* by port number */
#else
byte plive = 7;              /* by port number */
#endif
byte pflags[3];              /* mp_flags */
byte pwakes[3];              /* mp_wakes */
bool plock[3];
chan queue[3] = [2] of { byte };
byte msleep[3], psleep[3];   /* the kernel's lists */
bool answered[3];            /* a ghost: replies not yet taken */
bool asked, served;          /* SECOND's message is there for QUEUER; it has its answer */
bool over;                   /* all is answered: the servers need not sleep any more */

#define TOUCHM(m) assert(mlive[m])
#define TOUCHP(p) assert(plive & BIT(p))

inline lock(p)
{
	atomic { !plock[p] -> TOUCHP(p); plock[p] = true }
}

inline unlock(p)
{
	TOUCHP(p); plock[p] = false
}

/* Wakes every sleeper; the address only. */
inline wake(list)
{
	list = 0
}

/* Goes to sleep if the word still is what was seen, all in one step; then waits to be woken. */
inline futex_wait(list, word, seen, me)
{
	atomic {
		if
		:: word == seen || BUG == 7 -> list = list | BIT(me)
		:: word != seen && BUG != 7
		fi
	};
	!(list & BIT(me)) || over
}

/* Under the lock, so one step. */
inline count_wakeup(p)
{
	d_step {
		if
		:: pflags[p] & PW -> pflags[p] = pflags[p] & ~PW; pwakes[p]++
		:: else
		fi
	}
}

inline unlock_and_wake(p)
{
	woken = pflags[p] & PW;
#if BUG == 3
	if
	:: woken -> wake(psleep[p])
	:: else
	fi;
	TOUCHP(p); count_wakeup(p);
	unlock(p)
#else
	TOUCHP(p); count_wakeup(p);
	unlock(p);
	if
	:: woken -> wake(psleep[p])
	:: else
	fi
#endif
}

/* Called with the port locked, and returns so. */
inline sleep_on_port(p, me)
{
	TOUCHP(p);
#if BUG == 6
	d_step { seen = WORD(p); plock[p] = false };
	pflags[p] = pflags[p] | PW;
#else
	d_step { pflags[p] = pflags[p] | PW; seen = WORD(p) };
	unlock(p);
#endif
	futex_wait(psleep[p], WORD(p), seen, me);
	lock(p)
}

inline put(m)
{
	lock(SRV);
	TOUCHM(m); mflags[m] = mflags[m] | Q; queue[SRV]!m;
#if BUG == 4
	unlock(SRV)
#else
	unlock_and_wake(SRV)
#endif
}

inline waitport(p, m, me)
{
	lock(p);
	do
	:: atomic { queue[p]?m -> TOUCHM(m); mflags[m] = mflags[m] & ~Q }; break
	:: empty(queue[p]) -> sleep_on_port(p, me)
	od;
	unlock(p)
}

/* Reply message m, by whose flags it goes to its sender's reply port, also number m but for THIRD. */
inline reply(m)
{
	to = (m == THIRD -> QUEUER : m);
	assert(!(mflags[m] & (D | R | Q)));
	if
	:: mflags[m] & S ->
		f = mflags[m];
		d_step { assert(!answered[m]); answered[m] = true };
		TOUCHM(m); mflags[m] = (f & ~W) | R | D;
#if BUG == 2
		TOUCHM(m); f = mflags[m];
#endif
#if BUG == 5
		TOUCHP(m); pflags[m] = pflags[m] & ~PW;
#endif
		if
		:: f & W -> wake(msleep[m])
		:: else
		fi
	:: else ->
		lock(to);
		d_step { assert(!answered[m]); answered[m] = true };
		TOUCHM(m); queue[to]!m; mflags[m] = mflags[m] | Q | R | D;
		unlock_and_wake(to)
	fi
}

/* waitmsg for m, which comes back to port p. */
inline wait_queued(p, m, me)
{
	lock(p);
	do
	:: mflags[m] & D -> break
	:: !(mflags[m] & D) -> sleep_on_port(p, me)
	od;
	assert(mflags[m] & Q);
	atomic { queue[p]??eval(m); mflags[m] = mflags[m] & ~Q };
	unlock(p)
}

inline have_answer(m)
{
	d_step {
		assert(answered[m] && (mflags[m] & D) && !(mflags[m] & Q));
		answered[m] = false;
		mlive[m] = false
	}
}

#if !TWO_WAITERS
active proctype syncer()
{
	byte seen, i;
	bool woken;

	do
	:: i < ROUNDS ->
		mlive[SYNCER] = true;
#if BUG == 1
		mflags[SYNCER] = S;
#else
		mflags[SYNCER] = S | W;
#endif
		put(SYNCER);
		do /* port_wait_sync() */
		:: seen = mflags[SYNCER];
			if
			:: seen & D -> break
			:: else ->
#if BUG == 1
				mflags[SYNCER] = seen | W; seen = seen | W;
#endif
				futex_wait(msleep[SYNCER], mflags[SYNCER], seen, SYNCER)
			fi
		od;
		have_answer(SYNCER);
		i++
	:: i == ROUNDS -> break
	od;
	plive = plive & ~BIT(SYNCER)
}
#endif

active proctype queuer()
{
	byte m, i, f, to, seen;
	bool woken;

	do
	:: i < ROUNDS ->
		mlive[QUEUER] = true;
		mflags[QUEUER] = 0;
		put(QUEUER);
		if
		:: i == 0 -> /* port_wait_queued() */
			m = QUEUER;
			wait_queued(QUEUER, m, QUEUER);
			have_answer(QUEUER);
#if TWO_WAITERS
			asked -> m = THIRD; /* and SECOND may be waiting by now, or not yet */
			reply(m);
			served
#endif
		:: i > 0 ->
			waitport(QUEUER, m, QUEUER);
			have_answer(QUEUER)
		fi;
		i++
	:: i == ROUNDS -> break
	od;
	plive = plive & ~BIT(QUEUER)
}

#if TWO_WAITERS
active proctype second()
{
	byte m, seen;
	bool woken;

	mlive[THIRD] = true;
	mflags[THIRD] = 0;
	asked = true;
	m = THIRD;
	wait_queued(QUEUER, m, SECOND);
	have_answer(THIRD);
	served = true
}
#endif

proctype server(byte me)
{
	byte m, f, to, seen;
	bool woken;

	do
	:: waitport(SRV, m, me); reply(m)
	od
}

init
{
#if TWO_WAITERS
	run server(SERVER0);
#else
	atomic { run server(SERVER0); run server(SERVER1) }
#endif
	(plive == BIT(SRV));
	over = true
}
