/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* aarch64: how a program begins, with its stack pointer for start(), and its thread pointer. */
#include <linux/unistd.h>

#include "vgr-syscall.h"

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl start\n");

static void set_thread_pointer(void *block)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(block));
}

/* A new thread pointer comes with the fourth argument. */
static long clone_with_thread_pointer(long flags, void *block)
{
	return vgr_syscall(__NR_clone, flags, 0, 0, (long)block, 0, 0);
}
