/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a port need not provide, because most would write the same: arch.h says what each of these
 * promises, and with which name a port says that it has its own.
 */
#ifndef VGR_ARCH_DEFAULT_H
#define VGR_ARCH_DEFAULT_H

#ifndef VGR_WORDS_AT_ONCE
#define VGR_WORDS_AT_ONCE 4
#endif

#ifndef VGR_OWN_STORES
#define vgr_store_8(dst, v) (*(vgr_unaligned64 *)(dst) = (v))
#define vgr_store_4(dst, v) (*(vgr_unaligned32 *)(dst) = (v))
#define vgr_store_2(dst, v) (*(vgr_unaligned16 *)(dst) = (v))
#endif

/*
 * The load is volatile: else a compiler might load the word again for the store, when it has been
 * erased and is zero.
 */
#ifndef VGR_OWN_MOVES
static inline void vgr_local_move64(vgr_unaligned64 *dst, vgr_unaligned64 *src)
{
	uint64_t v = *(volatile vgr_aligned64 *)src;

	vgr_local_xor64(src, v);
	vgr_store_8((uint8_t *)dst, v);
	VGR_CLEAR_64(v);
}

static inline void vgr_local_move32(vgr_unaligned32 *dst, vgr_unaligned32 *src)
{
	uint32_t v = *(volatile vgr_aligned32 *)src;

	vgr_local_xor32(src, v);
	vgr_store_4((uint8_t *)dst, v);
	VGR_CLEAR_32(v);
}
#endif

/*
 * Two instructions: a handler between them that switches contexts leaves this call with the word of
 * the thread that it began on.
 */
#ifndef VGR_OWN_THREAD_WORDS
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
#endif

#endif
