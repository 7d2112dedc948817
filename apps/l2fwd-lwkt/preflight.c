/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * This machine, judged: for --preflight, and as hints when a start fails.
 */
#include <string.h>

#include "preflight.h"

static struct l2fwd_facts facts; /* too large for a stack */
static struct l2fwd_findings findings;

static void
judge_here(int argc, char **argv, bool told)
{
	struct l2fwd_eal el;

	l2fwd_eal_read(&el, argc, argv);
	el.el_told = told;
	l2fwd_facts_read(&facts, &el, "");
	l2fwd_judge(&findings, &el, &facts);
}

int
l2fwd_preflight(int argc, char **argv, struct l2fwd_err *err)
{
	judge_here(argc, argv, false);
	l2fwd_findings_print(stdout, "preflight", &findings, L2FWD_OK);
	fflush(stdout);
	if (findings.fi_failed == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_ENV,
	    "--preflight: %u failed; the lines marked FAILED say what to do, EAL was not asked",
	    findings.fi_failed);
}

void
l2fwd_preflight_vdevs(int argc, char **argv)
{
	struct l2fwd_eal el;

	l2fwd_eal_read(&el, argc, argv);
	memset(&facts, 0, sizeof(facts));
	l2fwd_facts_vdevs(&facts, &el, "");
	findings.fi_n = 0;
	l2fwd_judge_vdevs(&findings, &el, &facts);
	for (unsigned int i = 0; i < findings.fi_n; i++)
		if (findings.fi_at[i].fd_verdict == L2FWD_WARN)
			printf("warning: %s\n", findings.fi_at[i].fd_text);
}

void
l2fwd_preflight_hints(int argc, char **argv)
{
	judge_here(argc, argv, true);
	fflush(stdout);
	l2fwd_findings_print(stderr, "preflight", &findings, L2FWD_FAIL);
}
