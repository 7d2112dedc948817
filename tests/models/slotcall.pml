/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls in a slot beside the ring of the pair: a sender, a receiver, two slots.
 *
 * Models lib/lwkt/ipicall.c, calls_serve.c: calls_ask(), calls_run(), the mark, groups, and the reuse of slots; and
 * the drain of lib/lwkt/poll.c. Edges: E1, E30, E31, each a step of its own. Sequentially consistent.
 *
 * The sender makes N steps, numbered: messages, and calls singly or two in a group, of which only
 * the first one's turn is stored. The receiver polls:
 * it takes what is in the ring, then looks at the next slot. A function may poll, once.
 *
 * Checked: everything arrives, in the order sent; no slot is written while it is the receiver's;
 * answers are those of the call.
 *
 * BUG 1: no mark                                        BUG 4: a slot is used again unanswered
 *     2: the slot does not say what comes before it         5: a pass inside goes past the mark
 *     3: asked before the ring's items are published        6: a group is asked before it is whole
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 6 /* for run.sh */
#define N    5
#define SLOTS 2
#define MARK 99

/* The ring: items with their numbers; published up to tail, handled up to handled. */
byte ring[2 * N];
byte put, tail, taken, handled;

/* Slots: the turn, and what is in them. */
byte turn[SLOTS], number[SLOTS], before[SLOTS], more[SLOTS], answer[SLOTS];
byte asked, next = 1; /* tickets */
byte known;           /* what is below has been asked */
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
#define CAN_RUN (next < known || (turn[next % SLOTS] == 2 * next && \
	(BUG == 2 || handled >= before[next % SLOTS])))

/* Take the next call; the first of a group says how many they are. */
inline begin(ticket)
{
	if
	:: next >= known -> known = next + 1 + more[next % SLOTS]
	:: else
	fi;
	ticket = next;
	next++;
	handle(number[ticket % SLOTS])
}

proctype receiver()
{
	byte item, ticket[2];

	do
	/* A frame: the program itself (depth 0), or a function that polls (depth 1). */
	:: atomic { CAN_RUN && (depth == 0) ->
		/* From the poll, behind the ring; or for a mark. */
		begin(ticket[0]);
		depth = 1 }
	:: atomic { depth == 1 ->
		depth = 0;
		answer[ticket[0] % SLOTS] = number[ticket[0] % SLOTS];
		turn[ticket[0] % SLOTS] = 2 * ticket[0] + 1 }
	/* A pass inside the function runs another call, to its end. */
	:: atomic { depth == 1 && CAN_RUN ->
		begin(ticket[1]);
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

#define FREE(t) (t <= SLOTS || turn[(t) % SLOTS] == 2 * (t - SLOTS) + 1)

inline check_answer(u)
{
	if
	:: u > SLOTS -> assert(turn[(u) % SLOTS] % 2 == 1 && answer[(u) % SLOTS] == n_of[u - SLOTS])
	:: else
	fi
}

inline fill(u, what)
{
	number[(u) % SLOTS] = what;
	n_of[u] = what
}

proctype sender()
{
	byte i, n_of[N + 2], t, group;

	do
	:: i < N ->
		if
		:: send(i); i++;
			if
			:: publish()
			:: skip /* gathered */
			fi
		:: /* a call, or two: room, then what comes before it, then the slots */
			t = asked + 1;
			(BUG == 4 || FREE(t));
			check_answer(t);
#if BUG != 3
			publish();
#endif
			fill(t, i);
			group = 1;
			if
			:: i + 1 < N && FREE(t + 1) ->
				check_answer(t + 1);
				group = 2;
#if BUG != 6
				fill(t + 1, i + 1)
#endif
			:: skip
			fi;
			more[t % SLOTS] = group - 1;
			before[t % SLOTS] = (BUG == 3 -> tail : put);
			turn[t % SLOTS] = 2 * t; /* E30 */
#if BUG == 6
			if
			:: group == 2 -> fill(t + 1, i + 1)
			:: else
			fi;
#endif
			asked = t + group - 1;
			mark_due = true;
			i = i + group;
			group = 0
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
