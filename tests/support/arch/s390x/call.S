/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgt_call_raw: calls a function on another stack and writes down the registers as it left
 * them. Contract: probe.h. In C a compiler's own spills and copies would be found instead.
 *
 *	r12  struct vgt_call, and r13 the old stack pointer: both must survive the call
 *
 * The called function finds 160 bytes of its own above its stack pointer, and behind them its sixth
 * argument.
 */
#include "probe.h"

	.machine "z13"
	.text
	.globl	vgt_call_raw
	.type	vgt_call_raw, @function
vgt_call_raw:
	.cfi_startproc
	stmg	%r6, %r15, 48(%r15)
	aghi	%r15, -64
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	std	%f\n, 8 * (\n - 8)(%r15)
	.endr
	lgr	%r12, %r2
	lgr	%r13, %r15

	/* What the test's own copies of a secret left in the registers must not be found. */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vgbm	%v\n, 0
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vgbm	%v\n, 0
	.endr
	lghi	%r11, 0
	lmg	%r7, %r10, VGT_CALL_KEPT(%r12)
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	ld	%f\n, VGT_CALL_KEPT + 32 + 8 * (\n - 8)(%r12)
	.endr
	lg	%r15, VGT_CALL_STACK_TOP(%r12)
	aghi	%r15, -168
	lg	%r0, VGT_CALL_ARGS + 40(%r12)
	stg	%r0, 160(%r15)
	lmg	%r2, %r6, VGT_CALL_ARGS(%r12)
	lghi	%r0, 0

	lg	%r1, VGT_CALL_FUNCTION(%r12)
	basr	%r14, %r1
	lgr	%r15, %r13

	stg	%r2, VGT_CALL_RESULT(%r12)
	stmg	%r0, %r6, VGT_CALL_GPRS(%r12)
	stg	%r14, VGT_CALL_GPRS + 56(%r12)
	stmg	%r7, %r10, VGT_CALL_KEPT(%r12)
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	std	%f\n, VGT_CALL_KEPT + 32 + 8 * (\n - 8)(%r12)
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vst	%v\n, VGT_CALL_VECTORS + 64 * \n(%r12)
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vst	%v\n, VGT_CALL_VECTORS + 64 * \n(%r12)
	.endr

	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	ld	%f\n, 8 * (\n - 8)(%r15)
	.endr
	lmg	%r6, %r15, 112(%r15)
	br	%r14
	.cfi_endproc
	.size	vgt_call_raw, . - vgt_call_raw

	.section .note.GNU-stack, "", @progbits
