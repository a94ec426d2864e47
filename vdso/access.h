/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Accesses to a state are volatile: the other party is a signal handler of the
 * same thread, or the kernel that wipes the page, so program order is all that is
 * needed, and no value may be read twice or written early.
 */
#ifndef VGR_ACCESS_H
#define VGR_ACCESS_H

#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()        __asm__ volatile("" ::: "memory")

#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)

#endif
