/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: pools, ethdevs and the pipeline that it asks for, up and down; and what telemetry
 * says of it meanwhile.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include <lwkt_compat.h>
#include <lwkt_pktmsg.h>
#include <lwkt_cpu.h>
#include <lwkt_log.h>
#include <lwkt_telemetry.h>

#include "plan_pvt.h"

/*
 * Telemetry: the plan as lines. A thread of EAL's reads files that are made; what it reads of them
 * does not change until they are unmade.
 */

#define CONFIG_TEL_BYTES 120u /* of a line in an entry; EAL has 128 for a text */

static pthread_mutex_t made_lock = PTHREAD_MUTEX_INITIALIZER;
static STAILQ_HEAD(, lwkt_pipeline_file) made = STAILQ_HEAD_INITIALIZER(made);

static void
made_add(struct lwkt_pipeline_file *pf)
{
	pthread_mutex_lock(&made_lock);
	STAILQ_INSERT_TAIL(&made, pf, pf_link);
	pthread_mutex_unlock(&made_lock);
}

/* Before its pipeline is destroyed. One that could not be made was never added. */
static void
made_remove(struct lwkt_pipeline_file *pf)
{
	struct lwkt_pipeline_file *other;

	pthread_mutex_lock(&made_lock);
	STAILQ_FOREACH(other, &made, pf_link)
	if (other == pf)
		break;
	if (other != NULL)
		STAILQ_REMOVE(&made, pf, lwkt_pipeline_file, pf_link);
	pthread_mutex_unlock(&made_lock);
}

/* A line is an entry; a long one several of the same number. */
static void
config_tell_line(struct lwkt_tel_page *tp, unsigned int number, const char *line)
{
	size_t left = strlen(line), n;

	do {
		struct rte_tel_data *entry = lwkt_tel_entry(tp);
		char piece[CONFIG_TEL_BYTES + 1];

		n = RTE_MIN(left, CONFIG_TEL_BYTES);
		memcpy(piece, line, n);
		piece[n] = '\0';
		if (entry != NULL) {
			rte_tel_data_add_dict_string(entry, "pipeline", tp->tp_pipeline);
			lwkt_tel_add_uint(entry, "line", number);
			lwkt_tel_add_text(entry, "text", piece);
		}
		line += n;
		left -= n;
	} while (left > 0);
}

static void
config_tell_file(struct lwkt_tel_page *tp, const struct lwkt_pipeline_file *pf)
{
	char *text = NULL, *rest, *line;
	unsigned int number = 0;
	size_t bytes = 0;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		return;
	lwkt_pipeline_file_print(pf, f);
	rest = fclose(f) == 0 ? text : NULL;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (rest != NULL || *line != '\0')
			config_tell_line(tp, ++number, line);
	free(text);
}

static void
config_tell(struct lwkt_tel_page *tp, const struct lwkt_pipeline *pl)
{
	const struct lwkt_pipeline_file *pf;

	pthread_mutex_lock(&made_lock);
	STAILQ_FOREACH(pf, &made, pf_link)
	if (pf->pf_pipeline == pl)
		config_tell_file(tp, pf);
	pthread_mutex_unlock(&made_lock);
}

static int
config_telemetry(const char *cmd, const char *params, struct rte_tel_data *reply)
{
	(void)cmd;
	return lwkt_tel_list(reply, params, config_tell);
}

RTE_INIT(config_telemetry_init)
{
	rte_telemetry_register_cmd("/lwkt/config", config_telemetry,
	    "The plan that runs, as lines. Parameters: first entry");
}

/*
 * Up
 */

static int
make_pools(struct lwkt_pipeline_file *pf)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		unsigned int n = pf->pf_need[node].cn_packets;
		char name[RTE_MEMPOOL_NAMESIZE];

		if (n == 0)
			continue;
		config_pool_name(pf, node, name);
		pf->pf_pools[node] = lwkt_pktmbuf_pool_create(name, n, pf->pf_pool.po_cache, 0,
		    (uint16_t)pf->pf_need[node].cn_room, (int)node);
		if (pf->pf_pools[node] == NULL) {
			lwkt_error("%s: pool: cannot make %u packets of %u bytes on NUMA node %u "
			           "(%s); give EAL more memory (-m, --socket-mem, hugepages)",
			    pf->pf_path, n, pf->pf_need[node].cn_room, node,
			    rte_strerror(rte_errno));
			return -rte_errno;
		}
	}
	return 0;
}

static void
free_pools(struct lwkt_pipeline_file *pf)
{
	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++) {
		rte_mempool_free(pf->pf_pools[node]);
		pf->pf_pools[node] = NULL;
	}
}

int
lwkt_pipeline_file_try_pools(struct lwkt_pipeline_file *file)
{
	int rc = file->pf_pipeline == NULL ? make_pools(file) : -EALREADY;

	if (rc != -EALREADY)
		free_pools(file);
	return rc;
}

