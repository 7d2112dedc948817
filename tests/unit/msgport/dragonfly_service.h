/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRAGONFLY_SERVICE_H
#define DRAGONFLY_SERVICE_H

#include <lwkt_msgport.h>

struct service {
	long sv_sum;
	int sv_running, sv_cpu;
};

typedef struct servmsg *servmsg_t;

struct servmsg {
	struct lwkt_msg lmsg;
	void (*sm_dispatch)(servmsg_t);
	struct service *sm_service;
	long sm_arg;
};

void servmsg_init(servmsg_t msg, struct lwkt_port *rport, void (*dispatch)(servmsg_t));
void service_loop(void *arg);
long service_call_add(struct service *sv, lwkt_port_t port, long arg);
int service_call_stop(struct service *sv, lwkt_port_t port);

#endif /* DRAGONFLY_SERVICE_H */
