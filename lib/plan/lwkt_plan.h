/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipelines from a file (docs/guides/pipelines.md says what stands in one).
 *
 *      file = lwkt_pipeline_file_load("my.yaml");      read; nothing of DPDK is needed
 *      lwkt_pipeline_file_check(file, NULL);           would it work on this machine?
 *      pl = lwkt_pipeline_file_create(file);           pools, ethdevs, the pipeline
 *      lwkt_pipeline_start(pl, ...); ...
 *      lwkt_pipeline_drain(pl, ...); lwkt_pipeline_stop(pl);
 *      lwkt_pipeline_file_stop(file);                  the ethdevs; their counters stay readable
 *      lwkt_pipeline_file_close(file);                 the ethdevs give their mbufs back
 *      lwkt_pipeline_file_destroy(file);               the pipeline, the pools, the file
 *
 * Whatever is wrong in a file is logged, one line each, all that can be found at once:
 *
 *      PATH:LINE:COLUMN: SECTION: KEY: what is wrong; what to write instead
 */
#ifndef LWKT_PLAN_H
#define LWKT_PLAN_H

#include <lwkt_compat.h>
#include <lwkt_stage.h>
#include <stdio.h>

#include <rte_config.h>
#include <rte_ether.h>

#include <lwkt_ethdev.h>
#include <lwkt_pipeline.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwkt_pipeline_file;

/** What there is to run a pipeline on. */
struct lwkt_inventory {
	unsigned int iv_main; /**< the main lcore's id */
	unsigned int iv_nlcores, iv_nethdevs;
	struct lwkt_inventory_lcore {
		unsigned int il_id, il_node; /**< NUMA node */
	} iv_lcore[RTE_MAX_LCORE];           /**< all, the main one too, ascending */
	struct lwkt_inventory_ethdev {
		uint16_t ie_id;   /**< DPDK port id */
		char ie_name[64]; /**< EAL's name: the PCI address, net_null0 */
		int ie_node;      /**< NUMA node; -1: any */
		unsigned int ie_max_rxq, ie_max_txq;
		const char *ie_no_rss;       /**< as ea_no_rss (lwkt_ethdev.h), ... */
		enum lwkt_ethdev_rss ie_rss; /**< ... and ea_rss */
		struct lwkt_ethdev_limits ie_limits;
		struct rte_ether_addr ie_mac;
	} iv_ethdev[RTE_MAX_ETHPORTS]; /**< ascending */
};

/**
 * What EAL found.
 *
 * @param iv  filled in.
 * Context: main lcore, after rte_eal_init(); never blocks. Ordering: none. Source: ours.
 */
void lwkt_inventory_take(struct lwkt_inventory *iv);

/**
 * How many rx queues does a driver take, at most as many as wanted? Some do not take each number up
 * to the most: vmxnet3 wants a power of two. The device is configured, not started.
 *
 * @param ie      an ethdev of lwkt_inventory_take(); its ie_max_rxq becomes less where the driver
 *                takes fewer.
 * @param params  queues and mtu that are wanted.
 * @return queues, 1 at least; the driver may have logged why not more.
 * Context: main lcore, after rte_eal_init(); blocks as the driver does. Ordering: none.
 * Source: ours, on lwkt_ethdev_try().
 */
unsigned int lwkt_inventory_rxq(
    struct lwkt_inventory_ethdev *ie, const struct lwkt_ethdev_params *params);

/**
 * Read a file. Kinds of the program's own are registered before (lwkt_plan.h).
 *
 * @param path  its name.
 * @return the file, or NULL with rte_errno set after a logged line for each error: EINVAL what
 *         stands in it is wrong; EFBIG it has more than 1 MiB; ENOMEM; or why it cannot be read.
 * Context: main lcore, or before EAL is up; blocks while the file is read. Ordering: none.
 * Source: ours.
 */
struct lwkt_pipeline_file *lwkt_pipeline_file_load(const char *path);

/**
 * The same from memory.
 *
 * @param path   for messages only.
 * @param text   YAML; not needed afterwards.
 * @param bytes  of the text.
 * @return as lwkt_pipeline_file_load().
 * Context: main lcore, or before EAL is up; never blocks. Ordering: none. Source: ours.
 */
struct lwkt_pipeline_file *lwkt_pipeline_file_parse(
    const char *path, const void *text, size_t bytes);

/**
 * Would it run? Everything is checked that can be without starting anything: how the stages are
 * connected, CPUs, ethdevs and their queues, sizes of pools, NUMA nodes. Stages with `cpu: auto`
 * get their CPUs. Without an inventory drivers are asked too whether they take several rx queues. What will work, but badly, is logged too, as "warning: ...", and changes nothing.
 *
 * @param file         one that no pipeline has been made of.
 * @param iv_or_null   what there is, copied; NULL: lwkt_inventory_take().
 * @return 0; -EINVAL after a logged line for each error; -ENOMEM.
 * Context: main lcore, never blocks. Ordering: none. Source: ours.
 */
int lwkt_pipeline_file_check(
    struct lwkt_pipeline_file *file, const struct lwkt_inventory *iv_or_null);

