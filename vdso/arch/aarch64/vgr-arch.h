/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* aarch64, little-endian: see vdso/arch.h for what each of these promises. */
#ifndef VGR_ARCH_AARCH64_H
#define VGR_ARCH_AARCH64_H

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "ChaCha20 and the batch take words as little-endian: big-endian aarch64 is not supported"
#endif

#define VGR_ELF_MACHINE              183 /* EM_AARCH64 */

#define VGR_KERNEL_GETRANDOM         "__kernel_getrandom"
#define VGR_KERNEL_GETRANDOM_VERSION "LINUX_2.6.39"
#define VGR_KERNEL_CLOCK_GETTIME     "__kernel_clock_gettime"
#define VGR_KERNEL_CLOCK_VERSION     "LINUX_2.6.39"

/* Exclusive accesses fault at any other address. */
#define VGR_LOCAL_ALIGN 8

#define VGR_CHACHA_LEVEL_NAMES     \
	{                          \
		"generic", "neon", \
	}

#define VGR_CHACHA_VERSIONS                              \
	{                                                \
		vgr_chacha20_generic, vgr_chacha20_neon, \
	}

static inline long vgr_sys_getrandom(void *buf, size_t len, unsigned int flags)
{
	register long x8 __asm__("x8") = 278; /* __NR_getrandom */
	register long x0 __asm__("x0") = (long)buf;
	register long x1 __asm__("x1") = (long)len;
	register long x2 __asm__("x2") = (long)flags;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "cc", "memory");
	return x0;
}

static inline uintptr_t vgr_stack_pointer(void)
{
	uintptr_t sp;

	__asm__ volatile("mov %0, sp" : "=r"(sp));
	return sp;
}

/*
 * Load, compute, store if nothing came between. Whatever runs a signal handler or wipes the page
 * enters the kernel on this CPU first, for a page that another CPU takes away by the fault of the
 * load or the store; and the return from any exception clears the exclusive monitor (Arm ARM,
 * "Exclusive access instructions and Shareable memory locations"). So the store fails, and all is
 * done again with what is there then: the handler, and the wiped page, find it done or not begun.
 * There is no other access to memory between the two, which could clear the monitor for ever.
 * ARMv8.1 has single instructions for this, ARMv8.0 has not, and the image does not probe.
 *
 * The old value stays in no register: it was part of the batch.
 */
static inline void vgr_local_xor64(vgr_unaligned64 *p, uint64_t v)
{
	uint64_t t;
	uint32_t failed;

	__asm__ volatile("1:	ldxr	%0, %2\n"
			 "	eor	%0, %0, %3\n"
			 "	stxr	%w1, %0, %2\n"
			 "	cbnz	%w1, 1b\n"
			 "	mov	%0, xzr"
			 : "=&r"(t), "=&r"(failed), "+Q"(*p)
			 : "r"(v));
}

static inline void vgr_local_xor32(vgr_unaligned32 *p, uint32_t v)
{
	uint32_t t, failed;

	__asm__ volatile("1:	ldxr	%w0, %2\n"
			 "	eor	%w0, %w0, %w3\n"
			 "	stxr	%w1, %w0, %2\n"
			 "	cbnz	%w1, 1b\n"
			 "	mov	%w0, wzr"
			 : "=&r"(t), "=&r"(failed), "+Q"(*p)
			 : "r"(v));
}

static inline void vgr_local_add(uint64_t *p, uint64_t v)
{
	uint64_t t;
	uint32_t failed;

	__asm__ volatile("1:	ldxr	%0, %2\n"
			 "	add	%0, %0, %3\n"
			 "	stxr	%w1, %0, %2\n"
			 "	cbnz	%w1, 1b"
			 : "=&r"(t), "=&r"(failed), "+Q"(*p)
			 : "Ir"(v));
}

static inline bool vgr_local_cmpxchg(uint64_t *p, uint64_t expected, uint64_t desired)
{
	uint64_t found;
	uint32_t failed;

	__asm__ volatile("1:	ldxr	%0, %2\n"
			 "	cmp	%0, %3\n"
			 "	b.ne	2f\n"
			 "	stxr	%w1, %4, %2\n"
			 "	cbnz	%w1, 1b\n"
			 "2:"
			 : "=&r"(found), "=&r"(failed), "+Q"(*p)
			 : "r"(expected), "r"(desired)
			 : "cc", "memory");
	return found == expected;
}

#define VGR_CLEAR_64(v) __asm__ volatile("mov %0, xzr" : "+r"(v))
#define VGR_CLEAR_32(v) __asm__ volatile("mov %w0, wzr" : "+r"(v))

static inline char *vgr_thread_pointer(void)
{
	char *pointer;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(pointer));
	return pointer;
}

#define VGR_THREAD_LOCAL_OFFSET(symbol)                                                          \
	({                                                                                       \
		long offset_;                                                                    \
		__asm__("adrp %0, :gottprel:" #symbol "\n\tldr %0, [%0, :gottprel_lo12:" #symbol \
			"]"                                                                      \
			: "=r"(offset_));                                                        \
		offset_;                                                                         \
	})

/*
 * x0 to x4 carry the arguments of every function that is called after this. x16 and x17, which
 * compilers take last, are left to what the caller must keep meanwhile: else it would have to
 * save registers. (No compiler for aarch64 pushes a register for nothing but alignment.)
 */
static inline void vgr_forget_temporaries(void)
{
	__asm__ volatile("mov x5, xzr; mov x6, xzr; mov x7, xzr; mov x8, xzr; mov x9, xzr\n\t"
			 "mov x10, xzr; mov x11, xzr; mov x12, xzr; mov x13, xzr\n\t"
			 "mov x14, xzr; mov x15, xzr"
			 :
			 :
			 : "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15");
}

/* x18 is the platform's. */
static inline void vgr_forget_scratch(void)
{
	vgr_forget_temporaries();
	__asm__ volatile("mov x0, xzr; mov x1, xzr; mov x2, xzr; mov x3, xzr; mov x4, xzr\n\t"
			 "mov x16, xzr; mov x17, xzr"
			 :
			 :
			 : "x0", "x1", "x2", "x3", "x4", "x16", "x17");
}

/* A level that the build leaves out (VGETRANDOM_CHACHA_LEVELS). NEON is always there. */
#ifdef VGR_WITHOUT_GENERIC
#define vgr_chacha20_generic vgr_chacha20_neon
#endif

static inline void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
				const void *key, uint64_t counter, void *scratch)
{
	if (level == VGETRANDOM_CHACHA_GENERIC)
		vgr_chacha20_generic(dst, last, nblocks, key, counter, scratch);
	else
		vgr_chacha20_neon(dst, last, nblocks, key, counter, scratch);
}

#endif
