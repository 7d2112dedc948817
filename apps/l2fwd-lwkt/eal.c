/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EAL: its part of the command line, up and down.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "eal_start.h"
#include "l2fwd.h"

int
l2fwd_options_at(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return argc == 2 && i == argc ? 0 : i;
}

static void
print_usage(const char *prgname)
{
	(void)prgname;
	l2fwd_args_help(stdout);
}

void
l2fwd_eal_help(int argc, char **argv)
{
	for (int i = 1; i < l2fwd_options_at(argc, argv); i++) {
		if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0)
			continue;
		rte_set_application_usage_hook(print_usage);
		exit(rte_eal_init(argc, argv) < 0 ? L2FWD_EXIT_USAGE : 0);
	}
}

/*
 * EAL leaves its directory under /var/run/dpdk behind; when nothing is in it, it can go. Telemetry's
 * socket is in it until the process ends.
 */
static void
remove_runtime_dir(void)
{
	rmdir(rte_eal_get_runtime_dir());
}

void
l2fwd_eal_leave(void)
{
	char path[PATH_MAX];

	l2fwd_control_leave();
	l2fwd_metrics_leave();
	snprintf(path, sizeof(path), "%s/dpdk_telemetry.v2", rte_eal_get_runtime_dir());
	unlink(path);
	remove_runtime_dir();
}

void
l2fwd_eal_stop(void)
{
	rte_eal_cleanup();
}

/*
 * EAL takes what stands before the "--" (eal_start.h). What it leaves there is none of its options,
 * and it has moved that behind: there is more than our own then.
 */
int
l2fwd_eal_start(int argc, char **argv, struct l2fwd_err *err)
{
	int nours = argc - l2fwd_options_at(argc, argv);
	struct eal_start es = {.es_program = "lwkt-l2fwd",
	    .es_help = "'lwkt-l2fwd --help --' lists them",
	    .es_log = l2fwd_log_stream()};
	int used;

	atexit(remove_runtime_dir); /* before EAL registers what it does then: so it runs after */
	used = eal_start(&es, argc, argv);
	if (used < 0)
		return l2fwd_refuse(err, es.es_code, "%s", es.es_text);
	if (argc - used > nours) {
		l2fwd_eal_stop();
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s: not an EAL option; take it away, or put it behind the \"--\"",
		    argv[used + 1]);
	}
	return 0;
}
