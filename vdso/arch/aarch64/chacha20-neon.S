/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgr_chacha20_neon: ChaCha20 keystream, four blocks a pass, Advanced SIMD of ARMv8.0.
 *
 * Contract: vdso/chacha20.h. Leaf function: it saves nothing, spills nothing
 * and writes to no memory but the output. Little-endian.
 *
 * Layout: a register holds the same word of four blocks, so that a quarter round of all four
 * needs no turning of rows, and the four of a round do not wait for each other. Sixteen words
 * and what the rounds need fit into the registers that a function may change; v8 to v15, of
 * which it must preserve the lower halves, are not used.
 *
 *	x0   dst, next block		v0-v7    words 0 to 7
 *	x1   last			v16-v23  words 8 to 15
 *	x2   blocks left		v24-v27  scratch, one for each quarter round
 *	x3   key, then rounds		v28      what a rotation by 8 makes of the bytes
 *	x4   counter of block 0		v29-v30  key, first and second half
 *	x9-x11  scratch			v31      constants
 *
 * A pass: set up, ten double rounds, final addition, transposition, stores. The last pass makes
 * four blocks, too, and stores those that are left.
 */
#include "marks.S"

	/* Or the image has the name of a temporary file, another one each time. */
	.file	"chacha20-neon.S"
	.arch	armv8-a+simd

dst	.req	x0
last	.req	x1
left	.req	x2
key	.req	x3
rounds	.req	w3
counter	.req	x4

	.section .rodata
	.balign 16
.Lconstants:	/* "expand 32-byte k" */
	.long	0x61707865, 0x3320646e, 0x79622d32, 0x6b206574
.Lrotate_by_8:	/* the byte that comes to each place */
	.byte	3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14

/* x += y, of all four quarter rounds; likewise below */
.macro add_each x0, x1, x2, x3, y0, y1, y2, y3
	add	v\x0\().4s, v\x0\().4s, v\y0\().4s
	add	v\x1\().4s, v\x1\().4s, v\y1\().4s
	add	v\x2\().4s, v\x2\().4s, v\y2\().4s
	add	v\x3\().4s, v\x3\().4s, v\y3\().4s
.endm

/* x ^= y */
.macro xor_each x0, x1, x2, x3, y0, y1, y2, y3
	eor	v\x0\().16b, v\x0\().16b, v\y0\().16b
	eor	v\x1\().16b, v\x1\().16b, v\y1\().16b
	eor	v\x2\().16b, v\x2\().16b, v\y2\().16b
	eor	v\x3\().16b, v\x3\().16b, v\y3\().16b
.endm

/* x = (x ^ y) <<< bits */
.macro xor_rotate_each bits, x0, x1, x2, x3, y0, y1, y2, y3
	eor	v24.16b, v\x0\().16b, v\y0\().16b
	eor	v25.16b, v\x1\().16b, v\y1\().16b
	eor	v26.16b, v\x2\().16b, v\y2\().16b
	eor	v27.16b, v\x3\().16b, v\y3\().16b
	shl	v\x0\().4s, v24.4s, #\bits
	shl	v\x1\().4s, v25.4s, #\bits
	shl	v\x2\().4s, v26.4s, #\bits
	shl	v\x3\().4s, v27.4s, #\bits
	sri	v\x0\().4s, v24.4s, #(32 - \bits)
	sri	v\x1\().4s, v25.4s, #(32 - \bits)
	sri	v\x2\().4s, v26.4s, #(32 - \bits)
	sri	v\x3\().4s, v27.4s, #(32 - \bits)
.endm

/* x <<<= 16 */
.macro swap_halves_of_each x0, x1, x2, x3
	rev32	v\x0\().8h, v\x0\().8h
	rev32	v\x1\().8h, v\x1\().8h
	rev32	v\x2\().8h, v\x2\().8h
	rev32	v\x3\().8h, v\x3\().8h
.endm

/* x <<<= 8 */
.macro rotate_each_by_8 x0, x1, x2, x3
	tbl	v\x0\().16b, {v\x0\().16b}, v28.16b
	tbl	v\x1\().16b, {v\x1\().16b}, v28.16b
	tbl	v\x2\().16b, {v\x2\().16b}, v28.16b
	tbl	v\x3\().16b, {v\x3\().16b}, v28.16b
.endm

