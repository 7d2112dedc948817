/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The binary face of the seed header: sizes, orders, values.
 */
#include <stddef.h>

#include <rte_common.h>

#include "ports.h"

Test(layout, G96_a_message_is_one_cache_line)
{
	cr_expect_eq(sizeof(struct lwkt_msg), 64);
	cr_expect_eq(alignof(struct lwkt_port), RTE_CACHE_LINE_SIZE);
	cr_expect_eq(sizeof(struct lwkt_port) % RTE_CACHE_LINE_SIZE, 0);
}

Test(layout, M4_the_members_of_a_message_are_in_the_seeds_order)
{
	static const struct {
		const char *name;
		size_t offset, want;
	} members[] = {
	    {"ms_node", offsetof(struct lwkt_msg, ms_node), 0},
	    {"ms_target_port", offsetof(struct lwkt_msg, ms_target_port), 16},
	    {"ms_reply_port", offsetof(struct lwkt_msg, ms_reply_port), 24},
	    {"ms_abortfn", offsetof(struct lwkt_msg, ms_abortfn), 32},
	    {"ms_flags", offsetof(struct lwkt_msg, ms_flags), 40},
	    {"ms_error", offsetof(struct lwkt_msg, ms_error), 44},
	    {"u", offsetof(struct lwkt_msg, u), 48},
	    {"u.ms_resultp", offsetof(struct lwkt_msg, u.ms_resultp), 48},
	    {"u.ms_result", offsetof(struct lwkt_msg, u.ms_result), 48},
	    {"u.ms_lresult", offsetof(struct lwkt_msg, u.ms_lresult), 48},
	    {"u.ms_fds[1]", offsetof(struct lwkt_msg, u.ms_fds[1]), 52},
	    {"u.ms_result32", offsetof(struct lwkt_msg, u.ms_result32), 48},
	    {"u.ms_result64", offsetof(struct lwkt_msg, u.ms_result64), 48},
	    {"u.ms_offset", offsetof(struct lwkt_msg, u.ms_offset), 48},
	    {"ms_receiptfn", offsetof(struct lwkt_msg, ms_receiptfn), 56},
	};

	for (unsigned int i = 0; i < RTE_DIM(members); i++)
		cr_expect_eq(members[i].offset, members[i].want, "%s", members[i].name);
}

Test(layout, M4_the_flags_have_the_seeds_values)
{
	static const struct {
		const char *name;
		unsigned int value, want;
	} flags[] = {
	    {"DONE", MSGF_DONE, 0x0001},
	    {"REPLY", MSGF_REPLY, 0x0002},
	    {"QUEUED", MSGF_QUEUED, 0x0004},
	    {"SYNC", MSGF_SYNC, 0x0008},
	    {"INTRANSIT", MSGF_INTRANSIT, 0x0010},
	    {"WAITING", MSGF_WAITING, 0x0020},
	    {"DROPABLE", MSGF_DROPABLE, 0x0040},
	    {"ABORTABLE", MSGF_ABORTABLE, 0x0080},
	    {"PRIORITY", MSGF_PRIORITY, 0x0100},
	    {"RECEIPT", MSGF_RECEIPT, 0x0200},
	    {"USER0", MSGF_USER0, 0x00010000},
	    {"USER1", MSGF_USER1, 0x00020000},
	    {"USER2", MSGF_USER2, 0x00040000},
	    {"USER3", MSGF_USER3, 0x00080000},
	    {"MSG_CMD_CDEV", MSG_CMD_CDEV, 0x00010000},
	    {"MSG_CMD_VFS", MSG_CMD_VFS, 0x00020000},
	    {"MSG_CMD_SYSCALL", MSG_CMD_SYSCALL, 0x00030000},
	    {"MSG_SUBCMD_MASK", MSG_SUBCMD_MASK, 0x0000ffff},
	    {"MSGPORTF_WAITING", MSGPORTF_WAITING, 0x0001},
	};

	for (unsigned int i = 0; i < RTE_DIM(flags); i++)
		cr_expect_eq(flags[i].value, flags[i].want, "%s", flags[i].name);
}

Test(layout, M10_easync_is_no_errno)
{
	cr_expect_gt(EASYNC, 4095);
}

/* That they are there is what it takes to compile this. */
Test(layout, M4_a_port_has_the_seeds_members)
{
	struct lwkt_port port = {.mp_flags = MSGPORTF_WAITING, .mp_cpuid = 3};

	TAILQ_INIT(&port.mp_msgq);
	TAILQ_INIT(&port.mp_msgq_prio);
	port.mpu_td = (struct lwkt_thread *)(void *)&port;
	port.mpu_data = &port;
	cr_expect_eq((const void *)port.mpu_serialize, &port, "one union");
	cr_expect_eq((const void *)&port.mpu_spin, &port.mp_u);
	cr_expect_eq((const void *)port.mpu_td, &port, "and the owner is not in it");
	cr_expect_null(port.mp_getport);
	cr_expect_null(port.mp_putport);
	cr_expect_null(port.mp_waitmsg);
	cr_expect_null(port.mp_waitport);
	cr_expect_null(port.mp_replyport);
	cr_expect_null(port.mp_dropmsg);
	cr_expect_null(port.mp_putport_oncpu);
}

/* Senders read the first line, the owner writes the second: no line is both. */
Test(layout, API_what_senders_read_is_apart_from_what_the_owner_writes)
{
	const size_t line = RTE_CACHE_LINE_SIZE;

	cr_expect_eq(offsetof(struct lwkt_port, mp_putport) / line, 0);
	cr_expect_eq(offsetof(struct lwkt_port, mp_replyport) / line, 0);
	cr_expect_eq(offsetof(struct lwkt_port, mp_putport_oncpu) / line, 0);
	cr_expect_eq(offsetof(struct lwkt_port, mpu_td) / line, 0);
	cr_expect_eq(offsetof(struct lwkt_port, mp_cpuid) / line, 0);
	cr_expect_neq(offsetof(struct lwkt_port, mp_msgq) / line, 0);
	cr_expect_neq(offsetof(struct lwkt_port, mp_msgq_prio) / line, 0);
	cr_expect_neq(offsetof(struct lwkt_port, mp_flags) / line, 0);
	cr_expect_neq(offsetof(struct lwkt_port, mp_u) / line, 0);
}
