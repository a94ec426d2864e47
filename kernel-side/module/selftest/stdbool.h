/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* For sources of vdso/ that are compiled for the kernel, which has its own header of this kind. */
#include <linux/types.h>
