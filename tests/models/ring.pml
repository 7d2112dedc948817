/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transit ring: one sender and one receiver, an index of each.
 *
 * Models lib/lwkt/ring_pvt.h: ring_put() with the end that it remembers, and ring_take() and ring_view()
 * with what they have seen. Each access
 * to memory that both use is a step of its own; slots are written and read one by one. Edges: E1 (what
 * the sender has filled), E20 (what the receiver has read).
 *
 * The sender's stores go through a buffer of its own, which lets slots become visible in any order
 * before the index that is stored with release, and not after it. The receiver's loads may be
 * early: a slot may be read before the index that says it is filled, unless that is an acquire. So
 * what is checked is what the edges promise and no more.
 *
 * The sender publishes 1 .. BURST items at a time, as it likes; what does not fit waits, as on the
 * spill list. The receiver takes at most BURST, of what it has seen before or after another look. Indices are counted modulo SEQS, of which the program
 * has 2^32: that makes wrap-around part of the search.
 *
 * Checked: every item arrives once and in order, and both always get on: an idle wait is a block, so
 * a livelock is a deadlock here.
 *
 * BUG 1: the sender's index without release: visible before the slots
 *     2: the receiver's index without acquire: slots are read before it
 *     3: the receiver's index without release: slots count as read before they are
 *     4: the sender does not look whether there is room
 *     5: the sender remembers the end, and never looks again
 *     6: the end is two slots too far (one that DPDK leaves free would do no harm)
 *     7: the receiver does not say what it has read
 *     8: the receiver does not remember what it saw when it took items, but what it saw before
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 8 /* for run.sh */
#define SLOTS 4 /* the program's size; a ring holds less: */
#define ROOM  3
#define BURST 2
#define TOTAL 9
#define SEQS  8

byte slot[SLOTS];
byte filled;    /* E1: prod.tail */
byte emptied;   /* E20: cons.tail */
byte got;

/* The sender's stores that are not visible yet: at most one of each slot, and the index. */
byte late[SLOTS]; /* 0: none */
byte late_index;  /* 0: none; else index + 1 */

#define LATE (late[0] + late[1] + late[2] + late[3] > 0)

/* The memory system: whenever it likes. */
active proctype memory()
{
	byte i;

end:
	do
	:: atomic { late[0] > 0 -> slot[0] = late[0]; late[0] = 0 }
	:: atomic { late[1] > 0 -> slot[1] = late[1]; late[1] = 0 }
	:: atomic { late[2] > 0 -> slot[2] = late[2]; late[2] = 0 }
	:: atomic { late[3] > 0 -> slot[3] = late[3]; late[3] = 0 }
	:: atomic { late_index > 0 && (BUG == 1 || !LATE) -> filled = late_index - 1; late_index = 0 }
	od
}

proctype sender()
{
	byte next = 0, last = ROOM + (BUG == 6 -> 2 : 0), value = 1, n, i;

	do
	:: value <= TOTAL ->
		if
		:: n = 1
		:: value < TOTAL -> n = BURST
		fi;
		/* ring_put() */
		if
		:: BUG != 4 && (last + SEQS - next) % SEQS < n ->
			if
			:: BUG == 5 -> false
			:: else
			fi;
			last = (emptied + ROOM + (BUG == 6 -> 2 : 0)) % SEQS;
			/* as many as fit; none: spilled, and tried again when there is room */
			if
			:: (last + SEQS - next) % SEQS < n -> n = (last + SEQS - next) % SEQS
			:: else
			fi;
			if
			:: n == 0 -> (emptied + ROOM + (BUG == 6 -> 2 : 0)) % SEQS != last
			:: else
			fi
		:: else
		fi;
		i = 0;
		do
		:: i < n ->
			/* a store to a slot of which an older one waits goes behind it */
			atomic { late[(next + i) % SLOTS] == 0 -> late[(next + i) % SLOTS] = value }
			value++;
			i++
		:: i == n -> break
		od;
		if
		:: n > 0 ->
			next = (next + n) % SEQS;
			atomic { late_index == 0 -> late_index = next + 1 }
		:: else
		fi;
		n = 0;
		i = 0
	:: value > TOTAL -> break
	od
}

proctype receiver()
{
	byte next = 0, seen = 0, ready, n, i, early, v;

	do
	:: got < TOTAL ->
		/* a poll finds something; or ring_view() knows of something */
#if BUG == 2
		early = slot[next % SLOTS];
#endif
		if
		:: seen != next -> ready = (seen + SEQS - next) % SEQS
		:: atomic { filled != next -> ready = (filled + SEQS - next) % SEQS };
#if BUG != 8
			seen = (next + ready) % SEQS
#endif
		fi;
		n = (ready < BURST -> ready : BURST);
#if BUG == 3
		emptied = (next + n) % SEQS;
#endif
		i = 0;
		do
		:: i < n ->
			v = slot[(next + i) % SLOTS];
#if BUG == 2
			v = (i == 0 -> early : v);
#endif
			assert(v == got + 1);
			got++;
			i++
		:: i == n -> break
		od;
		next = (next + n) % SEQS;
#if BUG != 3 && BUG != 7
		emptied = next;
#endif
		ready = 0;
		n = 0;
		i = 0;
		early = 0;
		v = 0
	:: got == TOTAL -> break
	od
}

init
{
	atomic { run sender(); run receiver() }
	(_nr_pr == 2);
	assert(got == TOTAL)
}
