/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgt_call_raw: calls a function on another stack and writes down the registers as it left
 * them. Contract: probe.h. In C a compiler's own spills and copies would be found instead.
 *
 *	x27  struct vgt_call, and x28 the old stack pointer: both must survive the call
 */
#include "probe.h"

	.arch	armv8-a+simd
	.text
	.globl	vgt_call_raw
	.type	vgt_call_raw, %function
vgt_call_raw:
	.cfi_startproc
	stp	x29, x30, [sp, #-128]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x27, x28, [sp, #48]
	stp	d8, d9, [sp, #64]
	stp	d10, d11, [sp, #80]
	stp	d12, d13, [sp, #96]
	stp	d14, d15, [sp, #112]
	mov	x27, x0
	mov	x28, sp

	/* What the test's own copies of a secret left in the registers must not be found. */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movi	v\n\().4s, #0
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().4s, #0
	.endr
	.irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17
	mov	x\n, xzr
	.endr
	ldp	x19, x20, [x27, #VGT_CALL_KEPT]
	ldp	x21, x22, [x27, #VGT_CALL_KEPT + 16]
	ldp	d8, d9, [x27, #VGT_CALL_KEPT + 32]
	ldp	d10, d11, [x27, #VGT_CALL_KEPT + 48]
	ldp	d12, d13, [x27, #VGT_CALL_KEPT + 64]
	ldp	d14, d15, [x27, #VGT_CALL_KEPT + 80]
	ldp	x0, x1, [x27, #VGT_CALL_ARGS]
	ldp	x2, x3, [x27, #VGT_CALL_ARGS + 16]
	ldp	x4, x5, [x27, #VGT_CALL_ARGS + 32]

	ldr	x16, [x27, #VGT_CALL_STACK_TOP]
	mov	sp, x16
	ldr	x16, [x27, #VGT_CALL_FUNCTION]
	blr	x16
	mov	sp, x28

	str	x0, [x27, #VGT_CALL_RESULT]
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	str	x\n, [x27, #VGT_CALL_GPRS + 8 * \n]
	.endr
	stp	x19, x20, [x27, #VGT_CALL_KEPT]
	stp	x21, x22, [x27, #VGT_CALL_KEPT + 16]
	stp	d8, d9, [x27, #VGT_CALL_KEPT + 32]
	stp	d10, d11, [x27, #VGT_CALL_KEPT + 48]
	stp	d12, d13, [x27, #VGT_CALL_KEPT + 64]
	stp	d14, d15, [x27, #VGT_CALL_KEPT + 80]
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str	q\n, [x27, #VGT_CALL_VECTORS + 64 * \n]
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x27, #VGT_CALL_VECTORS + 64 * \n]
	.endr

	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x27, x28, [sp, #48]
	ldp	d8, d9, [sp, #64]
	ldp	d10, d11, [sp, #80]
	ldp	d12, d13, [sp, #96]
	ldp	d14, d15, [sp, #112]
	ldp	x29, x30, [sp], #128
	ret
	.cfi_endproc
	.size	vgt_call_raw, . - vgt_call_raw

	.section .note.GNU-stack, "", %progbits
