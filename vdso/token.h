/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The token records the call that is using a state, by its stack pointer.
 */
#ifndef VGR_TOKEN_H
#define VGR_TOKEN_H

#include <stdbool.h>
#include "access.h"
#include "arch.h"
#include "rng.h"
#include "state.h"

/*
 * Compared with memory and not with a value loaded earlier: the barrier sees to that.
 */
static inline bool is_mine(const struct vgr_state *st, uint64_t token)
{
	barrier();
	return likely(st->token == token);
}

/*
 * I5: nothing was wiped since the token was set, and the seed is still the current one. The barrier
 * in is_mine() makes the generation be read again, too.
 */
static inline bool is_unchanged(const struct vgr_state *st, uint64_t token, uint64_t generation)
{
	return is_mine(st, token) && likely(VGR_RNG_DATA->generation == generation);
}

static inline bool is_free(const struct vgr_state *st)
{
	barrier();
	return st->token == 0;
}

static inline void release(struct vgr_state *st)
{
	WRITE_ONCE(st->token, 0);
}

/*
 * Ends a use of the state that failed. If the token is gone, the state was wiped
 * under us, and since then a nested call may have filled it while we still wrote
 * to it: it is not used any further (I6). Returns whether that happened.
 */
static inline bool abandon(struct vgr_state *st, uint64_t token)
{
	if (is_mine(st, token)) {
		release(st);
		return false;
	}
	WRITE_ONCE(st->generation, 0);
	return true;
}

#endif
