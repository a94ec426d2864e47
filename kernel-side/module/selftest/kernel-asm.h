/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* In front of assembly of vdso/ that is compiled for the kernel: its return, no unwind tables. */
#include <linux/linkage.h>

/* clang-format off */
#define ret RET
	.cfi_sections .debug_frame
