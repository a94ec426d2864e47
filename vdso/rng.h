/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the image takes from the RNG data page (abi.h), which the kernel side writes.
 */
#ifndef VGR_RNG_H
#define VGR_RNG_H

#include <stdbool.h>
#include "access.h"
#include "arch.h"
#include "state.h"
#include "vgetrandom.h"

/* Pairs with the release store of whoever changes the generation (abi.h). */
static inline uint64_t rng_generation(void)
{
	return __atomic_load_n(&vgr_rng_data.generation, __ATOMIC_ACQUIRE);
}

static inline bool rng_is_ready(void)
{
	barrier();
	return vgr_rng_data.is_ready;
}

/*
 * ChaCha20 from the key and counter 0, in the version that the kernel side chose; see chacha20.h.
 * The tail is its scratch place: nobody reads it but the large read that has just written it, so
 * what is stored there late, after a wipe and a nested call, does no harm (I3).
 */
static inline void generate(void *dst, void *last, size_t nblocks, struct vgr_state *st)
{
	vgr_chacha20(READ_ONCE(vgr_rng_data.chacha), dst, last, nblocks, st->key, 0, st->tail);
}

#endif
