/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals. They are blocked before EAL makes its threads, so in all of them, and the main lcore
 * takes them in its rounds: no handler, no interrupted worker. A round handles each signal once,
 * however often it came, so a storm of them costs no more than one.
 *
 *   SIGINT, SIGTERM   end
 *   SIGPIPE           end: nobody reads the output
 *   SIGHUP            open the files again, or end (l2fwd_signals_files())
 *   SIGUSR1           a table of statistics now
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "l2fwd.h"

static sigset_t taken;
static bool hup_opens;

void
l2fwd_signals_block(void)
{
	struct sigaction hup;

	sigemptyset(&taken);
	sigaddset(&taken, SIGINT);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGPIPE);
	sigaddset(&taken, SIGUSR1);
	if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler != SIG_IGN) /* else: nohup */
		sigaddset(&taken, SIGHUP);
	sigprocmask(SIG_BLOCK, &taken, NULL);
}

/* On a terminal SIGHUP says that it has gone; else somebody has moved the files away. */
void
l2fwd_signals_files(const struct l2fwd_args *args)
{
	if ((args->stats_json == NULL && args->log == NULL) || isatty(STDOUT_FILENO))
		return;
	hup_opens = true;
	sigaddset(&taken, SIGHUP);
	sigprocmask(SIG_BLOCK, &taken, NULL);
	signal(SIGHUP, SIG_DFL);
}

int
l2fwd_signal_pending(void)
{
	const struct timespec none = {0};
	sigset_t endings;
	int sig;

	sigemptyset(&endings);
	sigaddset(&endings, SIGINT);
	sigaddset(&endings, SIGTERM);
	sig = sigtimedwait(&endings, NULL, &none);
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
		else if (came == SIGHUP && hup_opens)
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
