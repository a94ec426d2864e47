/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * check_stepped_call: calls a function with the trap flag set, so that the first trap comes
 * before its first instruction. The flag is cleared by the handler of the trap that comes at
 * check_stepped_return, or earlier. Contract: check-arch.h.
 *
 *	rax  the function	r10  its arguments
 */
	.text
	.globl	check_stepped_call
	.type	check_stepped_call, @function
check_stepped_call:
	.cfi_startproc
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_offset %rbp, -16
	mov	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	mov	%rdi, %rax
	mov	%rsi, %r10
	mov	0(%r10), %rdi
	mov	8(%r10), %rsi
	mov	16(%r10), %rdx
	mov	24(%r10), %rcx
	mov	32(%r10), %r8
	mov	40(%r10), %r9
	pushfq
	orq	$0x100, (%rsp)
	popfq
	call	*%rax
	.globl	check_stepped_return
check_stepped_return:
	pop	%rbp
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc
	.size	check_stepped_call, . - check_stepped_call

	.globl	check_stepped_over
check_stepped_over:
	int3
	ud2

	.section .note.GNU-stack, "", @progbits
