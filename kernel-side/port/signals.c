// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The port on raw system calls: the signal mask as the kernel has it. In a file of its own, so that
 * a test can have one that lets its own signals through.
 */
#include <vgetrandom/port.h>

#include <linux/unistd.h>

#include "vgr-syscall.h"

/* Of an architecture that has a vgr-syscall.h; MIPS and alpha would differ. */
#define SET_MASK    2 /* SIG_SETMASK */
#define SIGMASK_LEN 8 /* bytes */

int vgr_port_block_signals(struct vgr_port_sigmask *saved)
{
	struct vgr_port_sigmask all = { { UINT64_MAX, UINT64_MAX } };

	return (int)vgr_syscall(__NR_rt_sigprocmask, SET_MASK, (long)&all, (long)saved, SIGMASK_LEN,
				0, 0);
}

void vgr_port_restore_signals(const struct vgr_port_sigmask *saved)
{
	vgr_syscall(__NR_rt_sigprocmask, SET_MASK, (long)saved, 0, SIGMASK_LEN, 0, 0);
}
