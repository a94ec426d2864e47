// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The one system call of a state's life: a new key. */
#include "seed.h"

#include "arch.h"

/*
 * A new key from the RNG. The generation is stored before the system call, so that
 * a wipe at any time leaves it 0 or is followed by a fresh key (I7). Until the
 * call has answered, seed_id says that there is no key yet.
 */
bool vgr_reseed(struct vgr_state *st, uint64_t generation)
{
	uint8_t *seed = st->key - (VGR_SEED_LEN - VGR_CHACHA20_KEY_LEN);
	uint64_t seed_id;

	WRITE_ONCE(st->position, 0);
	WRITE_ONCE(st->seed_id, 0);
	WRITE_ONCE(st->generation, generation);
	barrier();
	if (vgr_sys_getrandom(seed, VGR_SEED_LEN, 0) != VGR_SEED_LEN) {
		WRITE_ONCE(st->generation, 0);
		return false;
	}
	seed_id = READ_ONCE(*(vgr_word64 *)seed);
	WRITE_ONCE(*(vgr_word64 *)seed, 0);
	WRITE_ONCE(st->seed_id, seed_id);
	return true;
}
