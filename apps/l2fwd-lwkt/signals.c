/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals. Those that end the program are taken by a thread (ending.h), which sees to it that they
 * do. The others are blocked before EAL makes its threads, so in all of them, and the main lcore
 * takes them in its rounds: no handler, no interrupted worker. A round handles each signal once,
 * however often it came, so a storm of them costs no more than one.
 *
 *   SIGINT, SIGTERM, SIGQUIT, SIGUSR2   end
 *   SIGPIPE                             end: nobody reads the output
 *   SIGHUP                              open the files again; never the end, files or none
 *   SIGUSR1                             a table of statistics now
 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include <lwkt_cpu.h>

#include "ending.h"
#include "l2fwd.h"

static const struct ending ending = {
    .en_program = "lwkt-l2fwd",
    .en_signals = {SIGINT, SIGTERM, SIGQUIT, SIGUSR2},
    .en_known = l2fwd_account_known,
    .en_clean = l2fwd_eal_leave,
};
static sigset_t taken; /* by the main lcore */

/* Who is started by nohup has SIGHUP ignored; blocked, it is taken all the same. */
int
l2fwd_signals_begin(struct l2fwd_err *err)
{
	int rc;

	sigemptyset(&taken);
	sigaddset(&taken, SIGPIPE);
	sigaddset(&taken, SIGUSR1);
	sigaddset(&taken, SIGHUP);
	sigprocmask(SIG_BLOCK, &taken, NULL);
	rc = ending_begin(&ending);
	if (rc == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_ENV,
	    "signals: no thread for them (%s); allow more threads (ulimit -u) or memory",
	    strerror(-rc));
}

int
l2fwd_tick(struct l2fwd_wants *wants)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * L2FWD_TICK_MS / 1000;
	sigset_t wait = taken;
	int sig = ending_asked();

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
	return sig != 0 ? sig : ending_asked();
}
