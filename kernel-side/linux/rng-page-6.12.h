/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_RNG_PAGE_H
#define VGR_RNG_PAGE_H

/*
 * In 6.12 the RNG data lies in the page of the vDSO's variables. A process in a time namespace sees
 * the namespace's page there, in which nobody stores a generation, and that page behind it. Its
 * clock mode says which of the two it is; asked at each look, because a process may enter the
 * namespace between any two: setns() of its only thread moves it there at once.
 */
#ifdef CONFIG_ARM64 /* what the kernel's linker script calls them */
#define vvar__vdso_rng_data _vdso_rng_data
#define vvar__vdso_data     _vdso_data
#define vvar_page           _vdso_data
#define timens_page         _timens_data
#endif
#define CLOCK_MODE_OFFSET 4 /* of struct vdso_data */
#define CLOCK_MODE_TIMENS 0x7fffffff

#ifdef __KERNEL__
#include <asm/vdso/vsyscall.h>
#define VGR_KERNEL_RNG_DATA __arch_get_k_vdso_rng_data()
static_assert(offsetof(struct vdso_data, clock_mode) == CLOCK_MODE_OFFSET);
static_assert(VDSO_CLOCKMODE_TIMENS == CLOCK_MODE_TIMENS);
#else
#define VGR_RNG_DATA vgr_find_rng_data()
#pragma GCC visibility push(hidden)
extern struct vgetrandom_rng_data vvar__vdso_rng_data;
extern const volatile char vvar__vdso_data[], vvar_page[], timens_page[];
#pragma GCC visibility pop

static inline struct vgetrandom_rng_data *vgr_find_rng_data(void)
{
#ifdef CONFIG_TIME_NS
	if (__builtin_expect(*(const volatile int *)(vvar__vdso_data + CLOCK_MODE_OFFSET) ==
				     CLOCK_MODE_TIMENS,
			     0))
		return (void *)((char *)&vvar__vdso_rng_data + (timens_page - vvar_page));
#endif
	return &vvar__vdso_rng_data;
}
#endif
#endif
