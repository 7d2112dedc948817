/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals. They are blocked before EAL makes its threads, so in all of them, and the main lcore
 * takes them in its rounds: no handler, no interrupted worker. A round handles each signal once,
 * however often it came, so a storm of them costs no more than one.
 *
 *   SIGINT, SIGTERM, SIGQUIT, SIGUSR2   end
 *   SIGPIPE                             end: nobody reads the output
 *   SIGHUP                              open the files again; never the end, files or none
 *   SIGUSR1                             a table of statistics now
 */
#include <signal.h>
#include <time.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "l2fwd.h"

/* Those that end the program in order. */
static const int endings[] = {SIGINT, SIGTERM, SIGQUIT, SIGUSR2};
static sigset_t taken;

static void
add_endings(sigset_t *set)
{
	for (unsigned int i = 0; i < RTE_DIM(endings); i++)
		sigaddset(set, endings[i]);
}

/* Who is started by nohup has SIGHUP ignored; blocked, it is taken all the same. */
void
l2fwd_signals_block(void)
{
	sigemptyset(&taken);
	add_endings(&taken);
	sigaddset(&taken, SIGPIPE);
	sigaddset(&taken, SIGUSR1);
	sigaddset(&taken, SIGHUP);
	sigprocmask(SIG_BLOCK, &taken, NULL);
}

int
l2fwd_signal_pending(void)
{
	const struct timespec none = {0};
	sigset_t set;
	int sig;

	sigemptyset(&set);
	add_endings(&set);
	sig = sigtimedwait(&set, NULL, &none);
	return sig > 0 ? sig : 0;
}

int
l2fwd_tick(struct l2fwd_wants *wants)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * L2FWD_TICK_MS / 1000;
	sigset_t wait = taken;
	int sig = 0;

	while (sig == 0) {
		uint64_t now = rte_get_timer_cycles(), left = now < end ? end - now : 0;
		const struct timespec timeout = {
		    .tv_nsec = (long)(left * 1000000000 / rte_get_timer_hz())};
		int came = sigtimedwait(&wait, NULL, &timeout);

		if (came == SIGUSR1)
			wants->table = true;
		else if (came == SIGHUP)
			wants->files = true;
		else if (came > 0)
			sig = came;
		else if (left == 0 || rte_get_timer_cycles() >= end)
			break;
		if (came > 0)
			sigdelset(&wait, came); /* once a round */
	}
	lwkt_poll();
	return sig;
}
