/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "ports.h"

void
tmsgs_init(struct tmsg *t, unsigned int n, lwkt_port_t reply_port, int flags)
{
	memset(t, 0, n * sizeof(*t));
	for (unsigned int i = 0; i < n; i++) {
		lwkt_initmsg(&t[i].msg, reply_port, flags);
		t[i].seq = i;
	}
}

int
get_seq(lwkt_port_t port)
{
	struct tmsg *t = lwkt_getport(port);

	return t != NULL ? (int)t->seq : -1;
}

const char *const kind_names[KINDS] = {"thread port", "spin port", "spin port of a fixed CPU"};

void
kind_init(lwkt_port_t port, enum port_kind kind)
{
	cr_assert_eq(lwkt_mycpuid(), 0);
	if (kind == KIND_THREAD)
		lwkt_initport_thread(port, lwkt_curthread());
	else
		lwkt_initport_spin(port, lwkt_curthread(), kind == KIND_SPIN_FIXED);
}

const char *
ptr_text(const void *ptr)
{
	static char texts[8][24];
	static unsigned int next;
	char *text = texts[next++ % RTE_DIM(texts)];

	snprintf(text, sizeof(texts[0]), "%p", ptr);
	return text;
}

unsigned int inline_puts;
lwkt_msg_t inline_last;
int inline_flags;

int
put_inline_5(lwkt_port_t port, lwkt_msg_t msg)
{
	(void)port;
	inline_puts++;
	inline_last = msg;
	inline_flags = msg->ms_flags;
	return 5;
}

int
put_accept(lwkt_port_t port, lwkt_msg_t msg)
{
	put_inline_5(port, msg);
	return EASYNC;
}
