/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* In front of C of vdso/ that is compiled for the kernel: both have macros of these names. */
#include <linux/random.h>

#undef READ_ONCE
#undef WRITE_ONCE
#undef barrier
#undef likely
#undef unlikely
