/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ChaCha20 keystream with the 32 registers of AVX-512; included by the versions of
 * either width, not assembled alone. They define
 *
 *	FUNCTION	the name		ELEMENTS	1to16 or 1to8: words in one
 *	VECTOR, LANES	zmm and 4, or		ROWS_MAX	below
 *			ymm and 2
 *
 * Contract: vdso/chacha20.h. Leaf function: it pushes nothing, spills nothing
 * and writes to no memory but the output. It leaves the scratch place alone.
 *
 *	rdi  dst, next block	0-15   s0-s15: word n of so many blocks in s<n>
 *	rsi  last		16-23  k4-k11: key, numbered as in the state
 *	rdx  blocks left	24-25  k12, k13: counters, low and high halves
 *	rcx  key, rounds, tmp	26-29  r0-r3: rows of one block a lane
 *	r8   counter		30-31  key rows in the rounds, then scratch
 *				k1     carries of the counters, not secret
 *
 * Three kinds of pass, each ten double rounds and the addition of the initial
 * state. Only the last pass can be partial; what it made too much is cleared.
 *
 * - wide: four blocks a lane in s0-s15. 48 operations a round. Those of 512 bits go
 *   to two ports, only one of which rotates: port time, 24 cycles a round; those of
 *   256 bits go to three, two of which rotate: 16 cycles for half as many blocks.
 * - rows: a block a lane in r0-r3, four words a row: one chain of 12 cycles a
 *   round. For the last ROWS_MAX blocks or fewer.
 * - joint: wide and rows in one loop, when what is left fits exactly so (1 KiB and
 *   a new key are 17 blocks): the rows fill the gaps that the wide half leaves.
 */
#include "marks.S"

#define NAME_(v, n)	%v##n
#define NAME(v, n)	NAME_(v, n)
#define V(n)		NAME(VECTOR, n)
#define WIDE		(4 * LANES)

.set dst,	%rdi
.set last,	%rsi
.set left,	%rdx
.set key,	%rcx
.set tmp,	%rcx
.set tmp_d,	%ecx
.set rounds,	%ecx
.set counter,	%r8
.set counter_d,	%r8d

.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
.set s\n, %VECTOR\n
.endr
.set k4, V(16);  .set k5, V(17);  .set k6, V(18);  .set k7, V(19)
.set k8, V(20);  .set k9, V(21);  .set k10, V(22);  .set k11, V(23)
.set k12,	V(24)
.set k12_low,	%xmm24
.set k13,	V(25)
.set r0, V(26);  .set r1, V(27);  .set r2, V(28);  .set r3, V(29)
.set r3_low,	%xmm29
.set row_b, V(30);  .set row_c, V(31)
.set t0, V(30);  .set t1, V(31)

	.section .rodata
	.balign 64
.Lwide_blocks:	/* element e of lane l is block LANES * e + l: see transpose */
.irp l, 0, 1, 2, 3
	.long	\l, LANES + \l, 2 * LANES + \l, 3 * LANES + \l
.endr
.Lrow_blocks:	/* lane l is block l; the nonce is 0 */
	.quad	0, 0, 1, 0, 2, 0, 3, 0
.Lconstants:	/* "expand 32-byte k" */
	.long	0x61707865, 0x3320646e, 0x79622d32, 0x6b206574
.Lone:
	.long	1

/* A quarter of a quarter round: a += b; d = (d ^ a) <<< bits */
.macro step a, b, d, bits
	vpaddd	\b, \a, \a
	vpxord	\a, \d, \d
	vprold	$\bits, \d, \d
.endm

.macro row_step a, b, d, bits, rows
	.if \rows
	step	r\a, r\b, r\d, \bits
	.endif
.endm

/*
 * Four quarter rounds with a = s0-s3, side by side step by step, and those of the
 * rows if rows is 1. This order was the fastest of seven; each operation across
 * all four, one after the other, is 5 % slower.
 */