/* Four quarter rounds (RFC 8439 section 2.1): of words a0 b0 c0 d0, a1 b1 c1 d1, ... */
.macro round a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
	/* a += b; d = (d ^ a) <<< 16 */
	add_each \a0, \a1, \a2, \a3, \b0, \b1, \b2, \b3
	xor_each \d0, \d1, \d2, \d3, \a0, \a1, \a2, \a3
	swap_halves_of_each \d0, \d1, \d2, \d3
	/* c += d; b = (b ^ c) <<< 12 */
	add_each \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3
	xor_rotate_each 12, \b0, \b1, \b2, \b3, \c0, \c1, \c2, \c3
	/* a += b; d = (d ^ a) <<< 8 */
	add_each \a0, \a1, \a2, \a3, \b0, \b1, \b2, \b3
	xor_each \d0, \d1, \d2, \d3, \a0, \a1, \a2, \a3
	rotate_each_by_8 \d0, \d1, \d2, \d3
	/* c += d; b = (b ^ c) <<< 7 */
	add_each \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3
	xor_rotate_each 7, \b0, \b1, \b2, \b3, \c0, \c1, \c2, \c3
.endm

/* low, high = the halves of counter to counter + 3: in 64 bits, so that a carry reaches word 13 */
.macro counters low, high
	add	x9, counter, #1
	add	x10, counter, #2
	add	x11, counter, #3
	fmov	d24, counter
	fmov	d25, x10
	mov	v24.d[1], x9
	mov	v25.d[1], x11
	uzp1	v\low\().4s, v24.4s, v25.4s
	uzp2	v\high\().4s, v24.4s, v25.4s
.endm

/* x0 to x3 = the four words of row in each block */
.macro set_row row, x0, x1, x2, x3
	dup	v\x0\().4s, v\row\().s[0]
	dup	v\x1\().4s, v\row\().s[1]
	dup	v\x2\().4s, v\row\().s[2]
	dup	v\x3\().4s, v\row\().s[3]
.endm

/* The final addition of a row that is the same in all blocks. */
.macro add_row row, x0, x1, x2, x3
	set_row	\row, 24, 25, 26, 27
	add_each \x0, \x1, \x2, \x3, 24, 25, 26, 27
.endm

/* From a word of four blocks in each register to four words of a block in each. */
.macro transpose x0, x1, x2, x3
	trn1	v24.4s, v\x0\().4s, v\x1\().4s
	trn2	v25.4s, v\x0\().4s, v\x1\().4s
	trn1	v26.4s, v\x2\().4s, v\x3\().4s
	trn2	v27.4s, v\x2\().4s, v\x3\().4s
	trn1	v\x0\().2d, v24.2d, v26.2d
	trn1	v\x1\().2d, v25.2d, v27.2d
	trn2	v\x2\().2d, v24.2d, v26.2d
	trn2	v\x3\().2d, v25.2d, v27.2d
.endm

/* Nothing after subs touches the flags. */
.macro store a, b, c, d
	/* dst = --left ? dst : last */
	subs	left, left, #1
	csel	dst, last, dst, eq
	stp	q\a, q\b, [dst]
	stp	q\c, q\d, [dst, #32]
	b.eq	.Ldone
	add	dst, dst, #64
.endm

	.text
	.globl	vgr_chacha20_neon
	.hidden	vgr_chacha20_neon
	.type	vgr_chacha20_neon, %function
	.balign 64
vgr_chacha20_neon:
	.cfi_startproc
	landing_pad
	cbz	left, .Lreturn

	/* The one read of the key: the first store may overwrite it. */
	ldp	q29, q30, [key]
	adrp	x9, .Lconstants
	add	x9, x9, :lo12:.Lconstants
	ldp	q31, q28, [x9]

.Lpass:
	/* words = constants, key, counter, 0 */
	set_row	31, 0, 1, 2, 3
	set_row	29, 4, 5, 6, 7
	set_row	30, 16, 17, 18, 19
	counters 20, 21
	movi	v22.4s, #0
	movi	v23.4s, #0

	mov	rounds, #10
	.balign 64
.Ldouble_round:
	/* columns, then diagonals */
	round	0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
	round	0, 1, 2, 3, 5, 6, 7, 4, 18, 19, 16, 17, 23, 20, 21, 22
	subs	rounds, rounds, #1
	b.ne	.Ldouble_round

	/* words += initial words */
	add_row	31, 0, 1, 2, 3
	add_row	29, 4, 5, 6, 7
	add_row	30, 16, 17, 18, 19
	counters 26, 27
	add	v20.4s, v20.4s, v26.4s
	add	v21.4s, v21.4s, v27.4s

	transpose 0, 1, 2, 3
	transpose 4, 5, 6, 7
	transpose 16, 17, 18, 19
	transpose 20, 21, 22, 23
	store	0, 4, 16, 20
	store	1, 5, 17, 21
	store	2, 6, 18, 22
	store	3, 7, 19, 23
	add	counter, counter, #4
	b	.Lpass

.Ldone:
	/* The registers hold the key, and a block of which a part may be the next key. */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30
	movi	v\n\().4s, #0
	.endr
.Lreturn:
	ret
	.cfi_endproc
	.size	vgr_chacha20_neon, . - vgr_chacha20_neon
