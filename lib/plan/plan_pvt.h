/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the pipeline file's reader share. In the order of life:
 *
 *   file.c     from disk to a tree, if bounds.c lets it; load.c: to the structs below, table.c by
 *              the tables of keys.c, value.c a value, number.c one that is a number
 *   check.c    does it fit together, and the machine; graph.c: connections, ethdevs.c: devices,
 *              place.c: CPUs and nodes, setup.c: ethdevs and their limits, pool.c: sizes
 *   make.c     pools, ethdevs, the pipeline, and the way back
 *   print.c    for people: tables, graph, reference; describe.c its part about ethdevs
 *   plugin.c   kinds in shared objects
 *   report.c   how all of them say what is wrong
 *
 * The YAML tree is libyaml's, each node with its place in the text; it is gone after loading, so
 * what later checks complain about keeps its place.
 */
#ifndef LWKT_PLAN_PVT_H
#define LWKT_PLAN_PVT_H

#include <yaml.h>

#include <lwkt_stages.h>
#include <lwkt_ethdev.h>

#include "lwkt_plan.h"

#define CONFIG_BYTES  (1u << 20)      /* of a file */
#define CONFIG_KEYS   LWKT_PARAM_MOST /* rows of a table */
#define CONFIG_STAGES 2048
#define CONFIG_WHERE  80 /* bytes of "stage NAME, output 31" */
#define CONFIG_AUTO   UINT_MAX

/* In the text; lines and columns from 1. Line 0: it is not in the text. */
struct config_pos {
	unsigned int po_line, po_column;
};

/* Where each key of a table stands, by its row. */
struct config_keys {
	struct config_pos ck_at;
	struct config_pos ck_key[CONFIG_KEYS];
};

/* The sections. */
struct config_top {
	yaml_node_t *tp_plugins, *tp_pipeline, *tp_pool, *tp_balance, *tp_ethdevs, *tp_stages;
};

struct config_pipeline {
	char cp_name[LWKT_STAGE_NAME];
	struct lwkt_pipeline_opts cp_opts;
};

struct config_pool {
	unsigned int po_packets; /* 0: as many as it takes */
	unsigned int po_cache;
	uint16_t po_data_room;
};

struct config_balance {
	char cb_stage[LWKT_STAGE_NAME]; /* "": no balancing */
	struct lwkt_balance_conf cb_conf;
};

struct config_ethdev {
	char ce_name[LWKT_STAGE_NAME];
	char ce_device[64];
	struct lwkt_ethdev_params ce_params;
	struct config_keys ce_keys;
	/* By the check. */
	struct lwkt_inventory_ethdev *ce_have;
	unsigned int ce_node; /* whose pool is its own */
	struct lwkt_ethdev_setup ce_setup;
	const char *ce_no_fast_free; /* why not; "": all is as it has to be */
	bool ce_started, ce_open;
};

struct config_output {
	char co_to[LWKT_STAGE_NAME];
	struct lwkt_edge_conf co_edge;
	struct config_pos co_pos;
	unsigned int co_stage; /* by the check: index of co_to */
};

/* A parameter that names an ethdev. */
struct config_ref {
	const struct lwkt_param *cr_param;
	unsigned int cr_ethdev; /* entry */
};

struct config_stage {
	char cs_name[LWKT_STAGE_NAME];
	char cs_kind_name[LWKT_STAGE_NAME];
	char cs_cpu[16];
	yaml_node_t *cs_params, *cs_outputs; /* while loading */
	const struct lwkt_stage_kind *cs_kind;
	void *cs_conf;
	unsigned int cs_lcore; /* CONFIG_AUTO until it is placed */
	bool cs_auto;
	unsigned int cs_nouts, cs_nfed; /* nfed: by the check */
	struct config_output *cs_out;   /* [cs_nouts] */
	struct config_ref cs_ref[LWKT_PARAM_ETHDEVS];
	unsigned int cs_nrefs;
	struct config_keys cs_keys, cs_param_keys;
};

/* How the size of a node's pool comes about (pool.c). */
struct config_need {
	unsigned int cn_room; /* bytes of an mbuf's buffer, headroom included (setup.c) */
	unsigned int cn_rx, cn_tx, cn_window, cn_bursts, cn_caches;
	unsigned int cn_sum, cn_packets; /* cn_packets: what it gets; 0: no pool on this node */
};

