/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot beside the ring of the pair: a sender, a receiver, two slots.
 *
 * Models lib/lwkt/ipicall.c: calls_ask(), calls_run(), the mark, and the reuse of slots; and the
 * drain of lib/lwkt/poll.c. Edges: E1, E27, E28, each a step of its own. Sequentially consistent.
 *
 * The sender makes N steps, each a message or a call of its choice, numbered. The receiver polls:
 * it takes what is in the ring, then looks at the next slot. A function may poll, once.
 *
 * Checked: everything arrives, in the order sent; no slot is written while it is the receiver's;
 * answers are those of the call.
 *
 * BUG 1: no mark                                        BUG 4: a slot is used again unanswered
 *     2: the slot does not say what comes before it         5: a pass inside goes past the mark
 *     3: asked before the ring's items are published
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 5 /* for run.sh */
#define N    5
#define SLOTS 2
#define MARK 99

/* The ring: items with their numbers; published up to tail, handled up to handled. */
byte ring[2 * N];
byte put, tail, taken, handled;

/* Slots: the turn, and what is in them. */
byte turn[SLOTS], number[SLOTS], before[SLOTS], answer[SLOTS];
byte asked, next = 1; /* tickets */
bool mark_due;        /* the next item is preceded by a mark */
byte seen;            /* what has been handled, all in order: 0 .. seen - 1 */
bool sender_done;
bool due;    /* ba_due */
byte depth;  /* of functions */

/* Something arrives, or a function runs. */
inline handle(what)
{
	assert(what == seen);
	seen++
}

/* Is the next call asked and due? */
#define CAN_RUN (turn[next % SLOTS] == 2 * next && \
	(BUG == 2 || handled >= before[next % SLOTS]))

proctype receiver()
{
	byte item, ticket[2];

	do
	/* A frame: the program itself (depth 0), or a function that polls (depth 1). */
	:: atomic { CAN_RUN && (depth == 0) ->
		/* From the poll, behind the ring; or for a mark. */
		ticket[0] = next; next++;
		handle(number[ticket[0] % SLOTS]);
		depth = 1 }
	:: atomic { depth == 1 ->
		depth = 0;
		answer[ticket[0] % SLOTS] = number[ticket[0] % SLOTS];
		turn[ticket[0] % SLOTS] = 2 * ticket[0] + 1 }
	/* A pass inside the function runs another call, to its end. */
	:: atomic { depth == 1 && CAN_RUN ->
		ticket[1] = next; next++;
		handle(number[ticket[1] % SLOTS]);
		answer[ticket[1] % SLOTS] = number[ticket[1] % SLOTS];
		turn[ticket[1] % SLOTS] = 2 * ticket[1] + 1 }
	/* The ring's next item; while calls are due for a mark, none. */
	:: atomic { handled < tail && (!due || BUG == 5) ->
		item = ring[handled];
		handled++;
		if
		:: item == MARK -> due = true
		:: else -> handle(item)
		fi }
	:: atomic { due && !CAN_RUN -> due = false }
	:: atomic { depth == 0 && sender_done && handled == tail && !CAN_RUN && !due -> break }
	od;
	assert(seen == N)
}

inline publish()
{
	tail = put /* E1 */
}

inline send(n)
{
	d_step {
		if
		:: mark_due && BUG != 1 -> ring[put] = MARK; put++
		:: else
		fi;
		mark_due = false;
		ring[put] = n;
		put++
	}
}

proctype sender()
{
	byte i, ticket[N + 1], n_of[N + 1], t;

	do
	:: i < N ->
		if
		:: send(i); i++;
			if
			:: publish()
			:: skip /* gathered */
			fi
		:: /* a call: room, then what comes before it, then the slot */
			t = asked + 1;
			(BUG == 4 || t <= SLOTS || turn[t % SLOTS] == 2 * (t - SLOTS) + 1);
			if
			:: t > SLOTS -> assert(turn[t % SLOTS] % 2 == 1 &&
				answer[t % SLOTS] == n_of[t - SLOTS])
			:: else
			fi;
#if BUG != 3
			publish();
#endif
			number[t % SLOTS] = i;
			before[t % SLOTS] = (BUG == 3 -> tail : put);
			turn[t % SLOTS] = 2 * t; /* E27 */
			asked = t;
			n_of[t] = i;
			mark_due = true;
			i++
#if BUG == 3
			; publish()
#endif
		fi
	:: else -> break
	od;
	publish();
	sender_done = true
}

init
{
	atomic { run sender(); run receiver() }
}
