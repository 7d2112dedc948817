/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A CPU falls asleep while others send to it.
 *
 * Models lib/lwkt/sleep.c: lwkt_sleep_begin(), lwkt_sleep(), lwkt_sleep_end(), sleep_notify(),
 * sleep_wake(); of transit.c wire_put(), of poll.c a poll. Edge: E19.
 *
 * Here memory is not sequentially consistent: a plain store stays in its CPU's buffer for as long as
 * it likes, while the CPU goes on and reads. That is what the fences are for. membarrier() empties
 * the buffers of all CPUs; so does whoever reads the eventfd or finds it written for the writer's,
 * since the kernel takes a lock for that. Exchanges act on memory at once, but leave what is in the
 * buffer there, as on arm64.
 *
 * SENDERS CPUs publish ITEMS items each, and end. The receiver polls and sleeps until it has them.
 *
 * Checked: no lost wakeup (a deadlock here).
 *
 * BUG 1: no membarrier                          BUG 4: asleep is cleared when the eventfd is written
 *     2: the sender looks before it publishes       5: the eventfd is emptied after the announcement
 *     3: no poll after the announcement             6: a spilled item does not keep its CPU awake
 */
#ifndef BUG
#define BUG 0
#endif
#define BUGS 6 /* for run.sh */
#define SENDERS 2
#define ITEMS 2

/* Memory, and what is in the buffers; NONE: nothing. */
#define NONE 255
byte published[SENDERS], buffered[SENDERS] = NONE;
bit asleep;
byte asleep_buffered = NONE;
byte eventfd; /* 0: nothing to read */
bool spilled; /* the receiver has an item for CPU 0 that did not fit into the ring; only it can retry */
bool room;    /* now it would */

inline drain_sender(i)
{
	if
	:: buffered[i] != NONE -> published[i] = buffered[i]; buffered[i] = NONE
	:: else
	fi
}

inline drain_receiver()
{
	if
	:: asleep_buffered != NONE -> asleep = asleep_buffered; asleep_buffered = NONE
	:: else
	fi
}

/* Stores leave the buffers when they like. */
active proctype memory()
{
end:
	do
	:: atomic { buffered[0] != NONE -> drain_sender(0) }
	:: atomic { buffered[1] != NONE -> drain_sender(1) }
	:: atomic { asleep_buffered != NONE -> drain_receiver() }
	od
}

inline look(i)
{
	seen = asleep
}

inline publish(i, k)
{
	atomic { drain_sender(i); buffered[i] = k } /* one place: a second store follows the first */
}

inline wake(i)
{
#if BUG == 4
	atomic { drain_sender(i); eventfd = 1 };
	asleep = 0
#else
	atomic { was = asleep; asleep = 0 };
	if
	:: was -> atomic { drain_sender(i); eventfd = 1 }
	:: else
	fi
#endif
}

proctype sender(byte i)
{
	byte k = 0;
	bit seen, was;

	do
	:: k < ITEMS ->
		k++;
#if BUG == 2
		look(i);
		publish(i, k);
#else
		publish(i, k);
		look(i);
#endif
		if
		:: seen -> wake(i)
		:: else
		fi
	:: k == ITEMS -> break
	od
}

/* Some day the ring that is full is read; nobody tells. */
active proctype reader()
{
	room = true
}

/* A poll takes what is published and retries what is spilled. */
inline poll()
{
	atomic {
		found = false;
		i = 0;
		do
		:: i < SENDERS ->
			if
			:: got[i] != published[i] -> got[i] = published[i]; found = true
			:: else
			fi;
			i++
		:: i == SENDERS -> break
		od;
		i = 0
	};
	if
	:: spilled && room -> spilled = false
	:: else
	fi
}

proctype receiver()
{
	byte got[SENDERS], i;
	bool found;
	bit was;

	spilled = true;
	do
	:: got[0] == ITEMS && got[1] == ITEMS && !spilled -> break
	:: else ->
		poll();
		if
		:: found -> skip
		:: !found && spilled && BUG != 6 -> skip /* begin() refuses */
		:: else ->
			asleep_buffered = 1;
#if BUG != 1
			atomic { drain_receiver(); drain_sender(0); drain_sender(1) };
#endif
#if BUG == 5
			eventfd = 0;
#endif
#if BUG != 3
			poll();
#endif
			if
			:: found || (got[0] == ITEMS && got[1] == ITEMS && !spilled)
			:: else ->
				/* the kernel's lock: what the announcement has buffered is out */
				atomic { drain_receiver() };
				(eventfd > 0)
			fi;
			atomic { drain_receiver(); was = asleep; asleep = 0 };
			if
			:: was
			:: else -> eventfd = 0
			fi
		fi
	od
}

init
{
	atomic { run sender(0); run sender(1); run receiver() }
}
