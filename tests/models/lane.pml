/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A lane: lines of items between one sender and one receiver, published each by its head.
 *
 * Models lib/lwkt/lane_pvt.h: lane_publish(), lane_due(), lane_take(), and of ipiq.c and
 * ipiq_recv.c lane_put() with its cached end and load() with the way back. Each access to the lane is
 * a step of its own; a line's items are written and read one by one. Edges: E1 (the head), E18 (lines
 * read); Spin's memory is sequentially consistent, so what is checked is the protocol.
 *
 * The sender publishes 1 .. ITEMS items at a time, as it likes; what the lane does not take waits,
 * as on the spill list. The receiver takes batches of at most BATCH lines. Numbers of lines are
 * counted modulo SEQS, of which the program's 61 bits are more: that makes wrap-around part of the
 * search.
 *
 * Checked: every item arrives once and in order, no line is taken half written, and both always
 * get on: an idle wait is a block, so a livelock is a deadlock here.
 *
 * BUG 1: the head is published before the items
 *     2: the sender does not look whether the line has been read
 *     3: lines count as read before they are
 *     4: the head has no number, a line is due when it has items
 *     5: the receiver does not say what it has read
 *     6: the sender believes its old end, and never looks again
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 6 /* for run.sh */
#define LINES 2
#define ITEMS 2 /* a line has */
#define BATCH 2
#define TOTAL 7
#define SEQS  8

byte number[LINES]; /* the head: the line's number ... */
byte count[LINES];  /* ... and how many items; both change in one step */
byte item[4];       /* [LINES * ITEMS] */
byte lines_read;    /* E18 */

#define DUE(seq) (BUG == 4 -> count[(seq) % LINES] > 0 : \
	number[(seq) % LINES] == ((seq) + 1) % SEQS && count[(seq) % LINES] > 0)

byte wrote, got;

proctype sender()
{
	byte seq = 0, end = LINES, next = 1, n, i;

	do
	:: next <= TOTAL ->
		/* lane_put() */
		if
		:: BUG != 2 && seq == end ->
			if
			:: BUG == 6 -> false
			:: else ->
				end = (lines_read + LINES) % SEQS;
				/* full: spilled, and tried again when there is room */
				if
				:: seq == end -> (lines_read + LINES) % SEQS != end
				:: else
				fi
			fi
		:: else ->
			if
			:: n = 1
			:: next < TOTAL -> n = ITEMS
			fi;
#if BUG == 1
			d_step { number[seq % LINES] = (seq + 1) % SEQS; count[seq % LINES] = n };
#endif
			i = 0;
			do
			:: i < n -> item[(seq % LINES) * ITEMS + i] = next; next++; i++
			:: i == n -> break
			od;
			i = 0;
#if BUG != 1
			d_step { number[seq % LINES] = (seq + 1) % SEQS; count[seq % LINES] = n };
#endif
			seq = (seq + 1) % SEQS
		fi
	:: next > TOTAL -> break
	od
}

proctype receiver()
{
	byte seq = 0, batch, n, i, v;

	do
	:: got < TOTAL ->
		DUE(seq); /* a poll finds something */
#if BUG == 3
		lines_read = (seq + 1) % SEQS;
#endif
		batch = 0;
		do
		:: batch < BATCH && DUE(seq) ->
			n = count[seq % LINES];
			i = 0;
			do
			:: i < n ->
				v = item[(seq % LINES) * ITEMS + i];
				assert(v == got + 1);
				got++;
				i++
			:: i == n -> break
			od;
			seq = (seq + 1) % SEQS;
			batch++
		:: batch == BATCH || !DUE(seq) -> break
		od;
#if BUG != 5 && BUG != 3
		lines_read = seq
#endif
	:: got == TOTAL -> break
	od
}

init
{
	atomic { run sender(); run receiver() }
	(_nr_pr == 1);
	assert(got == TOTAL)
}
