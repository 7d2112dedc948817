/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kinds of stages that a pipeline file may name. The library's own are there from the start; a
 * program adds its own before it reads a file:
 *
 *      lwkt_stage_kind_register(&my_kind);
 *      file = lwkt_pipeline_file_load("my.yaml");
 *
 * Plugins. Kinds may also come in a shared object, which a file names (`plugins: [my.so]`), or a
 * program loads. It is built with
 *
 *      gcc -O2 -fPIC -shared my.c -o my.so $(pkg-config --cflags --libs lwkt-plan)
 *
 * and says in one place which kinds it has:
 *
 *      LWKT_PLUGIN(&my_kind);
 *
 * With that it also says what it was built with. A plugin that was built with headers that do not go
 * together with those of the program is refused. A plugin stays loaded until the program ends.
 */
#ifndef LWKT_KINDS_H
#define LWKT_KINDS_H

#include <lwkt_compat.h>
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

/** What stages and the library know of each other; grows when old plugins can no longer be used. */
#define LWKT_PLUGIN_ABI 1

/** What a plugin was built with, and its kinds: the symbol lwkt_plugin of the shared object. */
struct lwkt_plugin {
	unsigned int pg_abi;                           /**< LWKT_PLUGIN_ABI; stays the first */
	unsigned int pg_stage_bytes;                   /**< of struct lwkt_stage */
	unsigned int pg_kind_bytes;                    /**< of struct lwkt_stage_kind */
	unsigned int pg_dpdk;                          /**< LWKT_DPDK_RELEASE */
	const struct lwkt_stage_kind *const *pg_kinds; /**< NULL at the end */
};

/**
 * Define the symbol lwkt_plugin, once in a shared object.
 *
 * @param ...  pointers to its kinds, one at least.
 * Context: file scope. Ordering: none. Source: ours; nothing runs when
 * it is loaded.
 */
#define LWKT_PLUGIN(...)                                                                      \
	extern const struct lwkt_plugin lwkt_plugin;                                          \
	static const struct lwkt_stage_kind *const lwkt_plugin_kinds[] = {__VA_ARGS__, NULL}; \
	__attribute__((visibility("default")))                                                \
	const struct lwkt_plugin lwkt_plugin = {LWKT_PLUGIN_ABI, sizeof(struct lwkt_stage),   \
	    sizeof(struct lwkt_stage_kind), LWKT_DPDK_RELEASE, lwkt_plugin_kinds}

/**
 * Load a plugin: files may name its kinds from now on.
 *
 * @param path  of the shared object; without a '/' it is in the working directory.
 * @return 0; or after one logged line, and no kind added: -ENOENT there is no such file, or it
 *         cannot be read; -ENOEXEC it is no shared object, lacks symbols, or is no plugin;
 *         -EPROTO it was built with other versions; -EINVAL, -EEXIST, -ENOSPC a kind of it, as
 *         lwkt_stage_kind_register(). Loading the same one again is no error.
 * Context: main lcore, or before EAL is up; blocks while the file is read. Ordering: none.
 * Source: ours, on dlopen().
 */
int lwkt_plugin_load(const char *path);

#ifdef __cplusplus
}
#endif

#endif /* LWKT_KINDS_H */
