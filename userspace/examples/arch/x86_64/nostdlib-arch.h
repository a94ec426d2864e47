/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* x86-64: how a program begins, with its stack pointer for start(), and its thread pointer. */
#include <asm/prctl.h>
#include <linux/unistd.h>

#include "vgr-syscall.h"

__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovq %rsp, %rdi\n\tandq $-16, %rsp\n\t"
	"call start\n");

static void set_thread_pointer(void *block)
{
	vgr_syscall(__NR_arch_prctl, ARCH_SET_FS, (long)block, 0, 0, 0, 0);
}

/* A new thread pointer comes with the fifth argument. */
static long clone_with_thread_pointer(long flags, void *block)
{
	return vgr_syscall(__NR_clone, flags, 0, 0, 0, (long)block, 0);
}
