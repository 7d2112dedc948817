/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls between two CPUs in both directions, under asynchronous pressure, over rings of one item.
 *
 * Models lib/lwkt/transit.c: gather(), ipiq_send() (passive too), publish(), unspill(), spill(),
 * flush_cpu(), drain(), lwkt_poll(), and of lib/msgport/port_thread.c the put, the arrival and
 * the SYNC reply. Edges: E1 (the ring), E3 (done); Spin's memory is sequentially consistent, so
 * what is checked is the protocol, not the order of the accesses.
 *
 * Each CPU sends a few messages that nobody waits for, any of them passive, and a call among them,
 * and again. It serves its port while it waits, because the other one does the same (two CPUs
 * that both wait in lwkt_domsg() and have nobody else to serve their ports do not get on: BUG 4).
 *
 * Checked: no deadlock, and each item that a CPU sent another one arrives, once, in order.
 * An idle poll is a wait until a poll would find something to do, so a livelock is a deadlock here.
 *
 * BUG 1: a full ring is waited for, without a poll      BUG 5: poll does not look at the spill list
 *     2: what was spilled is overtaken                       when all that is gathered is passive
 *     3: what does not fit is lost                      BUG 6: a poll does not publish
 *     4: the caller does not serve while it waits
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 6 /* for run.sh */
#define RING    1 /* cf_ring_size */
#define FLUSH   2 /* cf_flush_count */
#define QUARTER 3 /* passive items that force a publication */
#define NREQ    2
#define NASYNC  2
#define BEFORE  1 /* so many of them go before the call */
#define TOTAL   (2 * NREQ + NREQ * NASYNC) /* items from one CPU to the other */

mtype = { ASYNC, REQ, REP };

/* [to]: the ring, the gather array and the spill list towards CPU to. */
chan ring[2] = [RING] of { mtype, byte };
chan gathered[2] = [QUARTER] of { mtype, byte };
chan spilled[2] = [TOTAL] of { mtype, byte };
bool lazy[2];

byte sent[2], got[2];    /* items towards CPU i: the next one's number, the number expected */
byte asked[2];           /* requests on the port of CPU i */
bool waiting[2];         /* for its SYNC message */
byte calls[2];           /* done */

inline unspill(to)
{
	do
	:: nempty(spilled[to]) && nfull(ring[to]) -> spilled[to]?k, n; ring[to]!k, n
	:: empty(spilled[to]) || full(ring[to]) -> break
	od
}

/* publish_gathered(); each ring operation is a step of its own. */
inline publish(to)
{
#if BUG != 2
	unspill(to);
#endif
	do
	:: d_step { nempty(gathered[to]) && nfull(ring[to]) && (BUG == 2 || empty(spilled[to])) ->
		gathered[to]?k, n; ring[to]!k, n }
	:: d_step { nempty(gathered[to]) && (full(ring[to]) || (BUG != 2 && nempty(spilled[to]))) ->
		gathered[to]?k, n;
#if BUG == 1
		spilled[to]!k, n };
		nfull(ring[to]); /* waits for room and serves nothing */
		unspill(to)
#elif BUG == 3
		skip }
#else
		spilled[to]!k, n }
#endif
	:: empty(gathered[to]) -> break
	od;
#if BUG == 2
	unspill(to);
#endif
	lazy[to] = false
}

inline send(to, kind, passive)
{
	d_step {
		lazy[to] = passive && (lazy[to] || empty(gathered[to]));
		gathered[to]!kind, sent[to];
		sent[to]++;
		full_now = len(gathered[to]) >= (lazy[to] -> QUARTER : FLUSH)
	}
	if
	:: full_now -> publish(to)
	:: else
	fi
}

inline flush(to)
{
	if
#if BUG == 5
	:: !lazy[to] -> publish(to)
#else
	:: !lazy[to] || len(spilled[to]) > 0 -> publish(to)
#endif
	:: else
	fi
}

/* What the ring held when the pass came to it: with a ring of one, one item at most. */
inline drain(me)
{
	d_step {
		if
		:: nempty(ring[me]) ->
			ring[me]?k, n;
			assert(n == got[me]);
			got[me]++;
			if
			:: k == REQ -> asked[me]++
			:: k == REP -> assert(waiting[me]); waiting[me] = false
			:: k == ASYNC
			fi
		:: empty(ring[me])
		fi
	}
}

inline poll(me, to)
{
#if BUG != 6
	flush(to);
#endif
	drain(me);
#if BUG != 6
	flush(to)
#endif
}

#define SPILL_FITS(to) (nempty(spilled[to]) && nfull(ring[to]))
#if BUG == 5
#define TO_PUBLISH(to) (!lazy[to] && (nempty(gathered[to]) || SPILL_FITS(to)))
#elif BUG == 6
#define TO_PUBLISH(to) false
#else
#define TO_PUBLISH(to) ((!lazy[to] && nempty(gathered[to])) || SPILL_FITS(to))
#endif

/* Poll, or handle a request; blocks while both would find nothing. */
inline serve(me, to, handle)
{
	if
	:: nempty(ring[me]) || TO_PUBLISH(to) -> poll(me, to)
	:: handle && asked[me] > 0 -> asked[me]--; send(to, REP, false)
	fi
}

proctype cpu(byte me; byte to)
{
	mtype k;
	byte n, i;
	bool passive, full_now;

	do
	:: calls[me] < NREQ ->
		waiting[me] = true;
		i = 0;
		do
		:: i <= NASYNC && i != BEFORE ->
			if
			:: passive = false
			:: passive = true
			fi;
			send(to, ASYNC, passive);
			i++
		:: i == BEFORE -> send(to, REQ, false); i++
		:: i > NASYNC -> break
		od;
		do
		:: waiting[me] -> serve(me, to, BUG != 4)
		:: !waiting[me] -> break
		od;
		calls[me]++
	:: calls[me] == NREQ -> break
	od;
	publish(to); /* lwkt_flush(): the passive ones too */
	do
	:: serve(me, to, true)
	:: got[me] == TOTAL && got[to] == TOTAL -> break
	od
}

init
{
	atomic { run cpu(0, 1); run cpu(1, 0) }
	(_nr_pr == 1);
	assert(got[0] == TOTAL && got[1] == TOTAL && calls[0] == NREQ && calls[1] == NREQ)
}
