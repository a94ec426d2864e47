/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* s390x, from z196 on: see vdso/arch.h for what each of these promises. Big-endian. */
#ifndef VGR_ARCH_S390X_H
#define VGR_ARCH_S390X_H

#define VGR_ELF_MACHINE              22 /* EM_S390 */
#define VGR_ELF_HASH_WORD            uint64_t

#define VGR_KERNEL_GETRANDOM         "__kernel_getrandom"
#define VGR_KERNEL_GETRANDOM_VERSION "LINUX_2.6.29"
#define VGR_KERNEL_CLOCK_GETTIME     "__kernel_clock_gettime"
#define VGR_KERNEL_CLOCK_VERSION     "LINUX_2.6.29"

/* The instructions below fault at any other address. */
#define VGR_LOCAL_ALIGN 8

/* Of sixteen registers seven carry arguments, stack and return address. */
#define VGR_WORDS_AT_ONCE 1

#define VGR_CHACHA_LEVEL_NAMES   \
	{                        \
		"generic", "vx", \
	}

#define VGR_CHACHA_VERSIONS                            \
	{                                              \
		vgr_chacha20_generic, vgr_chacha20_vx, \
	}

static inline long vgr_sys_getrandom(void *buf, size_t len, unsigned int flags)
{
	register long r1 __asm__("1") = 349; /* __NR_getrandom */
	register long r2 __asm__("2") = (long)buf;
	register long r3 __asm__("3") = (long)len;
	register long r4 __asm__("4") = (long)flags;

	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4) : "memory");
	return r2;
}

static inline uintptr_t vgr_stack_pointer(void)
{
	uintptr_t sp;

	__asm__ volatile("lgr %0, %%r15" : "=d"(sp));
	return sp;
}

/*
 * One instruction each, of the interlocked-access facility; what exchanges bytes in memory without
 * it takes both operands from there. The old value stays in no register: it was part of the batch.
 */
static inline void vgr_local_xor64(vgr_unaligned64 *p, uint64_t v)
{
	uint64_t t;

	__asm__ volatile("laxg %0, %2, %1; lghi %0, 0" : "=&d"(t), "+S"(*p) : "d"(v) : "cc");
}

static inline void vgr_local_xor32(vgr_unaligned32 *p, uint32_t v)
{
	uint64_t t;

	__asm__ volatile("lax %0, %2, %1; lghi %0, 0" : "=&d"(t), "+S"(*p) : "d"(v) : "cc");
}

static inline void vgr_local_add(uint64_t *p, uint64_t v)
{
	uint64_t t;

	__asm__ volatile("laag %0, %2, %1" : "=d"(t), "+S"(*p) : "d"(v) : "cc");
}

/* One instruction, which leaves what it found. */
static inline bool vgr_local_cmpxchg(uint64_t *p, uint64_t expected, uint64_t desired)
{
	uint64_t found = expected;

	__asm__ volatile("csg %0, %2, %1" : "+d"(found), "+S"(*p) : "d"(desired) : "cc", "memory");
	return found == expected;
}

#define VGR_CLEAR_64(v) __asm__ volatile("lghi %0, 0" : "+d"(v))
#define VGR_CLEAR_32(v) VGR_CLEAR_64(v)

/*
 * Two access registers hold its halves. Read one after the other, a handler in between that
 * switches contexts would leave the halves of two threads; stored, they are of one.
 */
static inline char *vgr_thread_pointer(void)
{
	char *pointer;

	__asm__ volatile("stam %%a0, %%a1, %0" : "=Q"(pointer));
	return pointer;
}

#define VGR_THREAD_LOCAL_OFFSET(symbol)                                                    \
	({                                                                                 \
		long offset_;                                                              \
		__asm__("larl %0, " #symbol "@indntpoff\n\tlg %0, 0(%0)" : "=a"(offset_)); \
		offset_;                                                                   \
	})

/*
 * r2 to r6 carry arguments of every function that is called after this, which saves all registers
 * from r6 on that it wants to use, whatever is in them: so those are cleared, too. (r12 is left to
 * compilers, which may keep the address of the offset table there and nothing else.)
 */
static inline void vgr_forget_temporaries(void)
{
	__asm__ volatile("lghi %%r0, 0; lghi %%r1, 0; lghi %%r7, 0; lghi %%r8, 0; lghi %%r9, 0\n\t"
			 "lghi %%r10, 0; lghi %%r11, 0; lghi %%r13, 0"
			 :
			 :
			 : "r0", "r1", "r7", "r8", "r9", "r10", "r11", "r13");
}

static inline void vgr_forget_scratch(void)
{
	__asm__ volatile("lghi %%r0, 0; lghi %%r1, 0; lghi %%r2, 0; lghi %%r3, 0\n\t"
			 "lghi %%r4, 0; lghi %%r5, 0"
			 :
			 :
			 : "r0", "r1", "r2", "r3", "r4", "r5");
}

/* A level that the build leaves out (VGETRANDOM_CHACHA_LEVELS). Generic is always there. */
#ifdef VGR_WITHOUT_VX
#define vgr_chacha20_vx vgr_chacha20_generic
#endif

static inline void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
				const void *key, uint64_t counter, void *scratch)
{
	if (level == VGETRANDOM_CHACHA_VX)
		vgr_chacha20_vx(dst, last, nblocks, key, counter, scratch);
	else
		vgr_chacha20_generic(dst, last, nblocks, key, counter, scratch);
}

#endif