.macro quarter_rounds rows, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3
	/* a += b; d = (d ^ a) <<< 16 */
	step	s0, s\b0, s\d0, 16
	step	s1, s\b1, s\d1, 16
	step	s2, s\b2, s\d2, 16
	step	s3, s\b3, s\d3, 16
	row_step 0, 1, 3, 16, \rows
	/* c += d; b = (b ^ c) <<< 12 */
	step	s\c0, s\d0, s\b0, 12
	step	s\c1, s\d1, s\b1, 12
	step	s\c2, s\d2, s\b2, 12
	step	s\c3, s\d3, s\b3, 12
	row_step 2, 3, 1, 12, \rows
	/* a += b; d = (d ^ a) <<< 8 */
	step	s0, s\b0, s\d0, 8
	step	s1, s\b1, s\d1, 8
	step	s2, s\b2, s\d2, 8
	step	s3, s\b3, s\d3, 8
	row_step 0, 1, 3, 8, \rows
	/* c += d; b = (b ^ c) <<< 7 */
	step	s\c0, s\d0, s\b0, 7
	step	s\c1, s\d1, s\b1, 7
	step	s\c2, s\d2, s\b2, 7
	step	s\c3, s\d3, s\b3, 7
	row_step 2, 3, 1, 7, \rows
.endm

/* The same four quarter rounds in the rows alone, one in each column. */
.macro row_rounds
	step	r0, r1, r3, 16
	step	r2, r3, r1, 12
	step	r0, r1, r3, 8
	step	r2, r3, r1, 7
.endm

/*
 * Turn rows a, c, d so that the diagonals stand in columns (0x93: column n takes
 * n - 1, 0x4e: n + 2, 0x39: n + 1). Row b, finished last in each round, stays:
 * the turn then adds nothing to the chain.
 */
.macro turn_rows a, c
	vpshufd	$\a, r0, r0
	vpshufd	$0x4e, r3, r3
	vpshufd	$\c, r2, r2
.endm

/* row = counter, counter + 1, ..., as numbers of 64 bits, and nonce 0 */
.macro row_counters row, row_low
	vmovq	counter, \row_low
	vshufi32x4	$0, \row, \row, \row
	vpaddq	.Lrow_blocks(%rip), \row, \row
.endm

/* row_b, row_c = k4-k7, k8-k11 in each lane */
.macro key_rows
	vpunpckldq	k5, k4, r0
	vpunpckldq	k7, k6, r1
	vpunpckldq	k9, k8, r2
	vpunpckldq	k11, k10, r3
	vpunpcklqdq	r1, r0, row_b
	vpunpcklqdq	r3, r2, row_c
.endm

.macro load_rows
	vbroadcasti32x4	.Lconstants(%rip), r0
	vmovdqa32	row_b, r1
	vmovdqa32	row_c, r2
	row_counters	r3, r3_low
.endm

/* After add_wide in a joint pass: k12 is scratch here. */
.macro add_rows
	vbroadcasti32x4	.Lconstants(%rip), k12
	vpaddd	k12, r0, r0
	vpaddd	row_b, r1, r1
	vpaddd	row_c, r2, r2
	row_counters	k12, k12_low
	vpaddd	k12, r3, r3
.endm

.macro load_wide
	/* k12, k13 = counter + block of each element; k1 = carry into k13 */
	vmovdqa32	.Lwide_blocks(%rip), s12
	mov	counter, tmp
	shr	$32, tmp
	vpbroadcastd	counter_d, k12
	vpbroadcastd	tmp_d, k13
	vpaddd	s12, k12, k12
	vpcmpltud	s12, k12, %k1
	vpaddd	.Lone(%rip){ELEMENTS}, k13, k13{%k1}
	/* state = constants, key, counters, nonce 0 */
	.irp n, 0, 1, 2, 3
	vpbroadcastd	.Lconstants + 4 * \n(%rip), s\n
	.endr
	.irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	vmovdqa32	k\n, s\n
	.endr
	vpxord	s14, s14, s14
	vpxord	s15, s15, s15
.endm

.macro add_wide
	.irp n, 0, 1, 2, 3
	vpaddd	.Lconstants + 4 * \n(%rip){ELEMENTS}, s\n, s\n
	.endr
	.irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	vpaddd	k\n, s\n, s\n
	.endr
.endm

/*
 * In each lane, four words of four blocks become four words of one block in each
 * register: element 0 of the lane in s<w0>, to element 3 in s<w3>.
 */
.macro transpose w0, w1, w2, w3
	vpunpckldq	s\w1, s\w0, t0
	vpunpckhdq	s\w1, s\w0, s\w1
	vpunpckldq	s\w3, s\w2, t1
	vpunpckhdq	s\w3, s\w2, s\w3
	vpunpcklqdq	s\w3, s\w1, s\w2
	vpunpckhqdq	s\w3, s\w1, s\w3
	vpunpcklqdq	t1, t0, s\w0
	vpunpckhqdq	t1, t0, s\w1
