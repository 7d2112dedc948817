/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --check, --graph, --preflight: what would run, and whether it could. No device is started; those
 * that a plan takes several queues of are configured, which --check without them is not.
 */
#include "l2fwd.h"
#include "preflight.h"

/* The plan, as at the start, with the addresses that the ethdevs have. */
static int
look_at_plan(struct l2fwd *fw, struct l2fwd_err *err)
{
	if (l2fwd_plan_devices(fw, err) < 0)
		return -1;
	for (unsigned int i = 0; i < fw->fw_plan.pn_nethdevs; i++)
		rte_eth_macaddr_get(
		    fw->fw_plan.pn_ethdev[i].ed_id, &fw->fw_plan.pn_ethdev[i].ed_mac);
	l2fwd_pipeline_rows(&fw->fw_plan, fw->fw_args.mac_update);
	l2fwd_ethdevs_print(&fw->fw_args, &fw->fw_plan);
	l2fwd_numa_print(stdout, &fw->fw_plan, &fw->fw_have, false);
	l2fwd_pipeline_print(&fw->fw_plan);
	return 0;
}

/* Is there memory for the pools? Made, and given back by whoever called. */
static int
try_pools(struct l2fwd *fw, struct l2fwd_err *err)
{
	if (fw->fw_file == NULL)
		return l2fwd_ethdevs_pools(fw, err);
	if (lwkt_pipeline_file_try_pools(fw->fw_file) == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_ENV,
	    "--config %.200s: no memory for its pools; the line before this says which",
	    fw->fw_args.config);
}

int
l2fwd_look(struct l2fwd *fw, struct l2fwd_err *err)
{
	int rc = fw->fw_file != NULL ? l2fwd_file_check(fw, err) : look_at_plan(fw, err);

	if (rc == 0 && fw->fw_args.preflight)
		rc = try_pools(fw, err);
	fflush(stdout);
	return rc;
}
