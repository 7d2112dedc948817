/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "ending.h"
#include "output.h"

#define LOOK_MS     500 /* does it wind up by itself? */
#define STACK_BYTES (256u << 10)

static const struct ending *conf;
static sigset_t endings;
/* All atomic, relaxed: each is looked at by itself. */
static int asked, again; /* signals */
static int phase;        /* enum ending_phase */
static const char *doing = "it starts";
static uint64_t wound_up_ms; /* since when it winds up by itself */

static uint64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* @return the exit code. */
static int
tell_known(void)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *f = conf->en_known != NULL ? open_memstream(&text, &bytes) : NULL;
	int code = 1;

	if (f == NULL)
		return code;
	code = conf->en_known(f);
	/* Not by stdio, which the main thread may stand in. */
	if (fclose(f) == 0 && !output_at_once(STDOUT_FILENO, text, bytes))
		output_at_once(STDERR_FILENO, text, bytes);
	return code;
}

/* As if nobody had taken it. */
_Noreturn static void
die_of(int sig)
{
	const struct rlimit none = {0, 0};
	sigset_t set;

	setrlimit(RLIMIT_CORE, &none);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	_exit(128 + sig);
}

_Noreturn static void
end_by_force(uint64_t since_ms)
{
	int sig = __atomic_load_n(&asked, __ATOMIC_RELAXED), code;
	bool starts = __atomic_load_n(&phase, __ATOMIC_RELAXED) == ENDING_START;
	char line[400];
	int n;

	n = snprintf(line, sizeof(line),
	    "%s: %s: not at its end after %.1f s (%s); ended by force%s\n", conf->en_program,
	    sig != 0 ? strsignal(sig) : "end", (double)(clock_ms() - since_ms) / 1e3,
	    __atomic_load_n(&doing, __ATOMIC_RELAXED), starts ? ", nothing was done yet" : "");
	output_at_once(STDERR_FILENO, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
	if (conf->en_clean != NULL)
		conf->en_clean();
	if (starts)
		die_of(sig);
	code = tell_known();
	_exit(code);
}

/* When it has to have ended. UINT64_MAX: nobody wants it to. */
static uint64_t
deadline_ms(uint64_t first_ms, uint64_t again_ms)
{
	int now = __atomic_load_n(&phase, __ATOMIC_ACQUIRE);
	uint64_t end, at_once;

	if (first_ms == 0)
		return now != ENDING_WIND_UP
		           ? UINT64_MAX
		           : __atomic_load_n(&wound_up_ms, __ATOMIC_RELAXED) + ENDING_WIND_UP_MS;
	end = first_ms + (now == ENDING_START ? ENDING_START_MS : ENDING_RUN_MS);
	if (again_ms == 0)
		return end;
	at_once = again_ms + (now == ENDING_START ? 0 : ENDING_AGAIN_MS);
	return at_once < end ? at_once : end;
}

static void *
take_signals(void *arg)
{
	uint64_t first_ms = 0, again_ms = 0;

	(void)arg;
	for (;;) {
		uint64_t end = deadline_ms(first_ms, again_ms), now = clock_ms(), left;
		struct timespec wait;
		int sig;

		if (now >= end)
			end_by_force(first_ms != 0
			                 ? first_ms
			                 : __atomic_load_n(&wound_up_ms, __ATOMIC_RELAXED));
		left = end - now < LOOK_MS ? end - now : LOOK_MS;
		wait = (struct timespec){(time_t)(left / 1000), (long)(left % 1000) * 1000000};
		sig = sigtimedwait(&endings, NULL, &wait);
		if (sig <= 0)
			continue;
		if (first_ms == 0) {
			first_ms = clock_ms();
			__atomic_store_n(&asked, sig, __ATOMIC_RELAXED);
		} else if (again_ms == 0) {
			again_ms = clock_ms();
			__atomic_store_n(&again, sig, __ATOMIC_RELAXED);
		}
	}
	return NULL;
}

int
ending_begin(const struct ending *en)
{
	pthread_attr_t attr;
	sigset_t before;
	pthread_t thread;
	int rc;

	conf = en;
	sigemptyset(&endings);
	for (int i = 0; i < ENDING_MAX && en->en_signals[i] != 0; i++)
		sigaddset(&endings, en->en_signals[i]);
	pthread_sigmask(SIG_BLOCK, &endings, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, take_signals, NULL);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		pthread_setname_np(thread, "lwkt-ending");
	else
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

void
ending_enter(enum ending_phase to, const char *what)
{
	if (to == ENDING_WIND_UP && __atomic_load_n(&phase, __ATOMIC_RELAXED) != ENDING_WIND_UP)
		__atomic_store_n(&wound_up_ms, clock_ms(), __ATOMIC_RELAXED);
	__atomic_store_n(&doing, what, __ATOMIC_RELAXED);
	/* The thread that sees the phase sees since when. */
	__atomic_store_n(&phase, (int)to, __ATOMIC_RELEASE);
}

int
ending_asked(void)
{
	return __atomic_load_n(&asked, __ATOMIC_RELAXED);
}

int
ending_again(void)
{
	return __atomic_load_n(&again, __ATOMIC_RELAXED);
}
