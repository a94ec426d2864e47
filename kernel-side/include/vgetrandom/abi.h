/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The ABI between the kernel side, the vDSO image and the library.
 *
 * Usable from all three, so it has kernel types only, and no libc. Every size and offset is
 * asserted below; fields are only ever added at the end. Reserved input that
 * is not zero is refused, because an interface that ignores unknown bits can
 * never be extended safely.
 */
#ifndef VGETRANDOM_ABI_H
#define VGETRANDOM_ABI_H

#include <linux/types.h>
#include <linux/version.h>

/*
 * Since 6.11 <linux/random.h> defines struct vgetrandom_opaque_params. C cannot
 * ask whether a struct exists, so this looks at the version of the headers (not
 * of the running kernel, which is never asked for its version).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#include <linux/random.h>
#else
/*
 * What __vdso_getrandom(NULL, 0, 0, &params, ~0UL) fills in.
 *
 * size_of_opaque_state: bytes of one opaque state
 * mmap_prot:            PROT_* for the mmap() that makes memory for states
 * mmap_flags:           MAP_* for the same mmap()
 * reserved:             zero, but for the word below
 */
struct vgetrandom_opaque_params {
	__u32 size_of_opaque_state;
	__u32 mmap_prot;
	__u32 mmap_flags;
	__u32 reserved[13];
};
#endif

/*
 * The word of reserved[] in which a kernel tells the number of its system call vgetrandom_alloc():
 * the tag, and the number in the lower half. Anything else, such as the zero of every kernel of
 * Linux's own, means that there is no such call. With the tag, a word that Linux may one day
 * use for something else is not taken for a number, and some other system call made.
 */
#define VGETRANDOM_PARAMS_ALLOC      12
#define VGETRANDOM_ALLOC_TAG         0x76670000u
#define VGETRANDOM_ALLOC_NUMBER_MASK 0x0000ffffu

/*
 * How ChaCha20 may be computed; ordered, a machine that has a level has the lower ones. The best
 * need not be the highest. 0 is the portable one; from 1 on numbering is per architecture.
 */
#define VGETRANDOM_CHACHA_GENERIC  0 /* portable C */
#define VGETRANDOM_CHACHA_NEON     1 /* aarch64: Advanced SIMD */
#define VGETRANDOM_CHACHA_SCALAR   1 /* riscv64: integer registers */
#define VGETRANDOM_CHACHA_VX       1 /* s390x: the vector facility of z13 */
#define VGETRANDOM_CHACHA_SSE2     1 /* x86-64, like the next ones */
#define VGETRANDOM_CHACHA_AVX2     2
#define VGETRANDOM_CHACHA_AVX512   3 /* F and VL */
#define VGETRANDOM_CHACHA_AVX512VL 4 /* the same, in registers of 256 bits */

/*
 * The RNG data page. It lies one page before the image and is read-only for it.
 *
 * generation: never 0. Changes after every reseed of the RNG behind it; the
 *             store is a release, made once the RNG's new key is in place, and
 *             pairs with the acquire load at the start of __vdso_getrandom().
 * is_ready:   1 once the RNG is initialised; until then no state is given
 *             a key, and the image only calls getrandom(2). Never 0 again.
 * chacha:     VGETRANDOM_CHACHA_*: the best of those the CPU has and the operating
 *             system saves (CPUID and XCR0). The image uses this value and never probes the CPU.
 */
struct vgetrandom_rng_data {
	__u64 generation;
	__u32 is_ready;
	__u32 chacha;
};

/*
 * The argument of vgetrandom_alloc(), modelled on the last version of the
 * system call proposed for Linux (v20 of "implement getrandom() in vDSO").
 *
 * flags:           in:  0
 * num:             in:  number of states requested; 0 means 1
 *                  out: number of states allocated, never fewer
 * size_per_each:   in:  0
 *                  out: bytes from one state to the next
 * bytes_allocated: in:  0
 *                  out: bytes of the mapping, for munmap()
 */
struct vgetrandom_alloc_args {
	__u64 flags;
	__u64 num;
	__u64 size_per_each;
	__u64 bytes_allocated;
};

/* The first version of struct vgetrandom_alloc_args; a shorter one is refused. */
#define VGETRANDOM_ALLOC_ARGS_SIZE_VER0 32

#ifndef __cplusplus
_Static_assert(sizeof(struct vgetrandom_opaque_params) == 64, "ABI");
_Static_assert(sizeof(struct vgetrandom_rng_data) == 16, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_rng_data, generation) == 0, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_rng_data, is_ready) == 8, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_rng_data, chacha) == 12, "ABI");
_Static_assert(sizeof(struct vgetrandom_alloc_args) == VGETRANDOM_ALLOC_ARGS_SIZE_VER0, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_alloc_args, num) == 8, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_alloc_args, size_per_each) == 16, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_alloc_args, bytes_allocated) == 24, "ABI");
#endif

#endif
