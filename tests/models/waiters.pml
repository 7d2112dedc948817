/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads that wait for different things on one port: wakeup.pml in another setting.
 *
 * BUG 1: a sleeper sleeps on the port's flags, which may come to be as they were (BUG 8 there)
 */
#define BUGS 1 /* for run.sh */
#if BUG == 1
#undef BUG
#define BUG 8
#endif
#define TWO_WAITERS 1
#include "wakeup.pml"
