/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_SEED_H
#define VGR_SEED_H

#include <stdbool.h>
#include "access.h"
#include "state.h"

/* Whether the state holds a key of this generation of the RNG (I1, I7). */
static inline bool has_key(const struct vgr_state *st, uint64_t generation)
{
	return READ_ONCE(st->generation) == generation && READ_ONCE(st->seed_id) != 0;
}

/*
 * Takes a new key from the RNG by the system call. Returns false if that gave none; then the
 * state is as good as wiped.
 */
bool vgr_reseed(struct vgr_state *st, uint64_t generation);

#endif
