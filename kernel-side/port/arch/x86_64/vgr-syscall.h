/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* x86-64: a system call with up to six arguments; its result, or -errno. */
#ifndef VGR_SYSCALL_H
#define VGR_SYSCALL_H

static inline long vgr_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return number;
}

#endif
