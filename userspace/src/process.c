// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What concerns the whole process: preparing it for a sandbox, and its statistics.
 */
#include <vgetrandom/core.h>

#include <linux/errno.h>
#include <linux/random.h>

#include "engine.h"
#include "pool.h"
#include "shared.h"
#include "thread.h"

/* For threads whose signal handlers leave calls by a jump: each time costs a state. */
#define SPARE_STATES 64

/* Linux has no more thread numbers than that (its PID_MAX_LIMIT). */
#define THREADS_MAX (1u << 22)

/*
 * The calling thread's own state is one of those that are made here: in the child of a fork the
 * block of the forking thread's state is all there is.
 */
static int make_states(const struct vgr_engine *engine, unsigned int nthreads)
{
	int err = 0;

	if (engine->state_len)
		err = vgr_pool_reserve(engine->pool, (size_t)nthreads + 1 + SPARE_STATES);
	return err ? err : vgr_thread_attach_anew();
}

int vgetrandom_core_prepare(unsigned int nthreads)
{
	const struct vgr_engine *engine;
	unsigned char byte;
	int err;

	if (nthreads > THREADS_MAX)
		return -ENOMEM;
	err = vgr_engine_choose();
	if (err)
		return err;
	engine = vgr_engine();
	if (engine->inprocess && !vgr_inprocess_has_vdso_clock())
		return -EOPNOTSUPP;
	err = make_states(engine, nthreads);
	if (!err && engine->inprocess)
		err = vgr_inprocess_forgo_mprotect();
	if (err)
		return err;
	vgr_thread_limit_spares(SPARE_STATES);
	vgr_shared_set_prepared();
	/* Everything that happens at a first call happens now, the bookkeeping included. */
	return vgetrandom_core_getrandom(&byte, sizeof(byte), GRND_NONBLOCK) == sizeof(byte)
		       ? 0
		       : -EAGAIN;
}

void vgetrandom_core_stats(struct vgetrandom_stats *stats)
{
	*stats = (struct vgetrandom_stats){ 0 };
	vgr_shared_add_stats(stats);
	vgr_engine_add_stats(stats);
}
