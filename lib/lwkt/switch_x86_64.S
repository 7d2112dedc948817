/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From one thread's stack to another's, x86-64 System V.
 *
 * Only what a function must keep is saved: rbx, rbp, r12-r15 and the stack pointer. MXCSR and the
 * x87 control word are the CPU's here (lwkt_thread.h), as saving them would double the cost.
 *
 * Shadow stacks: the switch does not exchange them, so this file's note says IBT and not SHSTK. The
 * linker then marks the library so, and no process that has it gets a shadow stack. Entry points
 * begin with endbr64.
 *
 *      void *lwkt_context_switch(void **save, void *to, void *arg)
 *
 * Saves the caller's context in *save, goes on with to, and there returns arg.
 */
	.text
	.p2align 4
	.globl lwkt_context_switch
	.hidden lwkt_context_switch
	.type lwkt_context_switch, @function
lwkt_context_switch:
	.cfi_startproc
	endbr64
	pushq %rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	pushq %rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	pushq %r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	pushq %r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	pushq %r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	pushq %r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	movq %rdx, %rax
	movq %rsp, (%rdi)
	movq %rsi, %rsp /* the frame there looks the same, so the CFI still holds */
	popq %r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore r15
	popq %r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore r14
	popq %r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore r13
	popq %r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore r12
	popq %rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	popq %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	ret
	.cfi_endproc
	.size lwkt_context_switch, . - lwkt_context_switch

/*
 * Where a new thread's first switch returns to: rbx is the thread, rax the arg. A backtrace ends
 * here.
 */
	.p2align 4
	.globl lwkt_context_start
	.hidden lwkt_context_start
	.hidden lwkt_thread_main
	.type lwkt_context_start, @function
lwkt_context_start:
	.cfi_startproc
	.cfi_undefined rip
	endbr64
	movq %rbx, %rdi
	movq %rax, %rsi
	xorl %ebp, %ebp
	call lwkt_thread_main
	ud2
	.cfi_endproc
	.size lwkt_context_start, . - lwkt_context_start

	.section .note.GNU-stack, "", @progbits

	.section .note.gnu.property, "a"
	.p2align 3
	.long 4, 16, 5        /* "GNU", NT_GNU_PROPERTY_TYPE_0 */
	.asciz "GNU"
	.long 0xc0000002, 4   /* GNU_PROPERTY_X86_FEATURE_1_AND */
	.long 1               /* IBT */
	.long 0
