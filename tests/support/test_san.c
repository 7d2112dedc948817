/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sanitizers have to be told, and asked. Built into each test program, so that it also
 * holds when a program is run by hand.
 */
#include <stdlib.h>

#include "test.h"

#if TEST_TSAN

const char *__tsan_default_options(void);
int rand_r(unsigned int *seed);
void __tsan_on_report(void *report);

/* No thread is left running at the end that would be given a second to be caught. */
const char *
__tsan_default_options(void)
{
	return "atexit_sleep_ms=0";
}

/*
 * Criterion's BoxFort maps its arena at 0x2000'0000'0000 + (rand_r() & 0x3fffff) << 24, mostly
 * where TSan lets nobody map. These values lead to 0x5500'0000'0000 and up, below the program.
 */
int
rand_r(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return (int)(0x350000u | ((*seed >> 16) & 0x3ffu));
}

static int reports;

void
__tsan_on_report(void *report)
{
	(void)report;
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
}

int
test_san_reports(void)
{
	return __atomic_load_n(&reports, __ATOMIC_RELAXED);
}

#elif TEST_ASAN

#include <sanitizer/lsan_interface.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__lsan_default_suppressions(void);
int __lsan_is_turned_off(void);

const char *
__asan_default_options(void)
{
	return "detect_stack_use_after_return=1";
}

const char *
__ubsan_default_options(void)
{
	return "halt_on_error=1:abort_on_error=1:print_stacktrace=1";
}

/* The runner itself loses 144 bytes. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libcriterion.so\n";
}

/* It is asked before each search. The one at a process's end would search all once more. */
static bool searched;

int
__lsan_is_turned_off(void)
{
	return searched;
}

int
test_san_reports(void)
{
	int found = __lsan_do_recoverable_leak_check();

	searched = true;
	return found;
}

#else

int
test_san_reports(void)
{
	return 0;
}

#endif

#ifdef TEST_COVERAGE

void __gcov_dump(void);

void
test_coverage_write(void)
{
	__gcov_dump();
}

#else

void
test_coverage_write(void)
{
}

#endif
