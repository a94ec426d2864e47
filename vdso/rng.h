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

/*
 * Where the page is. A kernel whose own vDSO this is defines it in front of everything: there the
 * page is another one for a process in a time namespace (kernel-side/linux).
 */
#ifndef VGR_RNG_DATA
#define VGR_RNG_DATA (&vgr_rng_data)
#endif

/* Pairs with the release store of whoever changes the generation (abi.h). */
static inline uint64_t rng_generation(void)
{
	return __atomic_load_n(&VGR_RNG_DATA->generation, __ATOMIC_ACQUIRE);
}

static inline bool rng_is_ready(void)
{
	barrier();
	return VGR_RNG_DATA->is_ready;
}

/*
 * ChaCha20 from the key and counter 0, in the version that the kernel side chose; see chacha20.h.
 * The tail is its scratch place: nobody reads it but the large read that has just written it, so
 * what is stored there late, after a wipe and a nested call, does no harm (I3).
 */
static inline void generate(void *dst, void *last, size_t nblocks, struct vgr_state *st)
{
	vgr_chacha20(READ_ONCE(VGR_RNG_DATA->chacha), dst, last, nblocks, st->key, 0, st->tail);
}

#endif
