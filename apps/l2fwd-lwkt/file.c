/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pipeline: of the file that --config names, or of the text that the options come to. The
 * library makes all of it.
 */
#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

#include "l2fwd.h"
#include "text.h"

static int
refuse_file(const struct l2fwd *fw, int code, struct l2fwd_err *err)
{
	if (fw->fw_args.config == NULL)
		return l2fwd_refuse(err, code,
		    "options: the lines before this say what to change; --print-config shows what "
		    "they count in");
	return l2fwd_refuse(err, code, "--config %.200s: the lines before this say what to change",
	    fw->fw_args.config);
}

/* The file could not be read or checked: what is wrong in it has been said, or memory is short. */
static int
refuse_read(const struct l2fwd *fw, int error, struct l2fwd_err *err)
{
	if (error != ENOMEM)
		return refuse_file(fw, L2FWD_EXIT_USAGE, err);
	return l2fwd_refuse(err, L2FWD_EXIT_ENV,
	    "%.200s: no memory to read and check it; free some, or give EAL more (-m)",
	    fw->fw_args.config != NULL ? fw->fw_args.config : "options");
}

int
l2fwd_file_load(struct l2fwd *fw, struct l2fwd_err *err)
{
	fw->fw_file = lwkt_pipeline_file_load(fw->fw_args.config);
	return fw->fw_file != NULL ? 0 : refuse_read(fw, rte_errno, err);
}

/* The text is the caller's to free, also on failure. */
static int
write_text(struct l2fwd *fw, char **text, size_t *bytes, struct l2fwd_err *err)
{
	struct lwkt_inventory *have = malloc(sizeof(*have));
	FILE *f = open_memstream(text, bytes);
	int rc = -1;

	if (have == NULL || f == NULL) {
		l2fwd_refuse(err, L2FWD_EXIT_ENV, "options: no memory; free some");
	} else {
		lwkt_inventory_take(have);
		rc = l2fwd_text_write(f, &fw->fw_args, have, lwkt_inventory_rxq, err);
	}
	if (f != NULL && fclose(f) != 0)
		rc = l2fwd_refuse(err, L2FWD_EXIT_ENV, "options: no memory; free some");
	free(have);
	return rc;
}

int
l2fwd_file_options(struct l2fwd *fw, struct l2fwd_err *err)
{
	char *text = NULL;
	size_t bytes = 0;
	int rc;

	if (fw->fw_file != NULL)
		return 0;
	rc = write_text(fw, &text, &bytes, err);
	if (rc == 0 && fw->fw_args.print_config) {
		fwrite(text, 1, bytes, stdout);
	} else if (rc == 0) {
		fw->fw_file = lwkt_pipeline_file_parse("options", text, bytes);
		rc = fw->fw_file != NULL ? 0 : refuse_read(fw, rte_errno, err);
	}
	free(text);
	return rc;
}

static int
check_file(struct l2fwd *fw, struct l2fwd_err *err)
{
	int rc = lwkt_pipeline_file_check(fw->fw_file, NULL);

	if (rc < 0)
		return refuse_read(fw, -rc, err);
	if (fw->fw_args.graph)
		lwkt_pipeline_file_graph(fw->fw_file, stdout);
	else
		lwkt_pipeline_file_print(fw->fw_file, stdout);
	return 0;
}

/* Is there memory for the pools? Made, and given back. */
static int
try_pools(struct l2fwd *fw, struct l2fwd_err *err)
{
	return lwkt_pipeline_file_try_pools(fw->fw_file) == 0
	           ? 0
	           : refuse_file(fw, L2FWD_EXIT_ENV, err);
}

int
l2fwd_file_look(struct l2fwd *fw, struct l2fwd_err *err)
{
	int rc = l2fwd_file_options(fw, err);

	if (rc == 0 && !fw->fw_args.print_config)
		rc = check_file(fw, err);
	if (rc == 0 && (fw->fw_args.check || fw->fw_args.preflight) && fw->fw_file != NULL)
		rc = try_pools(fw, err);
	fflush(stdout);
	return rc;
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
	lwkt_pipeline_file_print(fw->fw_file, stdout);
	return 0;
}
