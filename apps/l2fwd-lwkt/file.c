/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --config: the pipeline is in a file, and the library makes all of it.
 */
#include <errno.h>

#include <rte_errno.h>

#include "l2fwd.h"

static int
refuse_file(const struct l2fwd *fw, int code, struct l2fwd_err *err)
{
	return l2fwd_refuse(err, code, "--config %.200s: the lines before this say what to change",
	    fw->fw_args.config);
}

int
l2fwd_file_load(struct l2fwd *fw, struct l2fwd_err *err)
{
	fw->fw_file = lwkt_pipeline_file_load(fw->fw_args.config);
	return fw->fw_file != NULL ? 0 : refuse_file(fw, L2FWD_EXIT_USAGE, err);
}

int
l2fwd_file_check(struct l2fwd *fw, struct l2fwd_err *err)
{
	if (lwkt_pipeline_file_check(fw->fw_file, NULL) < 0)
		return refuse_file(fw, L2FWD_EXIT_USAGE, err);
	if (fw->fw_args.graph)
		lwkt_pipeline_file_graph(fw->fw_file, stdout);
	else
		lwkt_pipeline_file_print(fw->fw_file, stdout);
	fflush(stdout);
	return 0;
}

static void
print_ethdevs(const struct l2fwd_plan *plan)
{
	printf("%-6s %-17s %s\n", "ethdev", "MAC address", "device");
	for (unsigned int i = 0; i < plan->pn_nethdevs; i++) {
		const struct l2fwd_ethdev *ed = &plan->pn_ethdev[i];
		char mac[RTE_ETHER_ADDR_FMT_SIZE], name[RTE_ETH_NAME_MAX_LEN] = "";

		rte_ether_format_addr(mac, sizeof(mac), &ed->ed_mac);
		rte_eth_dev_get_name_by_port(ed->ed_id, name);
		printf("%-6u %s %s\n", ed->ed_id, mac, name);
	}
}

/* What statistics and the wait for links want to know of ethdevs. */
static void
note_ethdevs(struct l2fwd *fw)
{
	struct l2fwd_plan *plan = &fw->fw_plan;
	int id;

	while ((id = lwkt_pipeline_file_ethdev(fw->fw_file, plan->pn_nethdevs)) >= 0) {
		struct l2fwd_ethdev *ed = &plan->pn_ethdev[plan->pn_nethdevs++];

		ed->ed_id = (uint16_t)id;
		rte_eth_macaddr_get(ed->ed_id, &ed->ed_mac);
	}
}

int
l2fwd_file_make(struct l2fwd *fw, struct l2fwd_err *err)
{
	fw->fw_pipeline = lwkt_pipeline_file_create(fw->fw_file);
	if (fw->fw_pipeline == NULL)
		return refuse_file(
		    fw, rte_errno == EINVAL ? L2FWD_EXIT_USAGE : L2FWD_EXIT_ENV, err);
	note_ethdevs(fw);
	print_ethdevs(&fw->fw_plan);
	lwkt_pipeline_file_print(fw->fw_file, stdout);
	return 0;
}