.endm

/*
 * Store the block in one lane of four registers; the last block of all goes to
 * last. A lane is stored without any use of the two busy ports, which is why the
 * lanes are not first gathered into 64 bytes. Until jz nothing touches the flags.
 */
.macro store_block lane, a, b, c, d
	/* dst = --left ? dst : last */
	sub	$1, left
	cmovz	last, dst
	vextracti32x4	$\lane, \a, 0(dst)
	vextracti32x4	$\lane, \b, 16(dst)
	vextracti32x4	$\lane, \c, 32(dst)
	vextracti32x4	$\lane, \d, 48(dst)
	jz	.Ldone
	add	$64, dst
.endm

.macro store_lanes a, b, c, d
	store_block	0, \a, \b, \c, \d
	store_block	1, \a, \b, \c, \d
	.if LANES == 4
	store_block	2, \a, \b, \c, \d
	store_block	3, \a, \b, \c, \d
	.endif
.endm

.macro store_wide
	transpose	0, 1, 2, 3
	transpose	4, 5, 6, 7
	transpose	8, 9, 10, 11
	transpose	12, 13, 14, 15
	store_lanes	s0, s4, s8, s12
	store_lanes	s1, s5, s9, s13
	store_lanes	s2, s6, s10, s14
	store_lanes	s3, s7, s11, s15
.endm

	.text
	.globl	FUNCTION
	.hidden	FUNCTION
	.type	FUNCTION, @function
	.balign 64
FUNCTION:
	.cfi_startproc
	landing_pad
	test	left, left
	jz	.Lreturn

	/* The one read of the key: the first store may overwrite it. */
	.irp n, 4, 5, 6, 7, 8, 9, 10, 11
	vpbroadcastd	(4 * \n - 16)(key), k\n
	.endr

.Lpass:
	/* What is left decides between rows, joint and wide. */
	cmp	$ROWS_MAX, left
	jbe	.Lrows
	lea	-WIDE - 1(left), tmp
	cmp	$LANES, tmp
	jb	.Ljoint

	load_wide
	mov	$10, rounds
	.balign 64
.Lwide_double_round:
	quarter_rounds	0, 4, 5, 6, 7,  8, 9, 10, 11,  12, 13, 14, 15
	quarter_rounds	0, 5, 6, 7, 4,  10, 11, 8, 9,  15, 12, 13, 14
	sub	$1, rounds
	jnz	.Lwide_double_round

	add_wide
	store_wide
	add	$WIDE, counter
	jmp	.Lpass

.Ljoint:
	load_wide
	add	$WIDE, counter
	key_rows
	load_rows
	mov	$10, rounds
	.balign 64
.Ljoint_double_round:
	quarter_rounds	1, 4, 5, 6, 7,  8, 9, 10, 11,  12, 13, 14, 15
	turn_rows	0x93, 0x39
	quarter_rounds	1, 5, 6, 7, 4,  10, 11, 8, 9,  15, 12, 13, 14
	turn_rows	0x39, 0x93
	sub	$1, rounds
	jnz	.Ljoint_double_round

	add_wide
	add_rows
	store_wide
	store_lanes	r0, r1, r2, r3

.Lrows:
	key_rows
.Lrow_pass:
	load_rows
	mov	$10, rounds
	.balign 64
.Lrow_double_round:
	row_rounds
	turn_rows	0x93, 0x39
	row_rounds
	turn_rows	0x39, 0x93
	sub	$1, rounds
	jnz	.Lrow_double_round

	add_rows
	store_lanes	r0, r1, r2, r3
	add	$LANES, counter
	jmp	.Lrow_pass

.Ldone:
	/*
	 * The registers hold the key and blocks nobody has been given. vzeroupper
	 * clears the first 16 above their low 128 bits, and nothing of the others.
	 */
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vpxor	%xmm\n, %xmm\n, %xmm\n
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	vpxord	%VECTOR\n, %VECTOR\n, %VECTOR\n
	.endr
	vzeroupper
.Lreturn:
	ret
	.cfi_endproc
	.size	FUNCTION, . - FUNCTION
