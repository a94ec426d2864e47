/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the state machine needs from an architecture. <vgr-arch.h> is the file of
 * that name in arch/<architecture>/ and defines, all inline, what follows. Those marked (core)
 * suffice for the core without an image.
 *
 * Beside it lies `port`, NAME="WORDS" in each line, for CMake and for the shell:
 *
 *	condition	for #if: the compiler compiles for this architecture
 *	debian		what Debian calls it
 *
 * How it is built, and which versions of ChaCha20 there are, says cmake/recipe.
 *
 * `baseline.h`, the lowest level that every machine has, and `marks.S`, what each assembly file
 * says of itself, are for assembly, too.
 *
 *	VGR_ELF_MACHINE (core)
 *		The architecture's number in an ELF header.
 *
 *	VGR_ELF_HASH_WORD (core)
 *		Type of the words of DT_HASH, unless it is uint32_t.
 *
 *	VGR_KERNEL_GETRANDOM, VGR_KERNEL_GETRANDOM_VERSION (core)
 *		Name and symbol version of getrandom in the kernel's own vDSO. (Ours
 *		is __vdso_getrandom at LINUX_2.6 everywhere.)
 *
 *	VGR_KERNEL_CLOCK_GETTIME, VGR_KERNEL_CLOCK_VERSION (core)
 *		The same of clock_gettime.
 *
 *	VGR_CHACHA_LEVEL_NAMES (core), VGR_CHACHA_VERSIONS
 *		Initialisers of arrays: the names of the levels, from 0 on, and their functions.
 *
 *	VGR_LOCAL_ALIGN
 *		What a multiple of the addresses below must be of: 1, 4 or 8. States that are
 *		aligned to less are left to the system call, and the batch is taken
 *		in multiples of it.
 *
 *	VGR_WORDS_AT_ONCE
 *		1 if four words of the batch would not fit into registers, beside all else.
 *
 *	long vgr_sys_getrandom(void *buf, size_t len, unsigned int flags);
 *		The system call: bytes written, or -errno.
 *
 *	uintptr_t vgr_stack_pointer(void);
 *		The stack pointer: differs between any two functions that are under
 *		way on one thread, a signal handler's on another stack included.
 *
 *	void vgr_local_xor64(vgr_unaligned64 *p, uint64_t v);
 *	void vgr_local_xor32(vgr_unaligned32 *p, uint32_t v);
 *	void vgr_local_add(uint64_t *p, uint64_t v); (core)
 *	bool vgr_local_cmpxchg(uint64_t *p, uint64_t expected, uint64_t desired);
 *		Read-modify-write that a signal handler of the same thread finds
 *		done or not begun. Other threads never look at a state, so there is
 *		neither ordering nor a locked bus.
 *
 *	void vgr_local_move64(vgr_unaligned64 *dst, vgr_unaligned64 *src); (core)
 *	void vgr_local_move32(vgr_unaligned32 *dst, vgr_unaligned32 *src); (core)
 *		Loads a word of the batch, erases it there like vgr_local_xor*, stores it at
 *		@dst, and leaves it in no register. In arch-default.h, unless the port
 *		defines VGR_OWN_MOVES: where an instruction can do both. It takes
 *		VGR_CLEAR_64(v) and VGR_CLEAR_32(v), which clear the register of a variable.
 *
 *	void vgr_store_8(uint8_t *dst, uint64_t v); (core)
 *	void vgr_store_4(uint8_t *dst, uint32_t v); (core)
 *	void vgr_store_2(uint8_t *dst, uint16_t v); (core)
 *		To any address. In arch-default.h, unless the port defines VGR_OWN_STORES: where
 *		compilers make many instructions of such a store, so that there are parts of @v in
 *		many registers, and then on the stack.
 *
 *	char *vgr_thread_pointer(void); (core)
 *		Of the thread that runs it, read anew each time: a handler may switch contexts,
 *		so that a function goes on in another thread.
 *
 *	uint64_t vgr_thread_load(long offset); (core)
 *	void vgr_thread_store(long offset, uint64_t v); (core)
 *	bool vgr_thread_cmpxchg(long offset, uint64_t expected, uint64_t desired); (core)
 *		A word at an offset from that pointer; in one instruction if the architecture
 *		can, so that it is the word of the thread that runs the instruction: then the
 *		port defines VGR_OWN_THREAD_WORDS. Else those of arch-default.h.
 *
 *	long VGR_THREAD_LOCAL_OFFSET(symbol) (core)
 *		The offset of a thread-local variable of the initial-exec model.
 *
 *	void vgr_forget_scratch(void); (core)
 *		Clears the general registers that a function may leave changed, so that
 *		a later push, which may be for nothing but alignment, saves no secret.
 *
 *	void vgr_forget_temporaries(void);
 *		The same for those that carry no argument, in front of a call.
 *
 *	void vgr_chacha20(uint32_t level, void *dst, void *last, size_t nblocks,
 *			  const void *key, uint64_t counter, void *scratch); (core)
 *		chacha20.h in the version that belongs to @level of the RNG data
 *		page; an unknown level gets the baseline of the architecture.
 */
