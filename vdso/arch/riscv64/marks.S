/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* riscv64: what each assembly file says of itself; included by them, not assembled alone. */
	.section .note.GNU-stack, "", %progbits
