/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* s390x: a system call with up to six arguments; its result, or -errno. */
#ifndef VGR_SYSCALL_H
#define VGR_SYSCALL_H

static inline long vgr_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	register long r1 __asm__("1") = number;
	register long r2 __asm__("2") = a;
	register long r3 __asm__("3") = b;
	register long r4 __asm__("4") = c;
	register long r5 __asm__("5") = d;
	register long r6 __asm__("6") = e;
	register long r7 __asm__("7") = f;

	__asm__ volatile("svc 0"
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6), "d"(r7)
			 : "memory");
	return r2;
}

/* It takes its arguments in memory, as all calls with six of them once did. */
#define VGR_OWN_MMAP

static inline long vgr_syscall_mmap(long number, long addr, long len, long prot, long flags,
				    long fd, long offset)
{
	const long args[] = { addr, len, prot, flags, fd, offset };

	return vgr_syscall(number, (long)args, 0, 0, 0, 0, 0);
}

#endif
