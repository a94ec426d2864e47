/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * s390x: how a program begins, with its stack pointer for start(), below which a function finds 160
 * bytes of its own; and its thread pointer, in two halves.
 */
#include <linux/unistd.h>

#include "vgr-syscall.h"

__asm__(".globl _start\n_start:\n\tlgr %r2, %r15\n\taghi %r15, -160\n\tbrasl %r14, start\n");

static void set_thread_pointer(void *block)
{
	__asm__ volatile("sar %%a1, %0\n\tsrlg %0, %0, 32\n\tsar %%a0, %0" : "+d"(block));
}

/* The stack comes first, and a new thread pointer with the fifth argument. */
static long clone_with_thread_pointer(long flags, void *block)
{
	return vgr_syscall(__NR_clone, 0, flags, 0, 0, (long)block, 0);
}
