/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A CPU that looks only into rings whose bell has been rung.
 *
 * Models lib/lwkt: wire_put() and ring_bell() of a sender; view_rung() and answer_bells() of the
 * receiver. Edge: E14.
 *
 * The sender's byte may be seen before the index that it announces, unless it is read with acquire:
 * seen is what of the ring is visible to the receiver, and an exchange that reads the byte makes all
 * visible that was published before the byte was set.
 *
 * The sender publishes ITEMS items, one at a time. The receiver takes them by looks, of which each
 * may leave some, and by polls, until it has all.
 *
 * Checked: nothing stays in the ring with the bell off (a deadlock here).
 *
 * BUG 1: a look turns the bell off and does not look again
 *     2: it looks again, and does not turn the bell on for what it found
 *     3: it turns the bell off although it leaves some
 *     4: a poll looks into the ring, and then turns the bell off
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 4 /* for run.sh */
#define ITEMS 3

byte published, announced, seen, taken;
bit bell;

active proctype sender()
{
	do
	:: published < ITEMS ->
		published++;
		atomic { announced = published; bell = 1 }
	:: else -> break
	od
}

/* An index becomes visible at last, but nothing says when. */
active proctype memory()
{
end:
	do
	:: atomic { seen < published -> seen++ }
	od
}

inline turn_off()
{
	atomic {
		if
		:: bell -> if :: announced > seen -> seen = announced :: else fi
		:: else
		fi;
		bell = 0
	}
}

inline take_all()
{
	taken = seen
}

/* One or all of what is there. */
inline take_some()
{
	if
	:: taken++
	:: take_all()
	fi
}

active proctype receiver()
{
	bool some;

	do
	:: taken == ITEMS -> break
	:: taken < ITEMS && bell -> /* a look */
		some = seen > taken;
		if
		:: some ->
			take_some();
#if BUG == 3
			turn_off()
#endif
		:: else ->
			turn_off();
#if BUG != 1
			if
			:: seen > taken ->
#if BUG != 2
				bell = 1;
#endif
				take_some()
			:: else
			fi
#endif
		fi
	:: taken < ITEMS && bell -> /* a poll */
#if BUG == 4
		take_all();
		turn_off()
#else
		turn_off();
		take_all()
#endif
	od
}
