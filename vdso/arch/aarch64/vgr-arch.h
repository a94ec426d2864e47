/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * aarch64: the part of vdso/arch.h that the core needs. The image has not been ported yet, so the
 * core is built without one (kernel-side/inprocess/no-image.c).
 */
#ifndef VGR_ARCH_AARCH64_H
#define VGR_ARCH_AARCH64_H

#define VGR_PAGE_SIZE   4096
#define VGR_ELF_MACHINE 183 /* EM_AARCH64 */

/* A signal between load and store makes the store fail, and the addition is done again. */
static inline void vgr_local_add(uint64_t *p, uint64_t v)
{
	__atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

/* x18 is the platform's. */
static inline void vgr_forget_scratch(void)
{
	__asm__ volatile("mov x0, xzr; mov x1, xzr; mov x2, xzr; mov x3, xzr\n\t"
			 "mov x4, xzr; mov x5, xzr; mov x6, xzr; mov x7, xzr\n\t"
			 "mov x8, xzr; mov x9, xzr; mov x10, xzr; mov x11, xzr\n\t"
			 "mov x12, xzr; mov x13, xzr; mov x14, xzr; mov x15, xzr\n\t"
			 "mov x16, xzr; mov x17, xzr"
			 :
			 :
			 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17");
}

static inline void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
				const void *key, uint64_t counter)
{
	(void)level;
	vgr_chacha20_generic(dst, last, nblocks, key, counter);
}

#endif