struct lwkt_pipeline_file {
	char *pf_path;
	unsigned int pf_errors; /* of the call under way */
	bool pf_quiet;          /* no warnings */
	bool pf_starts;   /* rx stages will say themselves that they are far from their ethdev */
	bool pf_real;     /* pf_have is this machine: its drivers can be asked */
	bool pf_nameless; /* an entry of ethdevs could not be read */
	bool pf_checked;
	struct config_pipeline pf_conf;
	struct config_keys pf_conf_keys;
	struct config_pool pf_pool;
	struct config_keys pf_pool_keys;
	struct config_balance pf_balance;
	struct config_keys pf_balance_keys;
	unsigned int pf_nethdevs, pf_nstages;
	struct config_ethdev *pf_ethdev;
	struct config_stage *pf_stage;
	/* By the check. */
	struct lwkt_inventory pf_have;
	struct config_need pf_need[RTE_MAX_NUMA_NODES];
	/* By lwkt_pipeline_file_create(). */
	struct rte_mempool *pf_pools[RTE_MAX_NUMA_NODES];
	struct lwkt_pipeline *pf_pipeline;
	struct lwkt_balancer *pf_balancer;        /* NULL: none */
	STAILQ_ENTRY(lwkt_pipeline_file) pf_link; /* of those that are made */
};

/* Rows of the file's own tables that somebody asks for by number. */
enum { PIPELINE_NAME, PIPELINE_WINDOW };
enum { POOL_PACKETS, POOL_CACHE, POOL_DATA_ROOM };
enum { BALANCE_STAGE };
enum { ETHDEV_NAME, ETHDEV_DEVICE, ETHDEV_RXQ, ETHDEV_TXQ, ETHDEV_RXD, ETHDEV_TXD, ETHDEV_MTU };
enum { STAGE_NAME, STAGE_KIND, STAGE_CPU, STAGE_PARAMS, STAGE_OUTPUTS };

/* keys.c */
extern const struct lwkt_param config_top_table[], config_pipeline_table[], config_pool_table[],
    config_balance_table[], config_ethdev_table[], config_stage_table[], config_output_table[];

/* kinds.c: where it has its place, or a negative errno with why written. */
int config_kind_check(const struct lwkt_stage_kind *kind, char *why, size_t bytes);

/* plugin.c: lwkt_plugin_load() with "what is wrong; what to do" in why instead of a line. */
int config_plugin_load(const char *path, char *why, size_t bytes);

/* report.c */

struct config_pos config_pos_of(const yaml_node_t *node);

