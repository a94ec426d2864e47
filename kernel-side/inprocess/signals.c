// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The signal mask as the kernel has it: one bit a signal. In a file of its own, so that a test can
 * have one that lets its own signals through.
 */
#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int vgr_signals_block(uint64_t *saved)
{
	uint64_t all = ~(uint64_t)0;

	return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, saved, sizeof(all)) ? -errno : 0;
}

void vgr_signals_restore(const uint64_t *saved)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, saved, NULL, sizeof(*saved));
}
