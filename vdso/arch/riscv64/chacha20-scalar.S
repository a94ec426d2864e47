/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgr_chacha20_scalar: ChaCha20 keystream, a block a pass, in the integer registers of RV64I.
 *
 * Contract: vdso/chacha20.h. Key and state need more registers than a function may change, so it
 * saves those of its caller first, on the stack, before it has read a byte of the key: nothing
 * secret is ever there. It writes to no other memory but the output.
 *
 * Unaligned accesses are left alone, because machines may trap on them, into firmware that is slow
 * and sees the data: the key is read by bytes, and so is a block written that is not aligned to 4.
 *
 *	a0   dst, next block		s0-s11  words 0 to 11
 *	a1   last			t2-t5   words 12 to 15
 *	a2   blocks left		a6, a7, t0, t1  key, two words each
 *	a3   key, then rounds		a5, t6  scratch
 *	a4   counter of the block
 *
 * The upper half of a register that holds a word is anything: only what stores and shifts by 32
 * sees it, and they do not.
 */
#include "marks.S"

	/* Or the image has the name of a temporary file, another one each time. */
	.file	"chacha20-scalar.S"
	.option	norelax

#define dst	a0
#define last	a1
#define left	a2
#define key	a3
#define rounds	a3
#define counter	a4
#define scratch	a5
#define other	t6
#define key01	a6
#define key23	a7
#define key45	t0
#define key67	t1

#define SAVED_LEN (12 * 8)

/* Two quarter rounds (RFC 8439 section 2.1) that do not wait for each other: one step of each. */
.macro add_each x0, x1, y0, y1
	addw	\x0, \x0, \y0
	addw	\x1, \x1, \y1
.endm

/* x = (x ^ y) <<< bits */
.macro xor_rotate_each bits, x0, x1, y0, y1
	xor	\x0, \x0, \y0
	xor	\x1, \x1, \y1
	slliw	scratch, \x0, \bits
	slliw	other, \x1, \bits
	srliw	\x0, \x0, 32 - \bits
	srliw	\x1, \x1, 32 - \bits
	or	\x0, \x0, scratch
	or	\x1, \x1, other
.endm

.macro quarter_rounds a0, a1, b0, b1, c0, c1, d0, d1
	/* a += b; d = (d ^ a) <<< 16 */
	add_each \a0, \a1, \b0, \b1
	xor_rotate_each 16, \d0, \d1, \a0, \a1
	/* c += d; b = (b ^ c) <<< 12 */
	add_each \c0, \c1, \d0, \d1
	xor_rotate_each 12, \b0, \b1, \c0, \c1
	/* a += b; d = (d ^ a) <<< 8 */
	add_each \a0, \a1, \b0, \b1
	xor_rotate_each 8, \d0, \d1, \a0, \a1
	/* c += d; b = (b ^ c) <<< 7 */
	add_each \c0, \c1, \d0, \d1
	xor_rotate_each 7, \b0, \b1, \c0, \c1
.endm

/* to = eight bytes of the key, the first one lowest */
.macro load_key to, offset
	lbu	\to, \offset + 7(key)
	.irp n, 6, 5, 4, 3, 2, 1, 0
	lbu	scratch, \offset + \n(key)
	slli	\to, \to, 8
	or	\to, \to, scratch
	.endr
.endm

.macro set_words low, high, from
	mv	\low, \from
	srli	\high, \from, 32
.endm

.macro add_words low, high, from
	addw	\low, \low, \from
	srli	scratch, \from, 32
	addw	\high, \high, scratch
.endm

.macro add_constant word, value
	li	scratch, \value
	addw	\word, \word, scratch
.endm

.macro store_words offset, w0, w1, w2, w3
	sw	\w0, \offset(dst)
	sw	\w1, \offset + 4(dst)
	sw	\w2, \offset + 8(dst)
	sw	\w3, \offset + 12(dst)
.endm

/* Leaves nothing of the word. */
.macro store_bytes offset, words:vararg
	.set	.Lat, \offset
	.irp word, \words
	sb	\word, .Lat(dst)
	.irp n, 1, 2, 3
	srli	\word, \word, 8
	sb	\word, .Lat + \n(dst)
	.endr
	.set	.Lat, .Lat + 4
	.endr
.endm

	.text
	.globl	vgr_chacha20_scalar
	.hidden	vgr_chacha20_scalar
	.type	vgr_chacha20_scalar, %function
	.balign 64
vgr_chacha20_scalar:
	.cfi_startproc
	beqz	left, .Lreturn
	addi	sp, sp, -SAVED_LEN
	.cfi_def_cfa_offset SAVED_LEN
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 8 * \n(sp)
	.cfi_offset s\n, 8 * \n - SAVED_LEN
	.endr

	/* The one read of the key: the first store may overwrite it. */
	load_key key01, 0
	load_key key23, 8
	load_key key45, 16
	load_key key67, 24

.Lblock:
	/* words = constants ("expand 32-byte k"), key, counter, 0 */
	li	s0, 0x61707865
	li	s1, 0x3320646e
	li	s2, 0x79622d32
	li	s3, 0x6b206574
	set_words s4, s5, key01
	set_words s6, s7, key23
	set_words s8, s9, key45
	set_words s10, s11, key67
	set_words t2, t3, counter
	li	t4, 0
	li	t5, 0

	li	rounds, 10
.Ldouble_round:
	/* columns, then diagonals */
	quarter_rounds s0, s1, s4, s5, s8, s9, t2, t3
	quarter_rounds s2, s3, s6, s7, s10, s11, t4, t5
	quarter_rounds s0, s1, s5, s6, s10, s11, t5, t2
	quarter_rounds s2, s3, s7, s4, s8, s9, t3, t4
	addi	rounds, rounds, -1
	bnez	rounds, .Ldouble_round

	/* words += initial words */
	add_constant s0, 0x61707865
	add_constant s1, 0x3320646e
	add_constant s2, 0x79622d32
	add_constant s3, 0x6b206574
	add_words s4, s5, key01
	add_words s6, s7, key23
	add_words s8, s9, key45
	add_words s10, s11, key67
	add_words t2, t3, counter

	/* dst = --left ? dst : last */
	addi	left, left, -1
	bnez	left, 1f
	mv	dst, last
1:	andi	scratch, dst, 3
	bnez	scratch, .Lunaligned
	store_words 0, s0, s1, s2, s3
	store_words 16, s4, s5, s6, s7
	store_words 32, s8, s9, s10, s11
	store_words 48, t2, t3, t4, t5
.Lstored:
	beqz	left, .Ldone
	addi	dst, dst, 64
	addi	counter, counter, 1
	j	.Lblock

.Lunaligned:
	store_bytes 0, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t2, t3, t4, t5
	j	.Lstored

.Ldone:
	/* The registers hold the key, and a block of which a part may be the next key. */
	.irp register, t0, t1, t2, t3, t4, t5, t6, a5, a6, a7
	li	\register, 0
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 8 * \n(sp)
	.cfi_restore s\n
	.endr
	addi	sp, sp, SAVED_LEN
	.cfi_def_cfa_offset 0
.Lreturn:
	ret
	.cfi_endproc
	.size	vgr_chacha20_scalar, . - vgr_chacha20_scalar
