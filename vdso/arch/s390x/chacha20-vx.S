/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgr_chacha20_vx: ChaCha20 keystream, four blocks a pass, vector facility of z13.
 *
 * Contract: vdso/chacha20.h. Leaf function: it saves nothing, spills nothing
 * and writes to no memory but the output. ChaCha20's words are little-endian and the machine is not:
 * the bytes of each are reversed after the key is read and before a block is stored.
 *
 * Layout: a register holds the same word of four blocks, so that a quarter round of all four needs
 * no turning of rows, and the four of a round do not wait for each other. v8 to v15, of which a
 * function must preserve the left halves, are not used.
 *
 *	r2   dst, next block		v0-v7    words 0 to 7
 *	r3   last			v16-v23  words 8 to 15
 *	r4   blocks left		v24-v27  scratch
 *	r5   key, then scratch		v28      what reverses the bytes of each word
 *	r6   counter, left as it is	v29-v30  key, first and second half
 *	r1   counter of block 0		v31      constants
 *	r0   scratch, then rounds
 *
 * A pass: set up, ten double rounds, final addition, transposition, stores. The last pass makes
 * four blocks, too, and stores those that are left.
 */
#include "marks.S"

	/* Or the image has the name of a temporary file, another one each time. */
	.file	"chacha20-vx.S"
	.machine "z13"

#define dst	%r2
#define last	%r3
#define left	%r4
#define key	%r5
#define scratch	%r5
#define counter	%r1
#define rounds	%r0

	.section .rodata
	.balign 16
.Lconstants:	/* "expand 32-byte k" */
	.long	0x61707865, 0x3320646e, 0x79622d32, 0x6b206574
.Lreverse:	/* the byte that comes to each place */
	.byte	3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12

/* x += y, of all four quarter rounds; likewise below */
.macro add_each x0, x1, x2, x3, y0, y1, y2, y3
	vaf	%v\x0, %v\x0, %v\y0
	vaf	%v\x1, %v\x1, %v\y1
	vaf	%v\x2, %v\x2, %v\y2
	vaf	%v\x3, %v\x3, %v\y3
.endm

/* x = (x ^ y) <<< bits */
.macro xor_rotate_each bits, x0, x1, x2, x3, y0, y1, y2, y3
	vx	%v\x0, %v\x0, %v\y0
	vx	%v\x1, %v\x1, %v\y1
	vx	%v\x2, %v\x2, %v\y2
	vx	%v\x3, %v\x3, %v\y3
	verllf	%v\x0, %v\x0, \bits
	verllf	%v\x1, %v\x1, \bits
	verllf	%v\x2, %v\x2, \bits
	verllf	%v\x3, %v\x3, \bits
.endm

/* Four quarter rounds (RFC 8439 section 2.1): of words a0 b0 c0 d0, a1 b1 c1 d1, ... */
.macro round a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
	/* a += b; d = (d ^ a) <<< 16 */
	add_each \a0, \a1, \a2, \a3, \b0, \b1, \b2, \b3
	xor_rotate_each 16, \d0, \d1, \d2, \d3, \a0, \a1, \a2, \a3
	/* c += d; b = (b ^ c) <<< 12 */
	add_each \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3
	xor_rotate_each 12, \b0, \b1, \b2, \b3, \c0, \c1, \c2, \c3
	/* a += b; d = (d ^ a) <<< 8 */
	add_each \a0, \a1, \a2, \a3, \b0, \b1, \b2, \b3
	xor_rotate_each 8, \d0, \d1, \d2, \d3, \a0, \a1, \a2, \a3
	/* c += d; b = (b ^ c) <<< 7 */
	add_each \c0, \c1, \c2, \c3, \d0, \d1, \d2, \d3
	xor_rotate_each 7, \b0, \b1, \b2, \b3, \c0, \c1, \c2, \c3
.endm

