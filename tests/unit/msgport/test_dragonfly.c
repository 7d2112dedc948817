/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code in DragonFly's style (dragonfly_service.c) runs: a service on CPU 1, its client on CPU 0.
 */
#include <errno.h>

#include "dragonfly_service.h"
#include "ports.h"

static struct service sv;

static int
service(void *arg)
{
	service_loop(arg);
	lwkt_flush();
	return 0;
}

LWKT_TEST(dragonfly, API_a_service_loop_over_its_threads_port)
{
	lwkt_port_t port = &lwkt_cpu_thread(1)->td_msgport;
	long sum = 0;

	cr_expect_eq(port, lwkt_thread_port(lwkt_cpu_thread(1)));
	sv = (struct service){.sv_running = 1};
	test_launch(1, service, &sv);
	for (long i = 1; i <= 100; i++)
		cr_assert_eq(service_call_add(&sv, port, i), sum += i);
	cr_expect_eq(service_call_stop(&sv, port), EALREADY);
	test_join(1);
	cr_expect_eq(sv.sv_cpu, 1);
}

LWKT_TEST(dragonfly, API_the_typedefs_without_t)
{
	lwkt_msg msg;
	lwkt_port port;
	lwkt_thread *td = lwkt_curthread();

	lwkt_initport_replyonly_null(&port);
	lwkt_initmsg(&msg, &port, 0);
	cr_expect(lwkt_checkmsg(&msg));
	cr_expect_eq(td->td_msgport.mpu_td, td);
}
