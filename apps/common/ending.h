/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a program ends at a signal, whatever its main thread does meanwhile.
 *
 * A thread takes the signals that end it. The main thread asks in its rounds whether one has come,
 * and ends in order. It may be unable to: it stands in an open() of a FIFO, in a write() to a pipe
 * that is full, it reads a file, or it waits for an lcore that stands still. Then the thread ends
 * the program, with one line that says what it was doing and with what is known of its work.
 *
 *     start     1st: 2 s, then as the signal by itself does it     2nd: at once
 *     running   1st: 4.5 s, then what is known, and its exit code  2nd: 1 s later
 *     winding up without a signal: 10 s, then the same
 */
#ifndef COMMON_ENDING_H
#define COMMON_ENDING_H

#include <stdio.h>

#define ENDING_START_MS   2000
#define ENDING_RUN_MS     4500
#define ENDING_AGAIN_MS   1000
#define ENDING_WIND_UP_MS 10000
#define ENDING_MAX        8 /* signals */

enum ending_phase {
	ENDING_START,   /* nothing is lost if it ends now */
	ENDING_RUN,     /* it runs, or winds up */
	ENDING_WIND_UP, /* it winds up by itself */
};

struct ending {
	const char *en_program;
	int en_signals[ENDING_MAX]; /* ends with 0 */
	/*
	 * The program is ended by force: print what is known of its work, as whole lines, and return
	 * the exit code. On the thread; what the main thread changes meanwhile is guarded by the
	 * program. NULL: 1.
	 */
	int (*en_known)(FILE *f);
	void (*en_clean)(
	    void); /* by force at the start: take away what would be left; NULL: nothing */
};

/*
 * Before any other thread is made: block the signals, so in all threads, and make the thread.
 * en lives as long as the program.
 *
 * @return 0, or a negative errno: there is no thread, and the signals are as they were.
 */
int ending_begin(const struct ending *en);

/* What the main thread is about to do; doing is a string that stays: "it opens --log FILE". */
void ending_enter(enum ending_phase phase, const char *doing);

/* @return the first signal that has come, or 0; the second. */
int ending_asked(void);
int ending_again(void);

#endif /* COMMON_ENDING_H */
