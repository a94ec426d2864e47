/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the state machine must hand out, computed from the key alone: fast key erasure as
 * vdso/README.md describes it, with libsodium's ChaCha20, in plain copies.
 */
#ifndef VGT_MODEL_H
#define VGT_MODEL_H

#include <stdint.h>

#include "random.h"
#include "state.h"
#include "vgetrandom.h"

struct vgt_model {
	size_t batch_read_max; /* a longer read makes blocks of its own */
	uint8_t key[VGR_CHACHA20_KEY_LEN];
	uint8_t batch[VGR_BATCH_LEN];
	size_t unread; /* at the end of the batch */
};

/*
 * Where longer reads begin is a matter of speed, so it is not demanded but found out: the
 * longest read of @fn that a new batch accounts for.
 */
size_t vgt_measure_batch_read_max(vgr_getrandom_fn *fn, struct vgr_state *st, uint64_t generation);

/* Gives @st and the model the same new key of @generation, and no batch. */
void vgt_model_init(struct vgt_model *m, size_t batch_read_max, struct vgr_state *st,
		    uint64_t generation, struct vgt_random *r);

/* The next @len bytes. */
void vgt_model_draw(struct vgt_model *m, uint8_t *out, size_t len);

/*
 * Compares after a draw of each. A read may cost up to seven bytes more than it hands out;
 * those are erased unused, and the model takes that over.
 *
 * Returns NULL, or what is different.
 */
const char *vgt_model_compare(struct vgt_model *m, const struct vgr_state *st);

#endif
