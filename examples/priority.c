/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Priority messages overtake normal ones on their port; a quota keeps them from starving these.
 *
 *      example_priority --no-huge -m 64 --no-pci -l 0
 */
#include <stdio.h>

#include <rte_eal.h>

#include <lwkt_msgport.h>

struct job {
	struct lwkt_msg jb_msg; /* first */
	const char *jb_name;
};

static void
run(lwkt_port_t port, struct job *jobs, int n)
{
	struct job *jb;

	for (int i = 0; i < n; i++) {
		int flags = jobs[i].jb_name[0] == 'u' ? MSGF_PRIORITY : 0;

		lwkt_initmsg(&jobs[i].jb_msg, lwkt_thread_port(lwkt_curthread()), flags);
		lwkt_sendmsg(port, &jobs[i].jb_msg);
	}
	while ((jb = lwkt_getport(port)) != NULL) {
		printf(" %s", jb->jb_name);
		lwkt_replymsg(&jb->jb_msg, 0);
	}
	printf("\n");
	while (lwkt_getport(lwkt_thread_port(lwkt_curthread())) != NULL)
		; /* all come back, urgent replies first */
}

int
main(int argc, char **argv)
{
	struct job jobs[] = {{.jb_name = "normal1"}, {.jb_name = "normal2"}, {.jb_name = "urgent1"},
	    {.jb_name = "urgent2"}, {.jb_name = "urgent3"}};
	struct lwkt_port port;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	lwkt_initport_thread(&port, lwkt_curthread());
	printf("strict: ");
	run(&port, jobs, 5);
	lwkt_port_set_prio_quota(&port, 2);
	printf("quota 2:");
	run(&port, jobs, 5);
	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
