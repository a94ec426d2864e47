/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ChaCha20 keystream with a zero nonce: the one contract of every version.
 *
 * Source: RFC 8439 section 2.3 for the rounds; the state holds a 64-bit block
 * counter and a 64-bit nonce (0) as in the original ChaCha by D. J. Bernstein,
 * so that a counter above 2^32 carries instead of wrapping.
 */
#ifndef VGR_CHACHA20_H
#define VGR_CHACHA20_H

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#define VGR_CHACHA20_BLOCK_LEN   64
#define VGR_CHACHA20_KEY_LEN     32
#define VGR_CHACHA20_SCRATCH_LEN 32

/*
 * Writes the @nblocks keystream blocks @counter, @counter + 1, ... of 64 bytes.
 *
 * @dst:     all blocks but the last go to dst, dst + 64, ...; not touched when
 *           nblocks is 1
 * @last:    the last block goes here; dst + 64 * (nblocks - 1) makes the output
 *           contiguous
 * @nblocks: 0 writes nothing
 * @key:     32 bytes. Read once, before the first store, so dst and last may
 *           overlap it: fast key erasure replaces the key with its own output
 * @counter: number of the first block; adding nblocks must not wrap 64 bits
 * @scratch: 32 bytes for what does not fit into the registers: a part of the state in
 *           the rounds, as secret as the key. So it lies in memory that may hold
 *           the key, is wiped when the process forks and never swapped: the
 *           opaque state, see state.h. It may be a part of last, else it
 *           overlaps nothing. Zero on return if it was used at all and is no part of last
 *
 * Blocks are stored in their order, so last may overlap the block before it, and is the one that
 * stays. No argument needs any alignment. Exactly 64 * nblocks bytes are written beside scratch,
 * each of them keystream: nothing secret is ever parked in the output.
 *
 * scratch may become zero at any time, like the page it lies in: then the output is rubbish, and
 * the caller, who finds that the page was wiped, does not use it. What a version writes to it
 * after that is gone when it returns.
 *
 * The assembly versions keep key and state in registers, never write anything of them to the
 * stack, and clear every register that held either. (What a caller wants preserved may be saved
 * there, before the key is read.) Only avx2 uses scratch. The portable version
 * works in a local block that it wipes. All are reentrant, lock-free and async-signal-safe.
 */
typedef void vgr_chacha20_fn(void *dst, void *last, size_t nblocks, const void *key,
			     uint64_t counter, void *scratch);

vgr_chacha20_fn vgr_chacha20_generic;

/*
 * In assembly, in arch/. Each needs the CPU feature of its name; sse2 is in every x86-64, and
 * scalar needs nothing that RV64I has not.
 */
vgr_chacha20_fn vgr_chacha20_sse2;
vgr_chacha20_fn vgr_chacha20_avx2;
vgr_chacha20_fn vgr_chacha20_avx512;
vgr_chacha20_fn vgr_chacha20_avx512vl;
vgr_chacha20_fn vgr_chacha20_neon;
vgr_chacha20_fn vgr_chacha20_scalar;
vgr_chacha20_fn vgr_chacha20_vx;

#endif
#endif
