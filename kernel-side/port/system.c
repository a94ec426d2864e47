// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The port on raw system calls: random bytes and time. */
#include <vgetrandom/port.h>

#include <linux/unistd.h>

#include "vgr-syscall.h"

long vgr_port_getrandom(void *buf, size_t len, unsigned int flags)
{
	return vgr_syscall(__NR_getrandom, (long)buf, (long)len, flags, 0, 0, 0);
}

int vgr_port_clock_gettime(int clock, struct vgr_port_timespec *now)
{
	return (int)vgr_syscall(__NR_clock_gettime, clock, (long)now, 0, 0, 0, 0);
}
