/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * In front of each file of vdso/ in a kernel: the size of pages, and which number the system call
 * for states has; behind it comes rng-page.h, another one for each tree.
 */
#ifndef VGR_KERNEL_H
#define VGR_KERNEL_H

#include <vgetrandom/abi.h>

#define VGR_STATE_LEN 1024 /* state-len.c compares */

#ifndef __KERNEL__
#define VGR_PAGE_SIZE (1UL << CONFIG_PAGE_SHIFT)
#ifdef CONFIG_VGETRANDOM_ALLOC
#include <asm/unistd.h>
#define VGR_ALLOC_NUMBER __NR_vgetrandom_alloc
#endif
#endif
#endif