#ifndef VGR_ARCH_H
#define VGR_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/abi.h>
#include "chacha20.h"

/*
 * The smallest page there is, and that of the kernel that the image is linked for, which cuts reads
 * and has the data page one page before the image. For a kernel with pages of 16 or 64 KiB whoever
 * builds the image says so twice: -DVGR_PAGE_SIZE=N -Wl,-z,max-page-size=N. The image
 * that is embedded works with any: its data page need be nothing but in front of it.
 */
#ifndef VGR_PAGE_SIZE
#define VGR_PAGE_SIZE 4096
#endif

typedef uint64_t vgr_unaligned64 __attribute__((may_alias, aligned(1)));
typedef uint32_t vgr_unaligned32 __attribute__((may_alias, aligned(1)));
typedef uint16_t vgr_unaligned16 __attribute__((may_alias, aligned(1)));

/*
 * Words of the batch are bytes that a register carries, in the order of memory: the first byte is
 * the lowest of a register, or the highest. Nothing else in the image depends on which.
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* A register as a load of four bytes leaves it, as if eight had been loaded. */
static inline uint64_t vgr_word_of_4(uint32_t v)
{
	return v;
}

/* Without its first @n bytes, fewer than eight. */
static inline uint64_t vgr_word_without(uint64_t v, size_t n)
{
	return v >> 8 * n;
}

/* The first bytes, for a store. */
static inline uint32_t vgr_first_4(uint64_t v)
{
	return (uint32_t)v;
}

static inline uint16_t vgr_first_2(uint64_t v)
{
	return (uint16_t)v;
}

static inline uint8_t vgr_first_1(uint64_t v)
{
	return (uint8_t)v;
}

#else

static inline uint64_t vgr_word_of_4(uint32_t v)
{
	return (uint64_t)v << 32;
}

static inline uint64_t vgr_word_without(uint64_t v, size_t n)
{
	return v << 8 * n;
}

static inline uint32_t vgr_first_4(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

static inline uint16_t vgr_first_2(uint64_t v)
{
	return (uint16_t)(v >> 48);
}

static inline uint8_t vgr_first_1(uint64_t v)
{
	return (uint8_t)(v >> 56);
}

#endif

/* Where it is known: compilers for some machines load a word of any other type byte by byte. */
typedef uint64_t vgr_aligned64 __attribute__((may_alias));
typedef uint32_t vgr_aligned32 __attribute__((may_alias));

#include <vgr-arch.h>

#include "arch-default.h"

/* Words of a state. */
typedef uint64_t vgr_word64 __attribute__((may_alias, aligned(VGR_LOCAL_ALIGN)));
typedef uint32_t vgr_word32
	__attribute__((may_alias, aligned(VGR_LOCAL_ALIGN < 4 ? VGR_LOCAL_ALIGN : 4)));

#endif
