/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench thread: LWKT threads beside other ways to have many of something that waits.
 *
 * The rows are tests as those of 'msg': a round has our side and the rival's, and a message stands
 * for whatever is counted. Both sides run on the main lcore; its CPU is the only one that a pthread
 * made there may use. While our threads run the CPU's own context has the lowest priority, so that
 * it takes no turn among them.
 *
 * YIELD. A switch between two threads, scheduler included. jump_fcontext() and swapcontext() only
 * exchange stacks; two pthreads pass a futex back and forth.
 *
 * CREATE. Make a thread, run it to its end on a stack that was used before.
 *
 * CALL. One thread calls a thread of the other CPU; beside that, two CPUs' own contexts that poll.
 * calls-1024: so many threads of one CPU call the other one in a loop, beside one context that has
 * as many requests in flight ('async' of 'msg'). Here the rival is written by hand, in LWKT too.
 *
 * WAKEUP. A message to a waiting thread, until it has answered and waits again. Ten take turns, of
 * 100,000 that wait on this CPU; beside ten that are all that wait, on the other CPU.
 *
 * CALLOUT. Armed and stopped again; callout-1M: while a million others are armed.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_timer.h>

#include <lwkt_callout.h>
#include <lwkt_cpu.h>
#include <lwkt_thread.h>

#include "bench.h"
#include "msg_loops.h"
#include "pair.h"

#define CALLERS     1024
#define WAITERS     100000
#define WAITERS_FEW 10
#define TIMERS      1000000
#define STACK_BYTES 65536
#define FAR_NS      UINT64_C(3600000000000)

static unsigned int alive;   /* threads of this row that have not ended */
static uint64_t begun, done; /* TSC; operations */
static char *raw_stack;

static inline uint64_t
thread_total(const struct msg_run *run)
{
	return run->mr_warm + run->mr_count;
}

static void
thread_value(struct msg_run *run, unsigned int per_operation)
{
	run->mr_value[0] = (double)(rte_rdtsc() - begun) / (double)run->mr_count / per_operation;
}

/* n threads run func(run), which counts itself out. */
static void
threads_run(void (*func)(void *), struct msg_run *run, unsigned int n)
{
	alive = n;
	done = 0;
	lwkt_setpri_self(0);
	for (unsigned int i = 0; i < n; i++)
		if (lwkt_create(func, run, NULL, NULL, 0, -1, "bench%u", i) != 0) {
			run->mr_client_errors++;
			alive--;
		}
	while (alive > 0)
		lwkt_yield();
	lwkt_setpri_self(LWKT_PRI_DEFAULT);
}

/* A loop of operations, the clock started behind the first ones. */
#define TIMED_LOOP(run, operation)                                \
	for (uint64_t i = 0, n = thread_total(run); i < n; i++) { \
		if (i == (run)->mr_warm)                          \
			begun = rte_rdtsc();                      \
		operation;                                        \
	}

/*
 * Switching
 */

static void
yield_thread(void *arg)
{
	struct msg_run *run = arg;

	TIMED_LOOP(run, lwkt_yield())
	if (--alive == 1)
		thread_value(run, 2);
}

static void
yield_client(void *run)
{
	threads_run(yield_thread, run, 2);
}

#if BENCH_FCONTEXT
typedef struct {
	void *context, *data;
} transfer_t;

transfer_t jump_fcontext(void *to, void *data);
void *make_fcontext(void *top, size_t bytes, void (*fn)(transfer_t));

static void
fcontext_other(transfer_t from)
{
	for (;;)
		from = jump_fcontext(from.context, NULL);
}

static void
fcontext_client(void *run)
{
	transfer_t other = {
	    make_fcontext(raw_stack + STACK_BYTES, STACK_BYTES, fcontext_other), NULL};

	TIMED_LOOP((struct msg_run *)run, other = jump_fcontext(other.context, NULL))
	thread_value(run, 2);
}
#else
#define fcontext_client NULL
#endif

static const char *
fcontext_prepare(struct msg_row *row)
{
	(void)row;
	return BENCH_FCONTEXT ? NULL : "built without Boost.Context, or with a sanitizer";
}

static ucontext_t here, there;

static void
swapcontext_other(void)
{
	for (;;)
		swapcontext(&there, &here);
}

