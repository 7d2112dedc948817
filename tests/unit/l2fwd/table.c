/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "table.h"

struct lwkt_inventory table_world;

static const struct lwkt_ethdev_limits limits = {
    {64, 4096, 8}, {64, 4096, 8}, 68, 9710, 18, 1024, 40, UINT64_MAX, UINT64_MAX};

void
table_machine(unsigned int nethdevs, unsigned int nworkers, const struct table_caps *even,
    const struct table_caps *odd)
{
	struct lwkt_inventory *iv = &table_world;

	memset(iv, 0, sizeof(*iv));
	iv->iv_nlcores = nworkers + 1;
	for (unsigned int i = 0; i <= nworkers; i++)
		iv->iv_lcore[i].il_id = i;
	iv->iv_nethdevs = nethdevs;
	for (unsigned int i = 0; i < nethdevs; i++) {
		struct lwkt_inventory_ethdev *ie = &iv->iv_ethdev[i];
		const struct table_caps *tc = i % 2 == 0 ? even : odd;

		ie->ie_id = (uint16_t)i;
		snprintf(ie->ie_name, sizeof(ie->ie_name), "net_%u", i);
		ie->ie_max_rxq = tc->tc_rxq;
		ie->ie_max_txq = tc->tc_txq;
		ie->ie_no_rss = tc->tc_no_rss;
		ie->ie_limits = limits;
		ie->ie_mac.addr_bytes[5] = (uint8_t)(0xa0 + i);
	}
}

unsigned int table_takes;

/* In place of lwkt_inventory_rxq(). */
static unsigned int
ask(struct lwkt_inventory_ethdev *ie, const struct lwkt_ethdev_params *params)
{
	unsigned int n = params->ep_rxq;

	while (table_takes != 0 && n > table_takes)
		ie->ie_max_rxq = n = rte_align32prevpow2(n - 1);
	return n;
}

int
table_text(char *text, size_t bytes, const struct l2fwd_args *args, struct l2fwd_err *err)
{
	FILE *f = fmemopen(text, bytes, "w");
	int rc;

	cr_assert_not_null(f);
	rc = l2fwd_text_write(f, args, &table_world, ask, err);
	fputc('\0', f);
	fclose(f);
	return rc;
}

struct lwkt_pipeline_file *
table_plan(const struct l2fwd_args *args, struct l2fwd_err *err)
{
	static char text[1 << 16];
	struct lwkt_pipeline_file *pf;

	if (table_text(text, sizeof(text), args, err) < 0)
		return NULL;
	pf = lwkt_pipeline_file_parse("options", text, strlen(text));
	cr_assert_not_null(pf, "%s", text);
	if (lwkt_pipeline_file_check(pf, &table_world) == 0)
		return pf;
	lwkt_pipeline_file_destroy(pf);
	l2fwd_refuse(err, L2FWD_EXIT_USAGE, "the check refuses it");
	return NULL;
}

void
table_put_stages(FILE *f, const struct lwkt_pipeline_file *pf)
{
	for (unsigned int i = 0; i < pf->pf_nstages; i++) {
		const struct config_stage *cs = &pf->pf_stage[i];

		fprintf(f, "%s@%u", cs->cs_name, cs->cs_lcore);
		for (unsigned int o = 0; o < cs->cs_nouts; o++)
			fprintf(f, ">%s", cs->cs_out[o].co_to);
		fprintf(f, " ");
	}
}

void
table_put_lines(FILE *f, const struct lwkt_pipeline_file *pf, const char *begin, const char *word)
{
	char *text = NULL, *line, *rest;
	size_t bytes;
	FILE *all = open_memstream(&text, &bytes);

	cr_assert_not_null(all);
	lwkt_pipeline_file_print(pf, all);
	fclose(all);
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, begin, strlen(begin)) == 0 && strstr(line, word) != NULL)
			fprintf(f, "%s\n", line);
	free(text);
}
