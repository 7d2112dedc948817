/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that wait, and the two places where the libraries do: wrapped by the linker.
 */
#include <errno.h>
#include <ucontext.h>

#include "sim.h"

#if defined(SIM_ASAN)
#include <sanitizer/common_interface_defs.h>
#elif defined(SIM_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#define STACK_BYTES (128 * 1024)

struct fiber {
	ucontext_t context;
	void (*body)(int who);
	struct wait wait;
	bool made, blocked, asleep;
	int *word; /* asleep on */
	bool interruptible;
	void *fake, *tsan;
	alignas(64) char stack[STACK_BYTES];
};

uint64_t abandoned;
static struct fiber fibers[MD_ACTORS];
static ucontext_t scheduler;
static int running = MD_NONE; /* whose fiber, MD_NONE: the scheduler's stack */
static const void *scheduler_stack;
static size_t scheduler_bytes;
static void *scheduler_fake, *scheduler_tsan;

/* Both directions, with what the sanitizers want to know. */
static void
switch_to(struct fiber *to)
{
#if defined(SIM_ASAN)
	__sanitizer_start_switch_fiber(&scheduler_fake, to->stack, STACK_BYTES);
#elif defined(SIM_TSAN)
	scheduler_tsan = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(to->tsan, 0);
#endif
	swapcontext(&scheduler, &to->context);
#if defined(SIM_ASAN)
	__sanitizer_finish_switch_fiber(scheduler_fake, NULL, NULL);
#endif
}

static void
arrived_on_fiber(void)
{
#if defined(SIM_ASAN)
	__sanitizer_finish_switch_fiber(
	    running != MD_NONE ? fibers[running].fake : NULL, &scheduler_stack, &scheduler_bytes);
#endif
}

static void
switch_back(struct fiber *from)
{
#if defined(SIM_ASAN)
	__sanitizer_start_switch_fiber(&from->fake, scheduler_stack, scheduler_bytes);
#elif defined(SIM_TSAN)
	__tsan_switch_to_fiber(scheduler_tsan, 0);
#endif
	running = MD_NONE;
	swapcontext(&from->context, &scheduler);
	arrived_on_fiber();
}

static void
fiber_main(void)
{
	arrived_on_fiber();
	for (;;) {
		int who = running;

		fibers[who].body(who);
		fibers[who].blocked = false;
		fibers[who].wait.kind = W_NOTHING;
		switch_back(&fibers[who]);
	}
}

static void
enter(int who)
{
	be(who);
	running = who;
	switch_to(&fibers[who]);
	(void)scheduler_fake;
	(void)scheduler_tsan;
	(void)scheduler_stack;
	(void)scheduler_bytes;
}

void
fiber_start(int who, void (*body)(int who))
{
	struct fiber *f = &fibers[who];

	if (!f->made) {
		getcontext(&f->context);
		f->context.uc_stack.ss_sp = f->stack;
		f->context.uc_stack.ss_size = STACK_BYTES;
		f->context.uc_link = NULL;
		makecontext(&f->context, fiber_main, 0);
#if defined(SIM_TSAN)
		f->tsan = __tsan_create_fiber(0);
#endif
		f->made = true;
	}
	f->body = body;
	f->blocked = true;
	enter(who);
}

void
fiber_resume(int who)
{
	enter(who);
}

bool
fiber_blocked(int who)
{
	return fibers[who].blocked;
}

bool
fiber_runnable(int who)
{
	return fibers[who].blocked && !fibers[who].asleep;
}

struct wait *
fiber_wait(int who)
{
	return &fibers[who].wait;
}

void
fiber_interrupted(int who)
{
	if (fibers[who].asleep && fibers[who].interruptible)
		fibers[who].asleep = false;
}

unsigned int
fibers_blocked(void)
{
	unsigned int n = 0;

	for (int i = 0; i < MD_ACTORS; i++)
		n += fibers[i].blocked;
	return n;
}

/*
 * The two places
 */

/* According to the model, may the call not go on yet? */
static bool
must_wait(const struct wait *w, int who)
{
	const struct model_port *p = w->port != MD_NONE ? &md.port[w->port] : NULL;

	if (w->serialized && md.holder != MD_NONE && md.holder != who)
		return true;
	switch (w->kind) {
	case W_PORT:
		return p->normal.n + p->prio.n == 0 && !(w->interruptible && md.interrupted[who]);
	case W_MSG:
	case W_SYNC:
		return !(md.msg[w->msg].flags & MSGF_DONE);
	case W_ROOM:
		return md.pair[who][w->cpu].calls_sent - md.pair[who][w->cpu].calls_done >=
		       MD_CALLS;
	case W_CALL:
		return md.pair[who][w->cpu].calls_done < w->seq;
	case W_SLOT_ROOM:
		return !md_slot_has_room(&md, who, w->cpu);
	case W_SLOT:
		return !md_slot_answered(&md, who, w->cpu, w->seq);
	case W_BURST:
		return md_slot_burst_waits(&md, who, w->burst);
	case W_FOLLOW:
		return !md.follow[who].done || w->again;
	default:
		return false;
	}
}

