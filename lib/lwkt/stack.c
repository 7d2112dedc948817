/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of threads: slabs of structures and stacks on a CPU's node.
 *
 *      slab: │ 64 structures │ guard │ stack │ guard │ stack │ ...
 *
 * A slab is one mapping without reserve; memory is taken as it is touched. A guard page that is
 * made by mprotect(2) splits the mapping, and the kernel allows 65,530 of them (vm.max_map_count):
 * some 32,000 threads. MADV_GUARD_INSTALL (Linux 6.13) makes guards without splitting, so that is
 * tried first. Where it is missing, stacks beyond what mappings allow have none, which is logged.
 *
 * Who runs into a guard gets SIGSEGV. A handler on a stack of its own says whose stack it was.
 */
#include <errno.h>
#include <numa.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "cpu_pvt.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end)
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define SLAB_THREADS    64
#define GUARDS_MAX      15000 /* by mprotect, of all CPUs: half of the mappings that Linux allows */
#define SIGSTACK_BYTES  65536
#define STACK_BYTES_MAX ((size_t)1 << 30)

struct slab {
	struct slab *sl_next;
	size_t sl_bytes;
	struct lwkt_thread sl_thread[SLAB_THREADS];
};

static size_t
page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
round_to_pages(size_t bytes)
{
	return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

/*
 * Guards
 */

static void
guard_page(char *page)
{
	static unsigned int guards; /* atomic, relaxed: those by mprotect */
	unsigned int n;

	if (madvise(page, page_bytes(), MADV_GUARD_INSTALL) == 0)
		return;
	n = __atomic_fetch_add(&guards, 1, __ATOMIC_RELAXED);
	if (n < GUARDS_MAX && mprotect(page, page_bytes(), PROT_NONE) == 0)
		return;
	if (n == GUARDS_MAX)
		LWKT_LOG(WARNING,
		    "lwkt_create: stacks have no guard page from here on, %u are as many as "
		    "this kernel's mappings allow; Linux 6.13 and newer have no such limit",
		    n);
}

static char *
map_on_node(const struct lwkt_cpu *cpu, size_t bytes)
{
	int socket = (int)rte_lcore_to_socket_id(cpu->gd_cpuid);
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (mem == MAP_FAILED)
		return NULL;
	if (numa_available() >= 0 && numa_max_node() > 0 && socket >= 0 &&
	    socket <= numa_max_node())
		numa_tonode_memory(mem, bytes, socket);
	return mem;
}

/*
 * The pool
 */

void
pool_init(struct pool *po)
{
	rte_spinlock_init(&po->po_lock);
	TAILQ_INIT(&po->po_all);
	TAILQ_INIT(&po->po_free);
}

/* More structures and stacks, under the lock. */
static bool
pool_grow(struct lwkt_cpu *cpu)
{
	struct pool *po = &cpu->gd_pool;
	size_t head = round_to_pages(sizeof(struct slab)), step = page_bytes() + LWKT_STACK_BYTES;
	size_t bytes = head + SLAB_THREADS * step;
	void **stacks = realloc(po->po_stack, (po->po_stacks_max + SLAB_THREADS) * sizeof(*stacks));
	struct slab *slab;
	char *mem;

	if (stacks == NULL)
		return false;
	po->po_stack = stacks;
	mem = map_on_node(cpu, bytes);
	if (mem == NULL)
		return false;
	slab = (void *)mem;
	slab->sl_next = po->po_slabs;
	slab->sl_bytes = bytes;
	po->po_slabs = slab;
	po->po_stacks_max += SLAB_THREADS;
	for (unsigned int i = SLAB_THREADS; i-- > 0;) {
		char *stack = mem + head + i * step + page_bytes();

		guard_page(stack - page_bytes());
		VALGRIND_STACK_REGISTER(stack, stack + LWKT_STACK_BYTES);
		po->po_stack[po->po_nstacks++] = stack;
		TAILQ_INSERT_HEAD(&po->po_free, &slab->sl_thread[i], td_all);
	}
	return true;
}

/* One of another size than the default. */
static char *
stack_map(const struct lwkt_cpu *cpu, size_t bytes)
{
	char *mem = map_on_node(cpu, page_bytes() + bytes);

	if (mem == NULL)
		return NULL;
	guard_page(mem);
	VALGRIND_STACK_REGISTER(mem + page_bytes(), mem + page_bytes() + bytes);
	return mem + page_bytes();
}

struct lwkt_thread *
pool_get(struct lwkt_cpu *cpu, size_t stack_bytes)
{
	struct pool *po = &cpu->gd_pool;
	struct lwkt_thread *td = NULL;
	char *stack = NULL;

	if (stack_bytes > STACK_BYTES_MAX)
		return NULL;
	stack_bytes = round_to_pages(stack_bytes);
	if (stack_bytes != LWKT_STACK_BYTES && (stack = stack_map(cpu, stack_bytes)) == NULL)
		return NULL;
	rte_spinlock_lock(&po->po_lock); /* E26 */
	if ((!TAILQ_EMPTY(&po->po_free) && (po->po_nstacks > 0 || stack != NULL)) ||
	    pool_grow(cpu)) {
		td = TAILQ_FIRST(&po->po_free);
		TAILQ_REMOVE(&po->po_free, td, td_all);
		if (stack == NULL)
			stack = po->po_stack[--po->po_nstacks];
	}
	rte_spinlock_unlock(&po->po_lock); /* E26 */
	if (td == NULL) {
		if (stack != NULL)
			munmap(stack - page_bytes(), page_bytes() + stack_bytes);
		return NULL;
	}
	memset(td, 0, sizeof(*td));
	td->td_stack = stack;
	td->td_stack_bytes = stack_bytes;
	return td;
}

void
pool_put_stack(struct lwkt_cpu *cpu, struct lwkt_thread *td)
{
	struct pool *po = &cpu->gd_pool;

	rte_spinlock_lock(&po->po_lock); /* E26 */
	TAILQ_REMOVE(&po->po_all, td, td_all);
	if (td->td_stack_bytes == LWKT_STACK_BYTES)
		po->po_stack[po->po_nstacks++] = td->td_stack;
	rte_spinlock_unlock(&po->po_lock); /* E26 */
	if (td->td_stack_bytes != LWKT_STACK_BYTES)
		munmap(td->td_stack - page_bytes(), page_bytes() + td->td_stack_bytes);
	td->td_stack = NULL;
}

void
pool_put(struct lwkt_cpu *cpu, struct lwkt_thread *td)
{
	struct pool *po = &cpu->gd_pool;

	rte_spinlock_lock(&po->po_lock); /* E26 */
	TAILQ_INSERT_HEAD(&po->po_free, td, td_all);
	rte_spinlock_unlock(&po->po_lock); /* E26 */
}

void
lwkt_hold(struct lwkt_thread *td)
{
	__atomic_fetch_add(&td->td_refs, 1, __ATOMIC_RELAXED); /* it is held, so it stays */
}

void
lwkt_rele(struct lwkt_thread *td)
{
	if (td->td_kind != LWKT_THREAD_LIGHT) {
		__atomic_fetch_sub(&td->td_refs, 1, __ATOMIC_RELAXED); /* for the note's sake */
		return;
	}
	if (__atomic_fetch_sub(&td->td_refs, 1, __ATOMIC_ACQ_REL) == 1) /* E25 */
		pool_put(cpus[td->td_home], td);
}

/* With all threads that have not ended. */
void
pool_fini(struct pool *po)
{
	struct lwkt_thread *td;
	struct slab *slab;

	TAILQ_FOREACH (td, &po->po_all, td_all)
		if (td->td_stack != NULL && td->td_stack_bytes != LWKT_STACK_BYTES)
			munmap(td->td_stack - page_bytes(), page_bytes() + td->td_stack_bytes);
	while ((slab = po->po_slabs) != NULL) {
		po->po_slabs = slab->sl_next;
		munmap(slab, slab->sl_bytes);
	}
	free(po->po_stack);
	free(po->po_sigstack);
	memset(po, 0, sizeof(*po));
}

/*
 * Overflow
 */

static struct sigaction before; /* whoever had SIGSEGV */

/* The end of the program in any case, so what is no business of ours goes to who was there. */
static void
on_segv(int sig, siginfo_t *info, void *context)
{
	const struct lwkt_thread *td = lwkt_self.se_td;
	const char *at = info->si_addr;

	if (td != NULL && td->td_kind == LWKT_THREAD_LIGHT && at < td->td_stack &&
	    at >= td->td_stack - page_bytes())
		lwkt_panic(
		    "lwkt_create: thread %s on CPU %u has overflowed its stack of %zu bytes; "
		    "give it more (lwkt_thread_template())",
		    td->td_name, td->td_cpuid, td->td_stack_bytes);
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(sig, info, context);
	else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
		before.sa_handler(sig);
	else
		signal(sig, SIG_DFL); /* and the same again */
}

static void
install_handler(void)
{
	static bool done; /* atomic, relaxed: the first one installs it */
	struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	if (!__atomic_exchange_n(&done, true, __ATOMIC_RELAXED))
		sigaction(SIGSEGV, &sa, &before);
}

void
stack_watch(struct lwkt_cpu *cpu)
{
	stack_t mine = {.ss_size = SIGSTACK_BYTES}, old;

	mine.ss_sp = malloc(SIGSTACK_BYTES);
	if (mine.ss_sp == NULL)
		return;
	cpu->gd_pool.po_sigstack = mine.ss_sp;
	if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE))
		sigaltstack(&mine, NULL);
	install_handler();
}
