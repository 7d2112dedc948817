/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One allocation fails: a library that l2fwd_alloc.sh preloads into lwkt-l2fwd. It counts what our
 * code asks memory and threads of, from anywhere, and lets the call LWKT_FAIL_AT fail. At the end it
 * writes how many there were, and the name of what failed, to LWKT_FAIL_LOG. With LWKT_FAIL_PLACES it
 * writes there the numbers of the first and of the last call of each place: a place is a chain of
 * callers.
 *
 * Our code: the program, its libraries, and those that read and write files for it. What EAL and
 * drivers do without memory is theirs.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_reorder.h>

static atomic_ulong calls;
static unsigned long fail_at;
static const char *failed = "nothing";

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);

/*
 * Places
 */

#define PLACES 8192
#define CHAIN  16 /* callers of a place; what recurses deeper is the same */

static struct place {
	unsigned long hash, first, last;
} places[PLACES];
static unsigned int nplaces;
static const char *places_log;
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;

static void
place_note(unsigned long number)
{
	void *chain[CHAIN];
	int n = backtrace(chain, CHAIN);
	unsigned long hash = 0;
	unsigned int i;

	for (int c = 0; c < n; c++)
		hash = (hash ^ (unsigned long)(uintptr_t)chain[c]) * 0x9e3779b97f4a7c15ul;
	pthread_mutex_lock(&places_lock);
	for (i = 0; i < nplaces && places[i].hash != hash; i++)
		;
	if (i == nplaces && nplaces < PLACES)
		places[nplaces++] = (struct place){.hash = hash, .first = number};
	if (i < PLACES)
		places[i].last = number;
	pthread_mutex_unlock(&places_lock);
}

static void
places_write(void)
{
	FILE *f = fopen(places_log, "w");

	if (f == NULL)
		return;
	for (unsigned int i = 0; i < nplaces; i++)
		fprintf(f, "%lu\n%lu\n", places[i].first, places[i].last);
	fclose(f);
}

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
	if (is_ours(caller)) {
		unsigned long number = atomic_fetch_add(&calls, 1) + 1;

		if (places_log != NULL)
			place_note(number);
		if (number == fail_at) {
			failed = what;
			fails = 1;
		}
	}
	inside = 0;
	return fails;
}

#define CALLER __builtin_return_address(0)

__attribute__((constructor)) static void
fail_begin(void)
{
	const char *at = getenv("LWKT_FAIL_AT");
	void *chain[CHAIN];

	inside = 1;
	backtrace(chain, CHAIN); /* the first call takes memory */
	inside = 0;
	places_log = getenv("LWKT_FAIL_PLACES");
	fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void
fail_end(void)
{
	const char *log = getenv("LWKT_FAIL_LOG");
	FILE *f = log != NULL ? fopen(log, "w") : NULL;

	if (places_log != NULL)
		places_write();
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
FAILS(pool, rte_pktmbuf_pool_create_by_ops, NULL, rte_errno = ENOMEM,
    (const char *name, unsigned int n, unsigned int cache, uint16_t priv, uint16_t room, int node,
        const char *ops),
    (name, n, cache, priv, room, node, ops))
FAILS(reorder, rte_reorder_create, NULL, rte_errno = ENOMEM,
    (const char *name, unsigned int node, unsigned int size), (name, node, size))
FAILS(hash, rte_hash_create, NULL, rte_errno = ENOMEM, (const struct rte_hash_parameters *params),
    (params))
FAILS(int, pthread_create, EAGAIN, (void)0,
    (pthread_t * thread, const pthread_attr_t *attr, thread_function fn, void *arg),
    (thread, attr, fn, arg))
FAILS(file, open_memstream, NULL, errno = ENOMEM, (char **text, size_t *bytes), (text, bytes))
FAILS(int, eventfd, -1, errno = EMFILE, (unsigned int value, int flags), (value, flags))
FAILS(int, epoll_create1, -1, errno = EMFILE, (int flags), (flags))
