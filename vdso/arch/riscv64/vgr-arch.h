/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * riscv64: the part of vdso/arch.h that the core needs. The image has not been ported yet, so the
 * core is built without one (kernel-side/inprocess/no-image.c).
 */
#ifndef VGR_ARCH_RISCV64_H
#define VGR_ARCH_RISCV64_H

#define VGR_PAGE_SIZE                4096
#define VGR_ELF_MACHINE              243 /* EM_RISCV */

#define VGR_KERNEL_GETRANDOM         "__vdso_getrandom"
#define VGR_KERNEL_GETRANDOM_VERSION "LINUX_4.15"
#define VGR_KERNEL_CLOCK_GETTIME     "__vdso_clock_gettime"
#define VGR_KERNEL_CLOCK_VERSION     "LINUX_4.15"

#define VGR_CHACHA_LEVEL_NAMES \
	{                      \
		"generic",     \
	}

/* One instruction, amoadd.d. */
static inline void vgr_local_add(uint64_t *p, uint64_t v)
{
	__atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

/* One instruction each, which faults at any other address. */
#define VGR_LOCAL_ALIGN 8

static inline void vgr_local_xor64(vgr_unaligned64 *p, uint64_t v)
{
	__atomic_fetch_xor((uint64_t *)p, v, __ATOMIC_RELAXED);
}

static inline void vgr_local_xor32(vgr_unaligned32 *p, uint32_t v)
{
	__atomic_fetch_xor((uint32_t *)p, v, __ATOMIC_RELAXED);
}

static inline bool vgr_local_cmpxchg(uint64_t *p, uint64_t expected, uint64_t desired)
{
	return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

static inline void vgr_local_move64(vgr_unaligned64 *dst, vgr_unaligned64 *src)
{
	uint64_t v = *(volatile vgr_unaligned64 *)src;

	vgr_local_xor64(src, v);
	*(volatile vgr_unaligned64 *)dst = v;
	__asm__ volatile("li %0, 0" : "+r"(v));
}

static inline void vgr_local_move32(vgr_unaligned32 *dst, vgr_unaligned32 *src)
{
	uint32_t v = *(volatile vgr_unaligned32 *)src;

	vgr_local_xor32(src, v);
	*(volatile vgr_unaligned32 *)dst = v;
	__asm__ volatile("li %0, 0" : "+r"(v));
}

static inline uintptr_t vgr_stack_pointer(void)
{
	uintptr_t sp;

	__asm__ volatile("mv %0, sp" : "=r"(sp));
	return sp;
}

static inline char *vgr_thread_pointer(void)
{
	char *pointer;

	__asm__ volatile("mv %0, tp" : "=r"(pointer));
	return pointer;
}

static inline uint64_t vgr_thread_load(long offset)
{
	return *(volatile uint64_t *)(vgr_thread_pointer() + offset);
}

static inline void vgr_thread_store(long offset, uint64_t v)
{
	*(volatile uint64_t *)(vgr_thread_pointer() + offset) = v;
}

static inline bool vgr_thread_cmpxchg(long offset, uint64_t expected, uint64_t desired)
{
	return vgr_local_cmpxchg((uint64_t *)(vgr_thread_pointer() + offset), expected, desired);
}

#define VGR_THREAD_LOCAL_OFFSET(symbol)                            \
	({                                                         \
		long offset_;                                      \
		__asm__("la.tls.ie %0, " #symbol : "=r"(offset_)); \
		offset_;                                           \
	})

static inline void vgr_forget_scratch(void)
{
	__asm__ volatile("li t0, 0; li t1, 0; li t2, 0; li t3, 0; li t4, 0; li t5, 0; li t6, 0\n\t"
			 "li a0, 0; li a1, 0; li a2, 0; li a3, 0\n\t"
			 "li a4, 0; li a5, 0; li a6, 0; li a7, 0"
			 :
			 :
			 : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4",
			   "a5", "a6", "a7");
}

static inline void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
				const void *key, uint64_t counter, void *scratch)
{
	(void)level;
	vgr_chacha20_generic(dst, last, nblocks, key, counter, scratch);
}

#endif
