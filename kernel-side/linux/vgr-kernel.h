/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * In front of each file of vdso/ in a kernel: where the RNG data page is, and which number the
 * system call for states has.
 *
 * The kernel's struct vdso_rng_data has the layout of struct vgetrandom_rng_data (level.c checks
 * it) and lies in the page of the vDSO's variables. A process in a time namespace sees the
 * namespace's page there, in which nobody stores a generation, and that page behind it. Its clock
 * mode says which of the two it is. The names come from the kernel's linker script.
 */
#ifndef VGR_KERNEL_H
#define VGR_KERNEL_H

#include <vgetrandom/abi.h>

/* Bytes of a state; state-len.c compares. */
#define VGR_STATE_LEN 1024

/* Of struct vdso_data, and what its clock_mode is in the page of a time namespace. */
#define VGR_CLOCK_MODE_OFFSET 4
#define VGR_CLOCK_MODE_TIMENS 0x7fffffff

#ifndef __KERNEL__

#pragma GCC visibility push(hidden)
extern struct vgetrandom_rng_data vvar__vdso_rng_data;
extern const volatile char vvar__vdso_data[], vvar_page[], timens_page[];
#pragma GCC visibility pop

/* Asked at each look, because a process may enter the namespace between any two: setns() of its
 * only thread moves it there at once.
 */
static inline struct vgetrandom_rng_data *vgr_find_rng_data(void)
{
#ifdef CONFIG_TIME_NS
	if (__builtin_expect(*(const volatile int *)(vvar__vdso_data + VGR_CLOCK_MODE_OFFSET) ==
				     VGR_CLOCK_MODE_TIMENS,
			     0))
		return (void *)((char *)&vvar__vdso_rng_data + (timens_page - vvar_page));
#endif
	return &vvar__vdso_rng_data;
}

#define VGR_RNG_DATA vgr_find_rng_data()

#ifdef CONFIG_VGETRANDOM_ALLOC
#include <asm/unistd.h>
#define VGR_ALLOC_NUMBER __NR_vgetrandom_alloc
#endif

#endif
#endif
