/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code written for DragonFly's kernel, with its include lines changed to this one. Names too common
 * for a library's headers stand here only: include it in files of your own, not in headers.
 *
 * What differs behind the names is in docs/internals/dragonfly-map.md.
 */
#ifndef LWKT_COMPAT_DRAGONFLY_H
#define LWKT_COMPAT_DRAGONFLY_H

#include <lwkt_cpu.h>
#include <lwkt_ipiq.h>
#include <lwkt_msgport.h>
#include <lwkt_serialize.h>
#include <lwkt_thread.h>

/* <sys/thread.h> */
typedef struct lwkt_thread *thread_t;

#define curthread lwkt_curthread()

/* <sys/globaldata.h>; the lcore id, and how many CPUs there are */
#define mycpuid ((int)lwkt_mycpuid())
#define ncpus   ((int)lwkt_ncpus())

/* <sys/param.h> */
#define PCATCH LWKT_PCATCH

#endif /* LWKT_COMPAT_DRAGONFLY_H */