int
lwkt_pipeline_file_ethdev_start(struct lwkt_pipeline_file *file, unsigned int i)
{
	struct config_ethdev *ce = &file->pf_ethdev[i];
	struct lwkt_ethdev_params params = ce->ce_params;
	int rc;

	params.ep_interrupts = lwkt_may_sleep();
	rc = lwkt_ethdev_start(ce->ce_have->ie_id, &params, file->pf_pools[ce->ce_node]);
	ce->ce_open = true; /* its queues may have mbufs */
	ce->ce_started = rc == 0;
	return rc;
}

static int
start_ethdevs(struct lwkt_pipeline_file *pf)
{
	int rc = 0;

	for (unsigned int i = 0; i < pf->pf_nethdevs && rc == 0; i++)
		rc = lwkt_pipeline_file_ethdev_start(pf, i);
	return rc;
}

/* The table is copied when the pipeline is made. */
static int
make_pipeline(struct lwkt_pipeline_file *pf)
{
	struct lwkt_stage_row *rows = config_rows(pf);

	if (rows == NULL) {
		lwkt_error("%s: no memory to make its pipeline; free some", pf->pf_path);
		return -ENOMEM;
	}
	pf->pf_pipeline = lwkt_pipeline_create(pf->pf_conf.cp_name, rows, pf->pf_nstages);
	free(rows);
	if (pf->pf_pipeline == NULL)
		return -rte_errno;
	return lwkt_pipeline_configure(pf->pf_pipeline, &pf->pf_conf.cp_opts);
}

static int
make_balancer(struct lwkt_pipeline_file *pf)
{
	struct lwkt_stage *st = lwkt_pipeline_find(pf->pf_pipeline, pf->pf_balance.cb_stage);

	if (st == NULL)
		return 0;
	pf->pf_balancer = lwkt_balancer_create(st, &pf->pf_balance.cb_conf);
	return pf->pf_balancer != NULL ? 0 : -rte_errno;
}

/* What a check before this has warned of is not said again (contract G99). */
static int
make(struct lwkt_pipeline_file *pf)
{
	int rc;

	lwkt_inventory_take(&pf->pf_have);
	pf->pf_real = pf->pf_starts = true;
	pf->pf_quiet = pf->pf_checked;
	rc = config_check(pf);
	pf->pf_quiet = pf->pf_starts = false;
	if (rc == 0)
		rc = make_pools(pf);
	if (rc == 0)
		rc = start_ethdevs(pf);
	if (rc == 0)
		rc = make_pipeline(pf);
	return rc == 0 ? make_balancer(pf) : rc;
}

struct lwkt_pipeline *
lwkt_pipeline_file_create(struct lwkt_pipeline_file *file)
{
	int rc = file->pf_pipeline == NULL ? make(file) : -EALREADY;

	if (rc == 0) {
		made_add(file);
		return file->pf_pipeline;
	}
	if (rc != -EALREADY)
		config_unmake(file);
	rte_errno = -rc;
	return NULL;
}

/*
 * Meanwhile, and down
 */

int
lwkt_pipeline_file_balance(struct lwkt_pipeline_file *file)
{
	return file->pf_balancer != NULL ? lwkt_balancer_step(file->pf_balancer) : 0;
}

void
lwkt_pipeline_file_stop(struct lwkt_pipeline_file *file)
{
	for (unsigned int i = 0; i < file->pf_nethdevs; i++) {
		if (file->pf_ethdev[i].ce_started)
			lwkt_ethdev_stop(file->pf_ethdev[i].ce_have->ie_id);
		file->pf_ethdev[i].ce_started = false;
	}
}

void
lwkt_pipeline_file_close(struct lwkt_pipeline_file *file)
{
	lwkt_pipeline_file_stop(file);
	for (unsigned int i = 0; i < file->pf_nethdevs; i++) {
		if (file->pf_ethdev[i].ce_open)
			lwkt_ethdev_close(file->pf_ethdev[i].ce_have->ie_id);
		file->pf_ethdev[i].ce_open = false;
	}
}

void
config_unmake(struct lwkt_pipeline_file *pf)
{
	made_remove(pf);
	lwkt_balancer_destroy(pf->pf_balancer);
	pf->pf_balancer = NULL;
	if (pf->pf_pipeline != NULL)
		lwkt_pipeline_destroy(pf->pf_pipeline);
	pf->pf_pipeline = NULL;
	lwkt_pipeline_file_close(pf);
	free_pools(pf);
}

unsigned int
lwkt_pipeline_file_mbufs_in_use(const struct lwkt_pipeline_file *file)
{
	unsigned int n = 0;

	for (unsigned int node = 0; node < RTE_MAX_NUMA_NODES; node++)
		if (file->pf_pools[node] != NULL)
			n += rte_mempool_in_use_count(file->pf_pools[node]);
	return n;
}

int
lwkt_pipeline_file_ethdev(const struct lwkt_pipeline_file *file, unsigned int i)
{
	return i < file->pf_nethdevs && file->pf_checked ? file->pf_ethdev[i].ce_have->ie_id : -1;
}
