/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What one provider amounts to once it is started, and which one is in use.
 */
#ifndef VGR_ENGINE_H
#define VGR_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/types.h>

#include "inprocess.h"
#include "vgetrandom.h"

struct vgr_pool;

/* Engines are numbered like providers. */
#define VGR_NUM_ENGINES (VGETRANDOM_PROVIDER_SYSCALL + 1)

struct vgr_engine {
	/* The image's function, or one that makes the system call. */
	vgr_getrandom_fn *getrandom;

	/*
	 * The generation is ours to renew: vgr_inprocess_is_due() must be asked before every
	 * call. NULL: the kernel sees to it.
	 */
	const struct vgr_inprocess *inprocess;

	/* Reads of so many bytes and more are expanded, see expand.h. */
	size_t expand_from;

	/* Bytes of a state; 0: works without. */
	size_t state_len;

	/* Where in a state the name of its seed lies; 0: it has none that we know. */
	size_t seed_id_offset;

	/* If it has: the data page of the image. */
	const struct vgetrandom_rng_data *rng_data;

	struct vgr_pool *pool;
	enum vgetrandom_provider provider;
};

/* The engine in use. Until the first choice, one that no thread is ever attached to. */
extern const struct vgr_engine *vgr_engine_in_use __attribute__((visibility("hidden")));

static inline const struct vgr_engine *vgr_engine(void)
{
	/*
	 * Pairs with the release in choose(): an engine is complete before it is seen. What is read
	 * is read through this pointer, and that order needs no more than the load.
	 */
	return *(const struct vgr_engine *const volatile *)&vgr_engine_in_use;
}

/*
 * Chooses an engine if there is none yet.
 *
 * Returns 0, or -EBUSY while another thread, or the code that this signal handler interrupted,
 * is choosing.
 */
int vgr_engine_choose(void);

/*
 * getrandom(2) in the shape of the image's function; has no use for a state.
 */
vgr_getrandom_fn vgr_getrandom_by_syscall;

/*
 * Adds up what the threads of all engines counted.
 */
void vgr_engine_add_stats(struct vgetrandom_stats *stats);

#endif
