/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* x86-64: see vdso/arch.h for what each of these promises. */
#ifndef VGR_ARCH_X86_64_H
#define VGR_ARCH_X86_64_H

#define VGR_ELF_MACHINE              62 /* EM_X86_64 */

#define VGR_KERNEL_GETRANDOM         "__vdso_getrandom"
#define VGR_KERNEL_GETRANDOM_VERSION "LINUX_2.6"
#define VGR_KERNEL_CLOCK_GETTIME     "__vdso_clock_gettime"
#define VGR_KERNEL_CLOCK_VERSION     "LINUX_2.6"

#define VGR_LOCAL_ALIGN              1

#define VGR_CHACHA_LEVEL_NAMES                                   \
	{                                                        \
		"generic", "sse2", "avx2", "avx512", "avx512vl", \
	}

#define VGR_CHACHA_VERSIONS                                                                      \
	{                                                                                        \
		vgr_chacha20_generic, vgr_chacha20_sse2, vgr_chacha20_avx2, vgr_chacha20_avx512, \
			vgr_chacha20_avx512vl,                                                   \
	}

static inline long vgr_sys_getrandom(void *buf, size_t len, unsigned int flags)
{
	long ret = 318; /* __NR_getrandom */

	__asm__ volatile("syscall"
			 : "+a"(ret)
			 : "D"(buf), "S"(len), "d"((unsigned long)flags)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline uintptr_t vgr_stack_pointer(void)
{
	uintptr_t sp;

	__asm__ volatile("movq %%rsp, %0" : "=r"(sp));
	return sp;
}

/*
 * One instruction each: a signal is taken between instructions, never inside
 * one. No lock prefix, because a state belongs to one thread.
 */
static inline void vgr_local_xor64(vgr_unaligned64 *p, uint64_t v)
{
	__asm__ volatile("xorq %1, %0" : "+m"(*p) : "r"(v) : "cc");
}

static inline void vgr_local_xor32(vgr_unaligned32 *p, uint32_t v)
{
	__asm__ volatile("xorl %1, %0" : "+m"(*p) : "r"(v) : "cc");
}

static inline void vgr_local_add(uint64_t *p, uint64_t v)
{
	__asm__ volatile("addq %1, %0" : "+m"(*p) : "er"(v) : "cc");
}

static inline bool vgr_local_cmpxchg(uint64_t *p, uint64_t expected, uint64_t desired)
{
	bool done;

	__asm__ volatile("cmpxchgq %3, %1"
			 : "=@ccz"(done), "+m"(*p), "+a"(expected)
			 : "r"(desired)
			 : "memory");
	return done;
}

#define VGR_OWN_MOVES

static inline void vgr_local_move64(vgr_unaligned64 *dst, vgr_unaligned64 *src)
{
	uint64_t v;

	__asm__ volatile("movq %2, %0; xorq %0, %2; movq %0, %1; xorl %k0, %k0"
			 : "=&r"(v), "=m"(*dst), "+m"(*src)
			 :
			 : "cc");
}

static inline void vgr_local_move32(vgr_unaligned32 *dst, vgr_unaligned32 *src)
{
	uint32_t v;

	__asm__ volatile("movl %2, %0; xorl %0, %2; movl %0, %1; xorl %0, %0"
			 : "=&r"(v), "=m"(*dst), "+m"(*src)
			 :
			 : "cc");
}

/* Of the thread that runs this very instruction: the segment is its own. */
#define VGR_OWN_THREAD_WORDS

static inline uint64_t vgr_thread_load(long offset)
{
	uint64_t v;

	__asm__ volatile("movq %%fs:(%1), %0" : "=r"(v) : "r"(offset) : "memory");
	return v;
}

static inline void vgr_thread_store(long offset, uint64_t v)
{
	__asm__ volatile("movq %1, %%fs:(%0)" : : "r"(offset), "er"(v) : "memory");
}

static inline bool vgr_thread_cmpxchg(long offset, uint64_t expected, uint64_t desired)
{
	bool done;

	__asm__ volatile("cmpxchgq %3, %%fs:(%2)"
			 : "=@ccz"(done), "+a"(expected)
			 : "r"(offset), "r"(desired)
			 : "memory");
	return done;
}

static inline char *vgr_thread_pointer(void)
{
	char *pointer;

	__asm__ volatile("movq %%fs:0, %0" : "=r"(pointer));
	return pointer;
}

#define VGR_THREAD_LOCAL_OFFSET(symbol)                                          \
	({                                                                       \
		long offset_;                                                    \
		__asm__("movq " #symbol "@gottpoff(%%rip), %0" : "=r"(offset_)); \
		offset_;                                                         \
	})

static inline void vgr_forget_temporaries(void)
{
	__asm__ volatile("xorl %%eax, %%eax; xorl %%r10d, %%r10d; xorl %%r11d, %%r11d"
			 :
			 :
			 : "rax", "r10", "r11", "cc");
}

static inline void vgr_forget_scratch(void)
{
	vgr_forget_temporaries();
	__asm__ volatile("xorl %%ecx, %%ecx; xorl %%edx, %%edx; xorl %%esi, %%esi\n\t"
			 "xorl %%edi, %%edi; xorl %%r8d, %%r8d; xorl %%r9d, %%r9d"
			 :
			 :
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "cc");
}

/*
 * A level that the build leaves out (VGETRANDOM_CHACHA_LEVELS) is the next lower one. SSE2 is
 * always there.
 */
#ifdef VGR_WITHOUT_GENERIC
#define vgr_chacha20_generic vgr_chacha20_sse2
#endif
#ifdef VGR_WITHOUT_AVX2
#define vgr_chacha20_avx2 vgr_chacha20_sse2
#endif
#ifdef VGR_WITHOUT_AVX512
#define vgr_chacha20_avx512 vgr_chacha20_avx2
#endif
#ifdef VGR_WITHOUT_AVX512VL
#define vgr_chacha20_avx512vl vgr_chacha20_avx2
#endif

static inline void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
				const void *key, uint64_t counter, void *scratch)
{
	switch (level) {
	case VGETRANDOM_CHACHA_GENERIC:
		vgr_chacha20_generic(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_AVX2:
		vgr_chacha20_avx2(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_AVX512:
		vgr_chacha20_avx512(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_AVX512VL:
		vgr_chacha20_avx512vl(dst, last, nblocks, key, counter, scratch);
		break;
	default:
		vgr_chacha20_sse2(dst, last, nblocks, key, counter, scratch);
		break;
	}
}

#endif
