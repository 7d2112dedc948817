/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One allocation fails: a library that l2fwd_alloc.sh preloads into lwkt-l2fwd. It counts what our
 * code asks memory and threads of, from anywhere, and lets the call LWKT_FAIL_AT fail. At the end it
 * writes how many there were, and the name of what failed, to LWKT_FAIL_LOG.
 *
 * Our code: the program, its libraries, and those that read and write files for it. What EAL and
 * drivers do without memory is theirs.
 */
#include <dlfcn.h>
#include <errno.h>
#include <numa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_ip_frag.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_reorder.h>

static atomic_ulong calls;
static unsigned long fail_at;
static const char *failed = "nothing";

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);

/* Is the code there ours? */
static int
is_ours(const void *code)
{
	static const char *const modules[] = {"lwkt", "yaml", "jansson"};
	const char *name;
	Dl_info info;

	if (dladdr(code, &info) == 0 || info.dli_fname == NULL)
		return 0;
	name = strrchr(info.dli_fname, '/');
	name = name != NULL ? name + 1 : info.dli_fname;
	for (unsigned int i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (strstr(name, modules[i]) != NULL && strstr(name, "fail_alloc") == NULL)
			return 1;
	return 0;
}

/* dladdr() takes no memory; but what it calls must not come here again. */
static __thread int inside;

static int
must_fail(const void *caller, const char *what)
{
	int fails = 0;

	if (inside)
		return 0;
	inside = 1;
	if (is_ours(caller) && atomic_fetch_add(&calls, 1) + 1 == fail_at) {
		failed = what;
		fails = 1;
	}
	inside = 0;
	return fails;
}

#define CALLER __builtin_return_address(0)

__attribute__((constructor)) static void
fail_begin(void)
{
	const char *at = getenv("LWKT_FAIL_AT");

	fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void
fail_end(void)
{
	const char *log = getenv("LWKT_FAIL_LOG");
	FILE *f = log != NULL ? fopen(log, "w") : NULL;

	if (f == NULL)
		return;
	fprintf(f, "%lu %s\n", atomic_load(&calls), failed);
	fclose(f);
}

void *
malloc(size_t bytes)
{
	if (!must_fail(CALLER, "malloc"))
		return __libc_malloc(bytes);
	errno = ENOMEM;
	return NULL;
}

void *
calloc(size_t n, size_t bytes)
{
	if (!must_fail(CALLER, "calloc"))
		return __libc_calloc(n, bytes);
	errno = ENOMEM;
	return NULL;
}

void *
realloc(void *old, size_t bytes)
{
	if (!must_fail(CALLER, "realloc"))
		return __libc_realloc(old, bytes);
	errno = ENOMEM;
	return NULL;
}

char *
strdup(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = must_fail(CALLER, "strdup") ? NULL : __libc_malloc(bytes);

	if (copy == NULL)
		errno = ENOMEM;
	return copy != NULL ? memcpy(copy, text, bytes) : NULL;
}

/* NAME(...): fail with the value and errno that its users expect, or call the real one. */
#define FAILS(type, name, value, set_errno, params, args)                     \
	type name params                                                      \
	{                                                                     \
		static type(*real) params;                                    \
                                                                              \
		if (must_fail(CALLER, #name)) {                               \
			set_errno;                                            \
			return value;                                         \
		}                                                             \
		if (real == NULL)                                             \
			*(void **)(uintptr_t)&real = dlsym(RTLD_NEXT, #name); \
		return real args;                                             \
	}

typedef void *pointer;
typedef struct rte_mempool *pool;
typedef struct rte_reorder_buffer *reorder;
typedef struct rte_hash *hash;
typedef struct rte_ip_frag_tbl *fragments;
typedef FILE *file;
typedef void *(*thread_function)(void *);

FAILS(pointer, rte_zmalloc, NULL, rte_errno = ENOMEM,
    (const char *type, size_t bytes, unsigned int align), (type, bytes, align))
FAILS(pointer, rte_zmalloc_socket, NULL, rte_errno = ENOMEM,
    (const char *type, size_t bytes, unsigned int align, int node), (type, bytes, align, node))
FAILS(pointer, rte_malloc, NULL, rte_errno = ENOMEM,
    (const char *type, size_t bytes, unsigned int align), (type, bytes, align))
FAILS(pointer, rte_calloc, NULL, rte_errno = ENOMEM,
    (const char *type, size_t n, size_t bytes, unsigned int align), (type, n, bytes, align))
FAILS(pointer, rte_malloc_socket, NULL, rte_errno = ENOMEM,
    (const char *type, size_t bytes, unsigned int align, int node), (type, bytes, align, node))
FAILS(pointer, aligned_alloc, NULL, errno = ENOMEM, (size_t align, size_t bytes), (align, bytes))
FAILS(pointer, mmap64, MAP_FAILED, errno = ENOMEM,
    (void *at, size_t bytes, int prot, int flags, int fd, off64_t offset),
    (at, bytes, prot, flags, fd, offset))
FAILS(pointer, numa_alloc_onnode, NULL, errno = ENOMEM, (size_t bytes, int node), (bytes, node))
FAILS(pointer, numa_alloc_local, NULL, errno = ENOMEM, (size_t bytes), (bytes))
FAILS(pool, rte_pktmbuf_pool_create_by_ops, NULL, rte_errno = ENOMEM,
    (const char *name, unsigned int n, unsigned int cache, uint16_t priv, uint16_t room, int node,
        const char *ops),
    (name, n, cache, priv, room, node, ops))
FAILS(reorder, rte_reorder_create, NULL, rte_errno = ENOMEM,
    (const char *name, unsigned int node, unsigned int size), (name, node, size))
FAILS(hash, rte_hash_create, NULL, rte_errno = ENOMEM, (const struct rte_hash_parameters *params),
    (params))
FAILS(fragments, rte_ip_frag_table_create, NULL, rte_errno = ENOMEM,
    (uint32_t buckets, uint32_t entries, uint32_t most, uint64_t cycles, int node),
    (buckets, entries, most, cycles, node))
FAILS(int, pthread_create, EAGAIN, (void)0,
    (pthread_t * thread, const pthread_attr_t *attr, thread_function fn, void *arg),
    (thread, attr, fn, arg))
FAILS(file, open_memstream, NULL, errno = ENOMEM, (char **text, size_t *bytes), (text, bytes))
FAILS(int, eventfd, -1, errno = EMFILE, (unsigned int value, int flags), (value, flags))
FAILS(int, epoll_create1, -1, errno = EMFILE, (int flags), (flags))
FAILS(
    int, signalfd, -1, errno = EMFILE, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
FAILS(file, fopencookie, NULL, errno = ENOMEM,
    (void *cookie, const char *mode, cookie_io_functions_t functions), (cookie, mode, functions))
