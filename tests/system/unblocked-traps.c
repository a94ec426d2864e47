// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Instead of the library's kernel-side/port/signals.c, in programs that link this: breakpoints
 * and counted system calls need two signals, also where the library blocks all.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/port.h>

int vgr_port_block_signals(struct vgr_port_sigmask *saved)
{
	uint64_t most = ~(1ul << (SIGTRAP - 1) | 1ul << (SIGSYS - 1));

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &most, saved, sizeof(most));
	return 0;
}

void vgr_port_restore_signals(const struct vgr_port_sigmask *saved)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, saved, NULL, sizeof(uint64_t));
}
