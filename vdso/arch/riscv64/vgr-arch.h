/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* riscv64, with the extensions M and A: see vdso/arch.h for what each of these promises. */
#ifndef VGR_ARCH_RISCV64_H
#define VGR_ARCH_RISCV64_H

#define VGR_ELF_MACHINE              243 /* EM_RISCV */

#define VGR_KERNEL_GETRANDOM         "__vdso_getrandom"
#define VGR_KERNEL_GETRANDOM_VERSION "LINUX_4.15"
#define VGR_KERNEL_CLOCK_GETTIME     "__vdso_clock_gettime"
#define VGR_KERNEL_CLOCK_VERSION     "LINUX_4.15"

/* Atomic accesses fault at any other address. */
#define VGR_LOCAL_ALIGN 8

#define VGR_CHACHA_LEVEL_NAMES       \
	{                            \
		"generic", "scalar", \
	}

#define VGR_CHACHA_VERSIONS                                \
	{                                                  \
		vgr_chacha20_generic, vgr_chacha20_scalar, \
	}

static inline long vgr_sys_getrandom(void *buf, size_t len, unsigned int flags)
{
	register long a7 __asm__("a7") = 278; /* __NR_getrandom */
	register long a0 __asm__("a0") = (long)buf;
	register long a1 __asm__("a1") = (long)len;
	register long a2 __asm__("a2") = (long)flags;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
}

/*
 * One instruction each; the old value, a part of the batch, goes to no register. No ordering (.aq,
 * .rl): no other thread looks at a state.
 */
static inline void vgr_local_xor64(vgr_unaligned64 *p, uint64_t v)
{
	__asm__ volatile("amoxor.d zero, %1, %0" : "+A"(*p) : "r"(v));
}

static inline void vgr_local_xor32(vgr_unaligned32 *p, uint32_t v)
{
	__asm__ volatile("amoxor.w zero, %1, %0" : "+A"(*p) : "r"(v));
}

static inline void vgr_local_add(uint64_t *p, uint64_t v)
{
	__asm__ volatile("amoadd.d zero, %1, %0" : "+A"(*p) : "r"(v));
}

/*
 * Load, compare, store if nothing came between. Whatever runs a signal handler or wipes the page
 * enters the kernel on this hart first, for a page that another hart takes away by the fault of the
 * load or the store; and Linux gives up the reservation by a store-conditional of its own before
 * each return to user mode, because the architecture leaves it to software (RISC-V unprivileged
 * ISA, chapter "A"). So the store fails, and all is done again with what is there then. Nothing
 * between the two could lose the reservation for ever: the loop is one of those that must succeed.
 */
static inline bool vgr_local_cmpxchg(uint64_t *p, uint64_t expected, uint64_t desired)
{
	uint64_t found, failed;

	__asm__ volatile("1:	lr.d	%0, %2\n"
			 "	bne	%0, %3, 2f\n"
			 "	sc.d	%1, %4, %2\n"
			 "	bnez	%1, 1b\n"
			 "2:"
			 : "=&r"(found), "=&r"(failed), "+A"(*p)
			 : "r"(expected), "r"(desired)
			 : "memory");
	return found == expected;
}

/*
 * A store to an address that is not aligned may trap, and compilers know that; but what they make
 * of it needs a register for each byte.
 */
#define VGR_OWN_STORES

static inline void vgr_store_8(uint8_t *dst, uint64_t v)
{
	if ((uintptr_t)dst % 8 == 0) {
		*(vgr_aligned64 *)dst = v;
		return;
	}
	__asm__ volatile("sb %0, 0(%1); srli %0, %0, 8; sb %0, 1(%1); srli %0, %0, 8\n\t"
			 "sb %0, 2(%1); srli %0, %0, 8; sb %0, 3(%1); srli %0, %0, 8\n\t"
			 "sb %0, 4(%1); srli %0, %0, 8; sb %0, 5(%1); srli %0, %0, 8\n\t"
			 "sb %0, 6(%1); srli %0, %0, 8; sb %0, 7(%1)"
			 : "+r"(v)
			 : "r"(dst)
			 : "memory");
}

static inline void vgr_store_4(uint8_t *dst, uint32_t v)
{
	if ((uintptr_t)dst % 4 == 0) {
		*(vgr_aligned32 *)dst = v;
		return;
	}
	__asm__ volatile("sb %0, 0(%1); srli %0, %0, 8; sb %0, 1(%1); srli %0, %0, 8\n\t"
			 "sb %0, 2(%1); srli %0, %0, 8; sb %0, 3(%1)"
			 : "+r"(v)
			 : "r"(dst)
			 : "memory");
}

static inline void vgr_store_2(uint8_t *dst, uint16_t v)
{
	__asm__ volatile("sb %0, 0(%1); srli %0, %0, 8; sb %0, 1(%1)"
			 : "+r"(v)
			 : "r"(dst)
			 : "memory");
}

#define VGR_CLEAR_64(v) __asm__ volatile("li %0, 0" : "+r"(v))
#define VGR_CLEAR_32(v) VGR_CLEAR_64(v)

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

#define VGR_THREAD_LOCAL_OFFSET(symbol)                            \
	({                                                         \
		long offset_;                                      \
		__asm__("la.tls.ie %0, " #symbol : "=r"(offset_)); \
		offset_;                                           \
	})

/*
 * a0 to a5 carry the arguments of every function that is called after this. (No compiler for
 * riscv64 pushes a register for nothing but alignment.)
 */
static inline void vgr_forget_temporaries(void)
{
	__asm__ volatile("li t0, 0; li t1, 0; li t2, 0; li t3, 0; li t4, 0; li t5, 0; li t6, 0\n\t"
			 "li a6, 0; li a7, 0"
			 :
			 :
			 : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a6", "a7");
}

static inline void vgr_forget_scratch(void)
{
	vgr_forget_temporaries();
	__asm__ volatile("li a0, 0; li a1, 0; li a2, 0; li a3, 0; li a4, 0; li a5, 0"
			 :
			 :
			 : "a0", "a1", "a2", "a3", "a4", "a5");
}

/* A level that the build leaves out (VGETRANDOM_CHACHA_LEVELS). Scalar is always there. */
#ifdef VGR_WITHOUT_GENERIC
#define vgr_chacha20_generic vgr_chacha20_scalar
#endif

static inline void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
				const void *key, uint64_t counter, void *scratch)
{
	if (level == VGETRANDOM_CHACHA_GENERIC)
		vgr_chacha20_generic(dst, last, nblocks, key, counter, scratch);
	else
		vgr_chacha20_scalar(dst, last, nblocks, key, counter, scratch);
}

#endif
