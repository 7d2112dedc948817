/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dropping takes back a message that nobody has begun to work on, without a reply.
 *
 *      example_drop --no-huge -m 64 --no-pci -l 0
 */
#include <stdio.h>

#include <rte_eal.h>

#include <lwkt_msgport.h>

int
main(int argc, char **argv)
{
	struct lwkt_msg early, late;
	struct lwkt_port port;
	lwkt_port_t replies;

	if (rte_eal_init(argc, argv) < 0 || lwkt_init(NULL) < 0)
		return 1;
	replies = lwkt_thread_port(lwkt_curthread());
	lwkt_initport_thread(&port, lwkt_curthread()); /* only its owner may drop */

	lwkt_initmsg(&early, replies, MSGF_DROPABLE);
	lwkt_initmsg(&late, replies, MSGF_DROPABLE);
	lwkt_sendmsg(&port, &early);
	lwkt_sendmsg(&port, &late);

	printf("still queued: %s\n", lwkt_dropmsg(&early) == 0 ? "dropped" : "too late");
	lwkt_getport(&port); /* this is late: it is being worked on now */
	printf("being worked on: %s\n", lwkt_dropmsg(&late) == 0 ? "dropped" : "too late");
	lwkt_replymsg(&late, 0);
	lwkt_getport(replies);

	lwkt_fini();
	return rte_eal_cleanup() < 0;
}