static void
swapcontext_client(void *run)
{
	getcontext(&there);
	there.uc_stack.ss_sp = raw_stack;
	there.uc_stack.ss_size = STACK_BYTES;
	makecontext(&there, swapcontext_other, 0);
	TIMED_LOOP((struct msg_run *)run, swapcontext(&here, &there))
	thread_value(run, 2);
}

static int turn; /* futex: whose it is */

static void
futex_pass(int me)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != me)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
	__atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *
futex_other(void *run)
{
	for (uint64_t i = 0; i < thread_total(run); i++)
		futex_pass(1);
	return NULL;
}

static void
futex_client(void *run)
{
	pthread_t other;

	if (pthread_create(&other, NULL, futex_other, run) != 0) {
		((struct msg_run *)run)->mr_client_errors++;
		return;
	}
	TIMED_LOOP((struct msg_run *)run, futex_pass(0))
	thread_value(run, 2);
	pthread_join(other, NULL);
}

/*
 * Life
 */

static void
create_thread(void *arg)
{
	(void)arg;
	done++;
}

static void *
create_pthread(void *arg)
{
	create_thread(arg);
	return NULL;
}

static void
create_client(void *arg)
{
	struct msg_run *run = arg;

	done = 0;
	TIMED_LOOP(run, lwkt_create(create_thread, NULL, NULL, NULL, 0, -1, "bench"); lwkt_yield())
	thread_value(run, 1);
	run->mr_client_errors += done != thread_total(run);
}

static void
create_raw_client(void *arg)
{
	struct msg_run *run = arg;
	pthread_t td;

	done = 0;
	TIMED_LOOP(
	    run, if (pthread_create(&td, NULL, create_pthread, NULL) == 0) pthread_join(td, NULL))
	thread_value(run, 1);
	run->mr_client_errors += done != thread_total(run);
}

/*
 * Calling
 */

static void
caller_thread(void *arg)
{
	struct msg_run *run = arg;
	struct lwkt_msg msg;
	uint64_t number;

	lwkt_initmsg(&msg, lwkt_thread_port(lwkt_curthread()), 0);
	while ((number = done) < thread_total(run)) {
		if (done++ == run->mr_warm)
			begun = rte_rdtsc();
		app_request(&msg, number);
		lwkt_domsg(run->mr_server_port, &msg, 0);
		app_check(&run->mr_client_errors, app_answered(&msg, number));
	}
	if (--alive == 0)
		thread_value(run, 1);
}

static void
call_client(void *run)
{
	threads_run(caller_thread, run, 1);
}

static void
calls_client(void *run)
{
	threads_run(caller_thread, run, CALLERS);
}

static unsigned int served; /* the server's CPU: its thread has ended */

/* It has the port of its CPU's own context meanwhile. */
static void
call_server_thread(void *arg)
{
	struct msg_run *run = arg;

	for (uint64_t i = 0; i < thread_total(run); i++) {
		lwkt_msg_t msg = lwkt_waitport(run->mr_server_port, 0);

		app_check(&run->mr_server_errors, app_serve(msg, i));
		lwkt_replymsg(msg, 0);
	}
	lwkt_port_setowner(run->mr_server_port, lwkt_cpu_thread(lwkt_mycpuid()));
	served = 1;
}

static void
call_server(void *arg)
{
	struct msg_run *run = arg;
	struct lwkt_thread *td;

	served = lwkt_create(call_server_thread, run, &td, NULL, TDF_NOSTART, -1, "server") != 0;
	run->mr_server_errors += served;
	if (served)
		return;
	lwkt_port_setowner(run->mr_server_port, td);
	lwkt_schedule(td);
	lwkt_rele(td);
	while (!served)
		lwkt_yield();
	lwkt_flush();
}

static void
domsg_client(void *run)
{
	msg_domsg.mt_side[OURS].si_client(run);
}

static void
domsg_server(void *run)
{
	msg_domsg.mt_side[OURS].si_server(run);
}

/*
 * Waiting
 */

static struct lwkt_thread *few[SIDES][WAITERS_FEW];
static unsigned int waiters;
static double resident_kib;

static void
waiter_thread(void *arg)
{
	lwkt_port_t port = lwkt_thread_port(lwkt_curthread());

	(void)arg;
	for (;;) {
		lwkt_msg_t msg = lwkt_waitport(port, 0);

		app_serve(msg, 0);
		lwkt_replymsg(msg, 0);
	}
}

