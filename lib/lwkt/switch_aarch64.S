/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From one thread's stack to another's, AAPCS64.
 *
 * Only what a function must keep is saved: x19-x29, the link register, d8-d15 and the stack
 * pointer. FPCR is the CPU's here (lwkt_thread.h). Entry points begin with bti c; return addresses
 * are not signed, so the note says BTI and not PAC.
 *
 *      void *lwkt_context_switch(void **save, void *to, void *arg)
 *
 * Saves the caller's context in *save, goes on with to, and there returns arg.
 */
	.text
	.p2align 4
	.globl lwkt_context_switch
	.hidden lwkt_context_switch
	.type lwkt_context_switch, %function
lwkt_context_switch:
	.cfi_startproc
	hint #34 /* bti c */
	sub sp, sp, #160
	.cfi_adjust_cfa_offset 160
	stp x19, x20, [sp, #0]
	.cfi_rel_offset x19, 0
	.cfi_rel_offset x20, 8
	stp x21, x22, [sp, #16]
	.cfi_rel_offset x21, 16
	.cfi_rel_offset x22, 24
	stp x23, x24, [sp, #32]
	.cfi_rel_offset x23, 32
	.cfi_rel_offset x24, 40
	stp x25, x26, [sp, #48]
	.cfi_rel_offset x25, 48
	.cfi_rel_offset x26, 56
	stp x27, x28, [sp, #64]
	.cfi_rel_offset x27, 64
	.cfi_rel_offset x28, 72
	stp x29, x30, [sp, #80]
	.cfi_rel_offset x29, 80
	.cfi_rel_offset x30, 88
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	mov x9, sp
	str x9, [x0]
	mov x0, x2
	mov sp, x1 /* the frame there looks the same, so the CFI still holds */
	ldp d14, d15, [sp, #144]
	ldp d12, d13, [sp, #128]
	ldp d10, d11, [sp, #112]
	ldp d8, d9, [sp, #96]
	ldp x29, x30, [sp, #80]
	ldp x27, x28, [sp, #64]
	ldp x25, x26, [sp, #48]
	ldp x23, x24, [sp, #32]
	ldp x21, x22, [sp, #16]
	ldp x19, x20, [sp, #0]
	add sp, sp, #160
	.cfi_adjust_cfa_offset -160
	ret
	.cfi_endproc
	.size lwkt_context_switch, . - lwkt_context_switch

/*
 * Where a new thread's first switch returns to: x19 is the thread, x0 the arg. A backtrace ends
 * here.
 */
	.p2align 4
	.globl lwkt_context_start
	.hidden lwkt_context_start
	.hidden lwkt_thread_main
	.type lwkt_context_start, %function
lwkt_context_start:
	.cfi_startproc
	.cfi_undefined x30
	hint #36 /* bti j */
	mov x1, x0
	mov x0, x19
	mov x29, xzr
	mov x30, xzr
	bl lwkt_thread_main
	brk #1
	.cfi_endproc
	.size lwkt_context_start, . - lwkt_context_start

	.section .note.GNU-stack, "", %progbits

	.section .note.gnu.property, "a"
	.p2align 3
	.long 4, 16, 5        /* "GNU", NT_GNU_PROPERTY_TYPE_0 */
	.asciz "GNU"
	.long 0xc0000000, 4   /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
	.long 1               /* BTI */
	.long 0
