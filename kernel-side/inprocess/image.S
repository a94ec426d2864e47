/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The image, embedded in the read-execute segment of the library, and in front of it its data page.
 * That page holds nothing else, nor does the last page of the image, because vgr_inprocess_start()
 * may move another one over it. The symbols are hidden: all addresses are known when the library is
 * linked.
 */
#include <baseline.h>
#include <marks.S>

	.section .vgr_image, "ax", @progbits
	.balign	4096

	.globl	vgr_image_data_page
	.hidden	vgr_image_data_page
	.type	vgr_image_data_page, @object
vgr_image_data_page:
	.quad	1			/* generation */
	.long	1			/* is_ready */
	.long	VGR_CHACHA_BASELINE	/* chacha */
	.zero	4096 - 16
	.size	vgr_image_data_page, 4096

	.globl	vgr_image
	.hidden	vgr_image
	.type	vgr_image, @object
vgr_image:
	.incbin	"vgetrandom-vdso.so"
	.balign	4096
	.size	vgr_image, . - vgr_image

/*
 * Its unwind tables (image-frames.awk): for a debugger after a bad address, and for destructors
 * of C++ after a cancellation. Unwinders look in those of the library.
 */
	.section .eh_frame, "a", %progbits
	.balign	8
	.include "vgetrandom-vdso.frames"