/* One line: "PATH:LINE:COLUMN: ..."; counted. */
__attribute__((format(printf, 3, 4))) void config_error(
    struct lwkt_pipeline_file *pf, struct config_pos pos, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void config_warn(
    struct lwkt_pipeline_file *pf, struct config_pos pos, const char *fmt, ...);

/* What the file says, fit for a line: printable, and not too long. */
struct config_clip {
	char cl_text[48];
};
struct config_clip config_clip(const char *text, size_t bytes);

/* The nearest of n names, called by i, or NULL if none is near. */
const char *config_nearest(const char *name, unsigned int n,
    const char *(*at)(const void *arg, unsigned int i), const void *arg);

/* "a, b or c" of a list of words, NULL at the end. */
void config_words(const char *const *words, const char *last, char *text, size_t bytes);

/* load.c: all sections of a tree. 0 or -ENOMEM; what is wrong is reported. */
int config_sections(struct lwkt_pipeline_file *pf, yaml_document_t *doc, yaml_node_t *root);

/* Is it short and shallow enough to make a tree of? No: an error has been said. */
bool config_bounds(struct lwkt_pipeline_file *pf, const void *text, size_t bytes);

/* table.c */

struct config_reader {
	struct lwkt_pipeline_file *cr_file;
	yaml_document_t *cr_doc;
	struct config_stage *cr_stage; /* whose ETHDEV parameters are being read */
};

/*
 * Read a mapping by a table: node NULL is an empty one. Errors are reported; what is wrong keeps
 * its default.
 */
void config_table_read(struct config_reader *rd, const char *where, yaml_node_t *node,
    const struct lwkt_param *table, void *conf, struct config_keys *keys);

/* value.c */

/* What belongs where the parameter stands: "1 to 16", "yes or no". */
const char *config_expected(const struct lwkt_param *pa, char *text, size_t bytes);
void config_value_default(const struct lwkt_param *pa, void *conf);
void config_value_read(struct config_reader *rd, const char *where, const struct lwkt_param *pa,
    yaml_node_t *node, void *conf);
uint64_t config_value_uint(const struct lwkt_param *pa, const void *conf);
void config_value_put_uint(const struct lwkt_param *pa, void *conf, uint64_t value);

/* check.c: all of it, against pf_have. 0 or a negative errno. */
int config_check(struct lwkt_pipeline_file *pf);

/* graph.c */

/* Connect outputs with stages, each fed, none in a circle. 0 or -ENOMEM. */
int config_graph(struct lwkt_pipeline_file *pf);
/*
 * The ethdevs by which packets leave that are at stage i, added to exits; visited: to begin with all
 * false. from: the entry of ethdevs that they came in by, where an l2fwd stage knows their output,
 * or CONFIG_AUTO: any.
 */
void config_exits(const struct lwkt_pipeline_file *pf, unsigned int i, unsigned int from,
    bool *visited, bool *exits);
/* ... that came in by the ethdev of that entry. visited: room for a bool for each stage. */
void config_ways(
    const struct lwkt_pipeline_file *pf, unsigned int entry, bool *visited, bool *exits);
/* The entry of ethdevs whose packets a stage brings in; CONFIG_AUTO: it brings in none of any. */
unsigned int config_brings(const struct config_stage *cs);
/* Does anything go from CPU to CPU? */
bool config_crosses(const struct lwkt_pipeline_file *pf);

/* ethdevs.c: against pf_have; and the drivers, if they are there, after all before is right. */
void config_ethdevs(struct lwkt_pipeline_file *pf);
void config_drivers(struct lwkt_pipeline_file *pf);

/* place.c; the last one after all before it has been found right. */
void config_cpus(struct lwkt_pipeline_file *pf);
void config_place(struct lwkt_pipeline_file *pf);

/* inventory.c: an lcore that there is, or NULL. */
const struct lwkt_inventory_lcore *config_lcore(
    const struct lwkt_pipeline_file *pf, unsigned int lcore_id);

/* setup.c: after config_place(). 0 or -ENOMEM. */
int config_setup(struct lwkt_pipeline_file *pf);

/* queues.c: after config_place(). */
void config_queues(struct lwkt_pipeline_file *pf);

/* One parameter that names a queue. */
struct config_use {
	const struct config_stage *us_stage;
	const struct lwkt_param *us_param;
	unsigned int us_ethdev, us_queue;
};
/* The stage's queue of that type. @return false: it has none. */
bool config_find_use(
    const struct config_stage *cs, enum lwkt_param_type type, struct config_use *us);

/* pool.c: after config_setup(). 0 or -ENOMEM. */
int config_pools(struct lwkt_pipeline_file *pf);
/* Lcores that have stages, and the main one. */
unsigned int config_lcores_used(const struct lwkt_pipeline_file *pf);

/* describe.c: a table of the ethdevs; lines of how their queues are used and what they are set up
 * with. */
void config_describe_table(const struct lwkt_pipeline_file *pf, FILE *f);
void config_describe(const struct lwkt_pipeline_file *pf, FILE *f);

/* check.c: the table that the pipeline is made of, to be freed; NULL: no memory. */
struct lwkt_stage_row *config_rows(const struct lwkt_pipeline_file *pf);

/* pool.c: what the pool of a NUMA node is called; RTE_MEMPOOL_NAMESIZE bytes. */
void config_pool_name(const struct lwkt_pipeline_file *pf, unsigned int node, char *name);

/* make.c: undo lwkt_pipeline_file_create(). */
void config_unmake(struct lwkt_pipeline_file *pf);

static inline bool
config_is_source(const struct config_stage *cs)
{
	return cs->cs_kind->sk_poll != NULL;
}

#endif /* LWKT_PLAN_PVT_H */
