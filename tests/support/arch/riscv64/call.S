/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgt_call_raw: calls a function on another stack and writes down the registers as it left
 * them. Contract: probe.h. In C a compiler's own spills and copies would be found instead.
 *
 *	s10  struct vgt_call, and s11 the old stack pointer: both must survive the call
 */
#include "probe.h"

#define SAVED_LEN 128

	.text
	.globl	vgt_call_raw
	.type	vgt_call_raw, %function
vgt_call_raw:
	.cfi_startproc
	addi	sp, sp, -SAVED_LEN
	sd	ra, 0(sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 8 + 8 * \n(sp)
	.endr
	fsd	fs0, 104(sp)
	fsd	fs1, 112(sp)
	mv	s10, a0
	mv	s11, sp

	/* What the test's own copies of a secret left in the registers must not be found. */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	fmv.d.x	ft\n, zero
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	fmv.d.x	fa\n, zero
	.endr
	.irp register, t0, t1, t2, t3, t4, t5, t6, a6, a7
	li	\register, 0
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	ld	s\n, VGT_CALL_KEPT + 8 * \n(s10)
	.endr
	fld	fs0, VGT_CALL_KEPT + 80(s10)
	fld	fs1, VGT_CALL_KEPT + 88(s10)
	.irp n, 0, 1, 2, 3, 4, 5
	ld	a\n, VGT_CALL_ARGS + 8 * \n(s10)
	.endr

	ld	sp, VGT_CALL_STACK_TOP(s10)
	ld	ra, VGT_CALL_FUNCTION(s10)
	jalr	ra
	mv	sp, s11

	sd	a0, VGT_CALL_RESULT(s10)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	sd	a\n, VGT_CALL_GPRS + 8 * \n(s10)
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6
	sd	t\n, VGT_CALL_GPRS + 64 + 8 * \n(s10)
	.endr
	sd	ra, VGT_CALL_GPRS + 120(s10)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	sd	s\n, VGT_CALL_KEPT + 8 * \n(s10)
	.endr
	fsd	fs0, VGT_CALL_KEPT + 80(s10)
	fsd	fs1, VGT_CALL_KEPT + 88(s10)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	fsd	ft\n, VGT_CALL_VECTORS + 64 * \n(s10)
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	fsd	fa\n, VGT_CALL_VECTORS + 768 + 64 * \n(s10)
	.endr

	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 + 8 * \n(sp)
	.endr
	fld	fs0, 104(sp)
	fld	fs1, 112(sp)
	ld	ra, 0(sp)
	addi	sp, sp, SAVED_LEN
	ret
	.cfi_endproc
	.size	vgt_call_raw, . - vgt_call_raw

	.section .note.GNU-stack, "", %progbits
