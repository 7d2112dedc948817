/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals. Those that end the program are taken by a thread (ending.h), which sees to it that they
 * do. The others are blocked before EAL makes its threads, so in all of them, and the main lcore
 * takes them in its rounds: no handler, no interrupted worker. A round handles each signal once,
 * however often it came, so a storm of them costs no more than one. Who asks by the control socket
 * or for metrics is answered while it waits.
 *
 *   SIGINT, SIGTERM, SIGQUIT, SIGUSR2   end
 *   SIGPIPE                             end: nobody reads the output
 *   SIGHUP                              open the files again; never the end, files or none
 *   SIGUSR1                             a table of statistics now
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
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
static int came = -1;  /* becomes readable when one of them has come */

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
	came = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	rc = came < 0 ? -errno : ending_begin(&ending);
	if (rc == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_ENV,
	    "signals: no thread for them (%s); allow more threads (ulimit -u) or memory",
	    strerror(-rc));
}

/* Those that have come and that this round has not had. @return one that is to end it, or 0. */
static int
take_signals(sigset_t *wait, struct l2fwd_wants *wants)
{
	const struct timespec now = {0};
	int sig;

	while ((sig = sigtimedwait(wait, NULL, &now)) > 0) {
		sigdelset(wait, sig); /* once a round */
		if (sig == SIGUSR1)
			wants->table = true;
		else if (sig == SIGHUP)
			wants->files = true;
		else
			return sig;
	}
	return 0;
}

int
l2fwd_tick(struct l2fwd_wants *wants)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * L2FWD_TICK_MS / 1000;
	sigset_t wait = taken;
	int sig = ending_asked();
	bool had = false; /* signals; another one of these is for the next round */

	while (sig == 0) {
		uint64_t now = rte_get_timer_cycles(), left = now < end ? end - now : 0;
		const struct timespec timeout = {
		    .tv_nsec = (long)(left * 1000000000 / rte_get_timer_hz())};
		struct pollfd fds[2 + L2FWD_CONTROL_FDS] = {
		    {.fd = had ? -1 : came, .events = POLLIN},
		    {.fd = l2fwd_metrics_fd(), .events = POLLIN}};
		unsigned int n = 2 + l2fwd_control_fds(fds + 2);

		ppoll(fds, n, &timeout, NULL);
		if (fds[0].revents != 0) {
			sig = take_signals(&wait, wants);
			had = true;
		}
		l2fwd_control_serve();
		l2fwd_metrics_serve();
		if (left == 0 || rte_get_timer_cycles() >= end || ending_asked() != 0)
			break;
	}
	lwkt_poll();
	return sig != 0 ? sig : ending_asked();
}
