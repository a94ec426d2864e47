// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The port on raw system calls: random bytes and time. */
#include <vgetrandom/port.h>

#include <linux/time.h>
#include <linux/unistd.h>

#include "vgr-syscall.h"

long vgr_port_getrandom(void *buf, size_t len, unsigned int flags)
{
	return vgr_syscall(__NR_getrandom, (long)buf, (long)len, flags, 0, 0, 0);
}

long vgr_port_seconds(long *unused)
{
	struct {
		long s, ns; /* struct timespec, but of no libc */
	} now = { 0, 0 };

	(void)unused;
	vgr_syscall(__NR_clock_gettime, CLOCK_REALTIME_COARSE, (long)&now, 0, 0, 0, 0);
	return now.s;
}
