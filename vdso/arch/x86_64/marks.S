/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * x86-64: what each assembly file says of itself; included by them, not assembled alone.
 *
 * The linker marks a program or library as fit for indirect branch tracking and the shadow stack
 * only if all objects in it are marked. So assembly always is, whatever flags it is given, and the
 * compiled code decides (-fcf-protection). Source: x86-64 psABI, program property.
 */

/* First instruction of a function whose address may be taken. */
.macro landing_pad
	endbr64
.endm

	.section .note.GNU-stack, "", @progbits

/* A kernel has its own way to find out, and takes notes of its modules for something else. */
#ifndef __KERNEL__
	.section .note.gnu.property, "a"
	.balign	8
	.long	4, 16, 5	/* lengths of name and contents, NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	0xc0000002	/* GNU_PROPERTY_X86_FEATURE_1_AND */
	.long	4, 3, 0		/* length, IBT and SHSTK, padding */
#endif
