/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The image, as it was built from vdso/. image.c copies it into pages of its own. */
	.section .rodata, "a"
	.globl	vgr_image_start
	.type	vgr_image_start, @object
vgr_image_start:
	.incbin	"vgetrandom-vdso.so"
	.size	vgr_image_start, . - vgr_image_start
	.globl	vgr_image_end
	.type	vgr_image_end, @object
vgr_image_end:
	.byte	0
	.size	vgr_image_end, 1

	.section .note.GNU-stack, "", @progbits
