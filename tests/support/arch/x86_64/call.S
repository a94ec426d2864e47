/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgt_call_raw: calls a function on another stack and writes down the registers as it left
 * them. Contract: probe.h. In C a compiler's own spills and copies would be found instead.
 *
 *	rbx  struct vgt_call, and rbp the old stack pointer: both must survive the call
 */
#include "probe.h"

	.text
	.globl	vgt_call_raw
	.type	vgt_call_raw, @function
vgt_call_raw:
	.cfi_startproc
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %rbx
	mov	%rsp, %rbp

	/* What the test's own copies of a secret left in the registers must not be found. */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pxor	%xmm\n, %xmm\n
	.endr
	cmpq	$32, VGT_CALL_VECTOR_LEN(%rbx)
	jb	.Lcleared
	vzeroall
	je	.Lcleared
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vpxord	%zmm\n, %zmm\n, %zmm\n
	.endr
.Lcleared:
	xor	%eax, %eax
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	mov	VGT_CALL_KEPT + 0(%rbx), %r12
	mov	VGT_CALL_KEPT + 8(%rbx), %r13
	mov	VGT_CALL_KEPT + 16(%rbx), %r14
	mov	VGT_CALL_KEPT + 24(%rbx), %r15
	mov	VGT_CALL_ARGS + 0(%rbx), %rdi
	mov	VGT_CALL_ARGS + 8(%rbx), %rsi
	mov	VGT_CALL_ARGS + 16(%rbx), %rdx
	mov	VGT_CALL_ARGS + 24(%rbx), %rcx
	mov	VGT_CALL_ARGS + 32(%rbx), %r8
	mov	VGT_CALL_ARGS + 40(%rbx), %r9

	mov	VGT_CALL_STACK_TOP(%rbx), %rsp
	call	*VGT_CALL_FUNCTION(%rbx)
	mov	%rbp, %rsp

	mov	%rax, VGT_CALL_RESULT(%rbx)
	mov	%rax, VGT_CALL_GPRS + 0(%rbx)
	mov	%rcx, VGT_CALL_GPRS + 8(%rbx)
	mov	%rdx, VGT_CALL_GPRS + 16(%rbx)
	mov	%rsi, VGT_CALL_GPRS + 24(%rbx)
	mov	%rdi, VGT_CALL_GPRS + 32(%rbx)
	mov	%r8, VGT_CALL_GPRS + 40(%rbx)
	mov	%r9, VGT_CALL_GPRS + 48(%rbx)
	mov	%r10, VGT_CALL_GPRS + 56(%rbx)
	mov	%r11, VGT_CALL_GPRS + 64(%rbx)
	mov	%r12, VGT_CALL_KEPT + 0(%rbx)
	mov	%r13, VGT_CALL_KEPT + 8(%rbx)
	mov	%r14, VGT_CALL_KEPT + 16(%rbx)
	mov	%r15, VGT_CALL_KEPT + 24(%rbx)

	cmpq	$32, VGT_CALL_VECTOR_LEN(%rbx)
	jb	.Lsse
	je	.Lavx
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu64	%zmm\n, VGT_CALL_VECTORS + 64 * \n(%rbx)
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vmovdqu64	%zmm\n, VGT_CALL_VECTORS + 64 * \n(%rbx)
	.endr
	vzeroupper
	jmp	.Ldumped
.Lavx:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	%ymm\n, VGT_CALL_VECTORS + 64 * \n(%rbx)
	.endr
	vzeroupper
	jmp	.Ldumped
.Lsse:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	%xmm\n, VGT_CALL_VECTORS + 64 * \n(%rbx)
	.endr
.Ldumped:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.cfi_endproc
	.size	vgt_call_raw, . - vgt_call_raw

	.section .note.GNU-stack, "", @progbits