bool
fibers_abandon(void)
{
	for (int i = 0; i < MD_ACTORS; i++) {
		struct fiber *f = &fibers[i];

		if (f->blocked && !must_wait(&f->wait, i))
			return false;
		if (f->blocked)
			f->made = f->blocked = f->asleep = false;
		f->wait.kind = W_NOTHING;
	}
	abandoned++;
	return true;
}

/*
 * The real call is about to wait: the model draws level with it, and both must agree that it must.
 */
static void
about_to_wait(struct wait *w, int who)
{
	bool outside = w->serialized && md.holder != who; /* has let go of the serializer */
	bool looks = w->kind == W_SYNC || (w->kind == W_MSG && !outside);

	if (looks && w->interruptible && md.interrupted[who] &&
	    !(md.msg[w->msg].flags & MSGF_DONE)) { /* B53: taken, and nothing to abort */
		md.interrupted[who] = false;
		w->interruptible = false;
		if (md_aborts(&md, w->msg))
			fail("an interrupted wait did not abort message %d", w->msg);
	}
	if (w->kind == W_BURST)
		md_slot_burst(&md, who, w->burst);
	md_flush(&md, who); /* I70 */
	if (w->kind == W_FOLLOW && md.follow[who].done && md.follow[who].error == EAGAIN) {
		if (!md_is_cpu(who))
			while (md.follow[who].done && md.follow[who].error == EAGAIN)
				md_visit(&md, who, who);
		else
			w->again = true;
	}
	if (!must_wait(w, who))
		fail("actor %d waits and need not (wait %d, port %d, message %d)", who, w->kind,
		    w->port, w->msg);
	if (w->kind == W_PORT && !outside)
		md_waited(&md, w->port); /* it has looked and found nothing */
	if (w->serialized && md.holder == who)
		md.holder = MD_NONE;
	compare();
}

static void
has_waited(struct wait *w, int who)
{
	if (w->again) {
		w->again = false;
		md_visit(&md, who, who);
	}
	if (w->serialized && md.holder == MD_NONE &&
	    (w->kind != W_SYNC || (md.msg[w->msg].flags & MSGF_DONE)))
		md.holder = who;
}

unsigned int __real_lwkt_poll(void);
unsigned int __wrap_lwkt_poll(void);
void __wrap_lwkt_futex_wait(int *word, int value, bool interruptible);
void __wrap_lwkt_futex_wake(int *word);

unsigned int
__wrap_lwkt_poll(void)
{
	int who = running;
	unsigned int n, want;

	if (!md_is_cpu(who))
		return __real_lwkt_poll();
	about_to_wait(&fibers[who].wait, who);
	switch_back(&fibers[who]);
	want = md_poll(&md, who);
	n = __real_lwkt_poll();
	if (n != want)
		fail("a waiting poll handled %u items, not %u", n, want);
	compare();
	has_waited(&fibers[who].wait, who);
	return n;
}

/*
 * The kernel: compares, and sleeps until woken. Never on its own accord, so a lost wakeup shows.
 * Before it compares, the caller may be preempted for as long as it pleases the generator.
 */
void
__wrap_lwkt_futex_wait(int *word, int value, bool interruptible)
{
	int who = running;
	struct fiber *f = &fibers[who];

	if (who == MD_NONE)
		fail("a sleep where nothing is to be waited for");
	about_to_wait(&f->wait, who);
	if (chance(50))
		switch_back(f);
	f->asleep = *word == value && !(interruptible && md.interrupted[who]);
	f->word = word;
	f->interruptible = interruptible;
	if (f->asleep)
		switch_back(f);
	has_waited(&f->wait, who);
}

/* In one thread a change and its wakeup are one step: who sleeps now and need not does so for ever.
 */
void
fibers_check(void)
{
	for (int i = 0; i < MD_ACTORS; i++)
		if (fibers[i].asleep && !must_wait(&fibers[i].wait, i))
			fail("actor %d sleeps and need not (wait %d, port %d, message %d)", i,
			    fibers[i].wait.kind, fibers[i].wait.port, fibers[i].wait.msg);
}

void
__wrap_lwkt_futex_wake(int *word)
{
	for (int i = 0; i < MD_ACTORS; i++)
		if (fibers[i].asleep && fibers[i].word == word)
			fibers[i].asleep = false;
}
