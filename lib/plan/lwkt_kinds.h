/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kinds of stages that a pipeline file may name. The library's own are there from the start; a
 * program adds its own before it reads a file:
 *
 *      lwkt_stage_kind_register(&my_kind);
 *      file = lwkt_pipeline_file_load("my.yaml");
 */
#ifndef LWKT_KINDS_H
#define LWKT_KINDS_H

#include <lwkt_stage.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWKT_KINDS_MAX 64 /* the library's own and the program's */

/**
 * Let files name a kind.
 *
 * @param kind  kept, not copied; its sk_name has at most 31 bytes.
 * @return 0; or after one logged line: -EINVAL it has no name, or not one of sk_poll and sk_handle,
 *         or a parameter whose field cannot be (see lwkt_param.h); -EEXIST another kind has its
 *         name; -ENOSPC. Registering the same kind again is no error.
 * Context: main lcore, or before EAL is up; never blocks. Ordering: none. Source: ours.
 */
int lwkt_stage_kind_register(const struct lwkt_stage_kind *kind);

/**
 * Look a kind up.
 *
 * @param name  its sk_name.
 * @return the kind, or NULL.
 * Context: main lcore, or before EAL is up; never blocks. Ordering: none. Source: ours.
 */
const struct lwkt_stage_kind *lwkt_stage_kind_find(const char *name);

/**
 * All kinds, in the order of registration.
 *
 * @param i  0, 1, ...
 * @return kind i, or NULL behind the last.
 * Context: main lcore, or before EAL is up; never blocks. Ordering: none. Source: ours.
 */
const struct lwkt_stage_kind *lwkt_stage_kind_at(unsigned int i);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_KINDS_H */
