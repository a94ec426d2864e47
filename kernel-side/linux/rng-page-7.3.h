/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Since 6.15 the RNG data is a page of its own, the same one in each time namespace. */
#ifndef VGR_RNG_PAGE_H
#define VGR_RNG_PAGE_H

#ifdef __KERNEL__
#define VGR_KERNEL_RNG_DATA vdso_k_rng_data
#else
extern struct vgetrandom_rng_data vdso_u_rng_data __attribute__((visibility("hidden")));
#define VGR_RNG_DATA (&vdso_u_rng_data)
#endif
#endif
