/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* s390x: what each assembly file says of itself; included by them, not assembled alone. */
	.section .note.GNU-stack, "", @progbits