static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long all = 0, pages = 0;

	if (f != NULL && fscanf(f, "%lu %lu", &all, &pages) != 2)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static const char *
wakeup_prepare(struct msg_row *row)
{
	unsigned int i, failed = 0, n = msg_opts.mo_quick ? 1000 : WAITERS;
	double before = resident();

	(void)row;
	for (i = 0; i < n; i++)
		failed |= (unsigned int)lwkt_create(waiter_thread, NULL,
		    i < WAITERS_FEW ? &few[OURS][i] : NULL, NULL, 0, -1, "waiter%u", i);
	for (i = 0; i < WAITERS_FEW; i++)
		failed |= (unsigned int)lwkt_create(
		    waiter_thread, NULL, &few[RIVAL][i], NULL, 0, (int)pair_worker(), "few%u", i);
	lwkt_yield(); /* behind all of them */
	waiters = n;
	resident_kib = (resident() - before) / n;
	return failed == 0 ? NULL : "no memory for its threads";
}

static void
wakeup_report(json_t *row)
{
	json_object_update_new(
	    row, json_pack("{s:i, s:f}", "threads", (int)waiters, "resident_kib", resident_kib));
}

static void
wakeup_side(struct msg_run *run, enum side side)
{
	uint64_t total = thread_total(run), start = 0;

	for (uint64_t i = 0; i < total; i++) {
		lwkt_msg_t msg = run->mr_msg[i % run->mr_set];

		if (i == run->mr_warm)
			start = rte_rdtsc();
		app_request(msg, 0);
		lwkt_sendmsg(lwkt_thread_port(few[side][i % WAITERS_FEW]), msg);
		do /* at first those of the other CPU have not run yet */
			lwkt_yield();
		while (!lwkt_checkmsg(msg));
		app_check(&run->mr_client_errors, app_answered(msg, 0));
	}
	run->mr_value[0] = (double)(rte_rdtsc() - start) / (double)run->mr_count;
}

static void
wakeup_client(void *run)
{
	wakeup_side(run, OURS);
}

static void
wakeup_nothing(void *run)
{
	(void)run;
}

static void
wakeup_few_server(void *run)
{
	wakeup_side(run, RIVAL);
}

/*
 * Timers
 */

static struct lwkt_callout *callouts, callout;
static struct rte_timer *timers, timer;
static unsigned int ntimers;

static void
callout_fn(void *arg)
{
	(void)arg;
}

static void
timer_fn(struct rte_timer *tim, void *arg)
{
	(void)tim;
	callout_fn(arg);
}

/* When the i-th is due: spread over an hour. */
static uint64_t
due_ns(uint64_t i)
{
	return FAR_NS + i * 2654435761 % FAR_NS;
}

static void
timer_arm(struct rte_timer *tim, uint64_t i)
{
	rte_timer_reset(tim, due_ns(i) / 1000000 * rte_get_timer_hz() / 1000, SINGLE,
	    rte_lcore_id(), timer_fn, NULL);
}

static const char *
timer_prepare(struct msg_row *row)
{
	(void)row;
	rte_timer_subsystem_init();
	rte_timer_init(&timer);
	lwkt_callout_init(&callout);
	return NULL;
}

static const char *
timers_prepare(struct msg_row *row)
{
	timer_prepare(row);
	ntimers = msg_opts.mo_quick ? 1000 : TIMERS;
	callouts = calloc(ntimers, sizeof(*callouts));
	timers = calloc(ntimers, sizeof(*timers));
	for (unsigned int i = 0; timers != NULL && i < ntimers; i++)
		rte_timer_init(&timers[i]);
	return callouts != NULL && timers != NULL ? NULL : "no memory for its timers";
}

static void
timers_finish(void)
{
	free(callouts);
	free(timers);
}

static void
callout_client(void *run)
{
	TIMED_LOOP((struct msg_run *)run, lwkt_callout_reset(&callout, due_ns(i), callout_fn, NULL);
	           lwkt_callout_stop(&callout))
	thread_value(run, 1);
}

static void
timer_client(void *run)
{
	TIMED_LOOP((struct msg_run *)run, timer_arm(&timer, i); rte_timer_stop(&timer))
	thread_value(run, 1);
}

