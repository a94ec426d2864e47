/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * aarch64: what each assembly file says of itself; included by them, not assembled alone.
 *
 * The linker marks a program or library as fit for branch target identification only if all objects
 * in it are marked. So assembly always is, whatever flags it is given, and the compiled code
 * decides (-mbranch-protection). Leaf functions have no return address to sign. Source: ELF for
 * the Arm 64-bit Architecture, program property.
 */

/* First instruction of a function whose address may be taken: bti c, by its number for ARMv8.0. */
.macro landing_pad
	hint	#34
.endm

	.section .note.GNU-stack, "", %progbits

	.section .note.gnu.property, "a"
	.balign	8
	.long	4, 16, 5	/* lengths of name and contents, NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	0xc0000000	/* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
	.long	4, 3, 0		/* length, BTI and PAC, padding */
