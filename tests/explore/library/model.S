/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The model of Linux's function, with its data page in front of it, inside the library's program. */
#include <marks.S>

	.section .explore_model, "ax", %progbits
	.balign	4096
	.zero	4096

	.globl	explore_model
	.type	explore_model, %object
explore_model:
	.incbin	"kernel-model.so"
	.balign	4096
	.size	explore_model, . - explore_model