/* low, high = the halves of counter to counter + 3: in 64 bits, so that a carry reaches word 13 */
.macro counters low, high
	aghik	scratch, counter, 1
	vlvgp	%v24, counter, scratch
	aghik	scratch, counter, 2
	aghik	rounds, counter, 3
	vlvgp	%v25, scratch, rounds
	vpkg	%v\low, %v24, %v25
	vesrlg	%v24, %v24, 32
	vesrlg	%v25, %v25, 32
	vpkg	%v\high, %v24, %v25
.endm

/* x0 to x3 = the four words of row in each block */
.macro set_row row, x0, x1, x2, x3
	vrepf	%v\x0, %v\row, 0
	vrepf	%v\x1, %v\row, 1
	vrepf	%v\x2, %v\row, 2
	vrepf	%v\x3, %v\row, 3
.endm

/* The final addition of a row that is the same in all blocks. */
.macro add_row row, x0, x1, x2, x3
	set_row	\row, 24, 25, 26, 27
	add_each \x0, \x1, \x2, \x3, 24, 25, 26, 27
.endm

/* From a word of four blocks in each register to four words of a block in each. */
.macro transpose x0, x1, x2, x3
	vmrhf	%v24, %v\x0, %v\x1
	vmrlf	%v25, %v\x0, %v\x1
	vmrhf	%v26, %v\x2, %v\x3
	vmrlf	%v27, %v\x2, %v\x3
	vmrhg	%v\x0, %v24, %v26
	vmrlg	%v\x1, %v24, %v26
	vmrhg	%v\x2, %v25, %v27
	vmrlg	%v\x3, %v25, %v27
.endm

/* Nothing after aghi touches the condition code. */
.macro store a, b, c, d
	/* dst = --left ? dst : last */
	aghi	left, -1
	locgre	dst, last
	.irp x, \a, \b, \c, \d
	vperm	%v\x, %v\x, %v\x, %v28
	.endr
	vst	%v\a, 0(dst)
	vst	%v\b, 16(dst)
	vst	%v\c, 32(dst)
	vst	%v\d, 48(dst)
	je	.Ldone
	aghi	dst, 64
.endm

	.text
	.globl	vgr_chacha20_vx
	.hidden	vgr_chacha20_vx
	.type	vgr_chacha20_vx, @function
	.balign 64
vgr_chacha20_vx:
	.cfi_startproc
	ltgr	left, left
	je	.Lreturn

	/* The one read of the key: the first store may overwrite it. */
	vl	%v29, 0(key)
	vl	%v30, 16(key)
	larl	scratch, .Lconstants
	vl	%v31, 0(scratch)
	vl	%v28, .Lreverse - .Lconstants(scratch)
	vperm	%v29, %v29, %v29, %v28
	vperm	%v30, %v30, %v30, %v28
	lgr	counter, %r6

.Lpass:
	/* words = constants, key, counter, 0 */
	set_row	31, 0, 1, 2, 3
	set_row	29, 4, 5, 6, 7
	set_row	30, 16, 17, 18, 19
	counters 20, 21
	vgbm	%v22, 0
	vgbm	%v23, 0

	lghi	rounds, 10
.Ldouble_round:
	/* columns, then diagonals */
	round	0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
	round	0, 1, 2, 3, 5, 6, 7, 4, 18, 19, 16, 17, 23, 20, 21, 22
	brctg	rounds, .Ldouble_round

	/* words += initial words */
	add_row	31, 0, 1, 2, 3
	add_row	29, 4, 5, 6, 7
	add_row	30, 16, 17, 18, 19
	counters 26, 27
	vaf	%v20, %v20, %v26
	vaf	%v21, %v21, %v27

	transpose 0, 1, 2, 3
	transpose 4, 5, 6, 7
	transpose 16, 17, 18, 19
	transpose 20, 21, 22, 23
	store	0, 4, 16, 20
	store	1, 5, 17, 21
	store	2, 6, 18, 22
	store	3, 7, 19, 23
	aghi	counter, 4
	j	.Lpass

.Ldone:
	/* The registers hold the key, and a block of which a part may be the next key. */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30
	vgbm	%v\n, 0
	.endr
.Lreturn:
	br	%r14
	.cfi_endproc
	.size	vgr_chacha20_vx, . - vgr_chacha20_vx