/**
 * Where each stage runs, what each ethdev is set up with, and how the size of each pool comes
 * about.
 *
 * @param file  checked.
 * @param f     where to.
 * Context: main lcore; blocks as f does. Ordering: none. Source: ours.
 */
void lwkt_pipeline_file_print(const struct lwkt_pipeline_file *file, FILE *f);

/**
 * The pipeline for Graphviz (`dot`), a box for each CPU.
 *
 * @param file  checked.
 * @param f     where to.
 * Context: main lcore; blocks as f does. Ordering: none. Source: ours.
 */
void lwkt_pipeline_file_graph(const struct lwkt_pipeline_file *file, FILE *f);

/**
 * All that may stand in a file, with the registered kinds: keys, types, ranges, defaults.
 *
 * @param f  where to.
 * Context: main lcore, or before EAL is up; blocks as f does. Ordering: none. Source: ours.
 */
void lwkt_pipeline_file_keys(FILE *f);

/**
 * Check against what EAL found, make the pools, start the ethdevs, make the pipeline.
 *
 * @param file  what lwkt_pipeline_file_load() gave.
 * @return the pipeline, which belongs to the file; or NULL with rte_errno set after logged lines,
 *         and everything as it was: EINVAL the file does not fit this machine; ENOMEM; EALREADY
 *         there is a pipeline of it; or what a device or a stage said.
 * Context: main lcore, after lwkt_init(); blocks while devices start. Ordering: none. Source: ours.
 */
struct lwkt_pipeline *lwkt_pipeline_file_create(struct lwkt_pipeline_file *file);

/**
 * Is there memory for its pools? They are made, and given back.
 *
 * @param file  checked against what EAL found; no pipeline has been made of it.
 * @return 0 or a negative errno after one logged line.
 * Context: main lcore, after rte_eal_init(); blocks while memory is taken. Ordering: none.
 * Source: ours.
 */
int lwkt_pipeline_file_try_pools(struct lwkt_pipeline_file *file);

/**
 * If the file has a section `balance`: look at the CPUs and move flows, as lwkt_balancer_step()
 * does. Call it now and then while the pipeline runs; the section says how often it decides.
 *
 * @param file  its pipeline runs.
 * @return buckets moved; 0 without that section; a negative errno of lwkt_dispatch_move_bucket().
 * Context: main lcore; blocks while a bucket moves. Ordering: none of its own. Source: ours.
 */
int lwkt_pipeline_file_balance(struct lwkt_pipeline_file *file);

/**
 * Stop the ethdevs of a file. No effect where that is done already.
 *
 * @param file  its pipeline does not run.
 * Context: main lcore; blocks as long as the devices take. Ordering: none. Source: ours.
 */
void lwkt_pipeline_file_stop(struct lwkt_pipeline_file *file);

/**
 * Stop and close the ethdevs of a file: every mbuf that they hold goes back to its pool.
 *
 * @param file  its pipeline does not run.
 * Context: main lcore; blocks as long as the devices take. Ordering: none. Source: ours.
 */
void lwkt_pipeline_file_close(struct lwkt_pipeline_file *file);

/**
 * How many mbufs are not in their pools: none once the ethdevs are closed and nothing is held.
 *
 * @param file  any.
 * @return mbufs.
 * Context: main lcore, never blocks. Ordering: none. Source: ours.
 */
unsigned int lwkt_pipeline_file_mbufs_in_use(const struct lwkt_pipeline_file *file);

/**
 * The ethdevs of a file.
 *
 * @param file  any.
 * @param i     entry of `ethdevs`, from 0.
 * @return its DPDK port id; -1 behind the last, and as long as the file has not been checked.
 * Context: main lcore, never blocks. Ordering: none. Source: ours.
 */
int lwkt_pipeline_file_ethdev(const struct lwkt_pipeline_file *file, unsigned int i);

/**
 * Start an ethdev of a file again: its device had gone (lwkt_ethdev_abandon()) and is back under the
 * same port id.
 *
 * @param file  made (lwkt_pipeline_file_create()).
 * @param i     entry of `ethdevs`, from 0.
 * @return 0, or a negative errno: a line has said why.
 * Context: main lcore, the pipeline is parked; blocks as the driver does. Ordering: none.
 * Source: ours.
 */
int lwkt_pipeline_file_ethdev_start(struct lwkt_pipeline_file *file, unsigned int i);

/**
 * Undo what is left of all of the above.
 *
 * @param file  its pipeline does not run; NULL: nothing.
 * Context: main lcore; blocks as lwkt_pipeline_file_close(). Ordering: none. Source: ours.
 */
void lwkt_pipeline_file_destroy(struct lwkt_pipeline_file *file);

/** @name Kinds that files may name
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
 * @{ */

#define LWKT_KINDS_MAX 64 /* the library's own and the program's */

/**
 * Let files name a kind.
 *
 * @param kind  kept, not copied; its sk_name has at most 31 bytes.
 * @return 0; or after one logged line: -EINVAL it has no name, or not one of sk_poll and sk_handle,
 *         or a parameter whose field cannot be (see lwkt_stage.h); -EEXIST another kind has its
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
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_PLAN_H */
