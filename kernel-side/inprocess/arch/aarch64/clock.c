// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * aarch64: the vDSO has no function time(), but reads this clock without the counter, which
 * would be the expensive part. Where it cannot (no vDSO data page), it makes the system call.
 */
#include <linux/time.h>

#include "elf-symbol.h"
#include "inprocess.h"

struct moment {
	long s, ns; /* struct timespec, but of no libc */
};

typedef int gettime_fn(int clock, struct moment *now);

/* Set once, before the clock is handed out. */
static gettime_fn *gettime;

static long seconds(long *unused)
{
	struct moment now = { 0, 0 };

	(void)unused;
	gettime(CLOCK_REALTIME_COARSE, &now);
	return now.s;
}

vgr_clock_fn *vgr_vdso_clock(const void *vdso)
{
	gettime = (gettime_fn *)vgr_elf_symbol(vdso, "__kernel_clock_gettime", "LINUX_2.6.39");
	return gettime ? seconds : NULL;
}
