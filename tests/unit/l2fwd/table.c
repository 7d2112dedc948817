/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

void
put_table(FILE *f, const struct l2fwd_plan *plan)
{
	for (unsigned int i = 0; i < plan->pn_nrows; i++) {
		const struct lwkt_stage_row *row = &plan->pn_row[i];

		fprintf(f, "%s@%u", row->sr_name, row->sr_lcore);
		for (unsigned int o = 0; o < LWKT_STAGE_OUTS && row->sr_out[o] != NULL; o++)
			fprintf(f, ">%s", row->sr_out[o]);
		fprintf(f, " ");
	}
}
