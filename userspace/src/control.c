// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core's functions that a libc may leave out: which provider is in use, another one, what is
 * done before a sandbox, and the counters.
 */
#include <linux/errno.h>
#include <linux/random.h>
#include <vgetrandom/core.h>

#include "pool.h"
#include "provider.h"
#include "shared.h"
#include "thread.h"

/* For threads whose signal handlers leave calls by siglongjmp(): each time costs a slot. */
#define SPARE_SLOTS 64

/* Linux has no more thread numbers than that (its PID_MAX_LIMIT). */
#define THREADS_MAX (1u << 22)

/* A provider that can have no states, because memory cannot be wiped on fork, does not work. */
static bool has_states(const struct vgr_provider *provider)
{
	return !provider->getrandom || !vgr_shared_may_map() ||
	       vgr_pool_reserve(provider, 1) != -EOPNOTSUPP;
}

enum vgetrandom_provider vgetrandom_core_get_provider(void)
{
	const struct vgr_provider *provider = vgr_provider_choose();

	if (!has_states(provider)) {
		provider = &vgr_syscall;
		vgr_provider_use(provider);
	}
	return provider->id;
}

int vgetrandom_core_set_provider(enum vgetrandom_provider provider)
{
	const struct vgr_provider *before = vgr_provider_choose();

	if ((unsigned int)provider >= VGR_NUM_PROVIDERS)
		return -EINVAL;
	if (!vgr_provider_switch(provider))
		return -EOPNOTSUPP;
	if (has_states(vgr_provider_choose()))
		return 0;
	vgr_provider_use(provider == VGETRANDOM_PROVIDER_AUTO ? &vgr_syscall : before);
	return provider == VGETRANDOM_PROVIDER_AUTO ? 0 : -EOPNOTSUPP;
}

int vgetrandom_core_prepare(unsigned int nthreads)
{
	const struct vgr_provider *provider = vgr_provider_choose();
	unsigned char byte;
	int err = 0;

	if (nthreads > THREADS_MAX)
		return -ENOMEM;
	/* Each look at the clock would be a system call. */
	if (provider->clock == vgr_port_clock_gettime)
		return -EOPNOTSUPP;
	if (provider->getrandom)
		err = vgr_pool_reserve(provider, (size_t)nthreads + 1 + SPARE_SLOTS);
	if (err)
		return err;
	vgr_thread_set_spares(SPARE_SLOTS);
	vgr_thread_retry();
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
	vgr_pool_add_stats(stats);
}
