/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What gdb.sh looks at: threads of one CPU in several states when gdb_look_here() is called, and in
 * the core file of the end.
 */
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_lcore.h>

#include <lwkt_msgport.h>

#include "cpu_pvt.h"

void gdb_look_here(void);

__attribute__((noinline)) void
gdb_look_here(void)
{
	__asm__ volatile("" ::"r"(cpus[rte_lcore_id()]) : "memory"); /* names the type, too */
}

static int ident;

static __attribute__((noinline)) void
naps(void *arg)
{
	lwkt_tsleep(arg, 0, "nap", 0);
	__asm__ volatile("" ::: "memory"); /* no tail call: it is in the backtrace */
}

static __attribute__((noinline)) void
serves(void *arg)
{
	lwkt_waitport(lwkt_thread_port(lwkt_curthread()), 0);
	__asm__ volatile("" ::"r"(arg) : "memory");
}

int
main(int argc, char **argv)
{
	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lwkt_create(naps, &ident, NULL, NULL, 0, -1, "napper");
	lwkt_create(serves, NULL, NULL, NULL, 0, -1, "server");
	lwkt_create(naps, &ident, NULL, NULL, TDF_NOSTART, -1, "late");
	for (int i = 0; i < 4; i++)
		lwkt_yield();
	gdb_look_here();
	abort(); /* and a core file */
}