static void
callouts_client(void *run)
{
	for (unsigned int i = 0; i < ntimers; i++) {
		lwkt_callout_init(&callouts[i]);
		lwkt_callout_reset(&callouts[i], due_ns(i), callout_fn, NULL);
	}
	callout_client(run);
	for (unsigned int i = 0; i < ntimers; i++)
		lwkt_callout_stop(&callouts[i]);
}

/* They stay armed: to arm a million takes a second. */
static void
timers_client(void *run)
{
	for (unsigned int i = 0; i < ntimers && !rte_timer_pending(&timers[i]); i++)
		timer_arm(&timers[i], i);
	timer_client(run);
}

/*
 * The rows
 */

#define THREAD_TEST_N(name, what, rival, burst, in_flight, ...)                                    \
	&(const struct msg_test)                                                                   \
	{                                                                                          \
		.mt_name = name, .mt_what = what, .mt_rival = rival, .mt_metrics = msg_one_metric, \
		.mt_burst = burst, .mt_in_flight = in_flight, __VA_ARGS__                          \
	}
#define THREAD_TEST(name, what, rival, ...) THREAD_TEST_N(name, what, rival, 1, WINDOW, __VA_ARGS__)

static const struct msg_test *const tests[] = {
    THREAD_TEST("yield", "a switch by lwkt_yield()", "jump_fcontext",
        .mt_prepare = fcontext_prepare, .mt_side = {{yield_client}, {fcontext_client}}),
    THREAD_TEST("yield-swapcontext", "a switch by lwkt_yield()", "swapcontext",
        .mt_prepare = fcontext_prepare, .mt_side = {{yield_client}, {swapcontext_client}}),
    THREAD_TEST("yield-futex", "a switch by lwkt_yield()", "pthreads, futex",
        .mt_side = {{yield_client}, {futex_client}}),
    THREAD_TEST("create", "a thread made, run and ended", "pthread_create, join",
        .mt_side = {{create_client}, {create_raw_client}}),
    THREAD_TEST("call", "a call from thread to thread of another CPU", "domsg, no threads",
        .mt_reply_queued = true,
        .mt_side = {{call_client, call_server}, {domsg_client, domsg_server}}),
    THREAD_TEST_N("calls-1024", "1,024 threads that call another CPU", "async, no threads", 32,
        IN_FLIGHT_MAX, .mt_reply_queued = true,
        .mt_side = {{calls_client, msg_async_server}, {msg_async_client, msg_async_server}}),
    THREAD_TEST("wakeup", "a waiting thread of 100,000 answers", "of 10",
        .mt_prepare = wakeup_prepare, .mt_report = wakeup_report,
        .mt_side = {{wakeup_client}, {wakeup_nothing, wakeup_few_server}}),
    THREAD_TEST("callout", "a callout armed and stopped", "rte_timer", .mt_prepare = timer_prepare,
        .mt_side = {{callout_client}, {timer_client}}),
    THREAD_TEST("callout-1M", "the same, a million others armed", "rte_timer",
        .mt_prepare = timers_prepare, .mt_finish = timers_finish,
        .mt_side = {{callouts_client}, {timers_client}}),
    NULL,
};

static const char *const test_words[] = {"yield", "yield-swapcontext", "yield-futex", "create",
    "call", "calls-1024", "wakeup", "callout", "callout-1M", NULL};
static_assert(RTE_DIM(test_words) == RTE_DIM(tests), "a word for each test");

static const struct opt options[] = {
    {"only", "NAMES",
        "yield,yield-swapcontext,yield-futex,create,call,calls-1024,\n"
        "wakeup,callout,callout-1M; default all",
        OPT_WORDS, &msg_opts.mo_only, .op_words = test_words},
    MSG_OPTIONS,
    OPTION_END,
};

static int
thread_run(void)
{
	int rc;

	raw_stack = aligned_alloc(64, STACK_BYTES);
	rc = raw_stack != NULL ? msg_run_tests(&bench_thread, tests, NULL)
	                       : bench_cannot_start(&bench_thread, -ENOMEM);
	free(raw_stack);
	return rc;
}

const struct bench_cmd bench_thread = {
    .bc_name = "thread",
    .bc_summary = "threads and callouts, beside contexts, pthreads, rte_timer",
    .bc_lcores = 2,
    .bc_options = options,
    .bc_json = &msg_opts.mo_json,
    .bc_run = thread_run,
};
