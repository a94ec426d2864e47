// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The providers, and the choice between them.
 *
 * Every provider is the same thing: an ELF image in which to look up the vDSO function,
 * which tells its parameters, and a pool of states for it. Only where the image comes
 * from differs.
 */
#include "engine.h"

#include <linux/auxvec.h>
#include <linux/errno.h>
#include <vgetrandom/core.h>
#include <vgetrandom/device.h>
#include <vgetrandom/port.h>

#include "arch.h"
#include "elf-symbol.h"
#include "expand.h"
#include "memory.h"
#include "pool.h"
#include "provider-module.h"
#include "shared.h"
#include "state.h"

struct candidate {
	/* Makes the engine work; returns 0 or -errno. NULL: not a provider of its own. */
	int (*start)(struct vgr_engine *engine);

	struct vgr_pool pool;
	struct vgr_engine engine;

	/* Set last: a fork may leave the child with an engine that is half started. */
	bool started;
};

static const void *our_function(const void *image)
{
	return vgr_elf_symbol(image, "__vdso_getrandom", "LINUX_2.6");
}

static int start_function(struct vgr_engine *engine, const void *function)
{
	struct vgetrandom_opaque_params params = { 0 };

	if (!function)
		return -EOPNOTSUPP;
	engine->getrandom = (vgr_getrandom_fn *)function;
	if (engine->getrandom(NULL, 0, 0, &params, ~0UL) != 0)
		return -EOPNOTSUPP;
	engine->state_len = params.size_of_opaque_state;
	return vgr_pool_init(engine->pool, engine->state_len);
}

/* Silent about any refusal: no device is what most machines have. */
static int start_module(struct vgr_engine *engine)
{
	struct vgr_module module;
	int err;

	if (vgr_module_map(VGETRANDOM_DEVICE_PATH, &module) != 0)
		return -EOPNOTSUPP;
	engine->expand_from = SIZE_MAX;
	engine->pool->map = vgr_module_map_states;
	/* A module of another version may keep its states in another way. */
	if (vgr_module_image_is_ours(&module)) {
		engine->seed_id_offset = offsetof(struct vgr_state, seed_id);
		engine->rng_data = module.rng_data;
	}
	err = start_function(engine, our_function(module.image));
	if (err)
		vgr_module_unmap(&module);
	return err;
}

static int start_native(struct vgr_engine *engine)
{
	const void *vdso = (const void *)vgr_port_getauxval(AT_SYSINFO_EHDR);

	engine->expand_from = VGR_EXPAND_NATIVE_FROM;
	return start_function(
		engine, vgr_elf_symbol(vdso, VGR_KERNEL_GETRANDOM, VGR_KERNEL_GETRANDOM_VERSION));
}

static int start_inprocess(struct vgr_engine *engine)
{
	int err = 0;

	if (!vgr_inprocess.started)
		err = vgr_inprocess_start(vgr_chacha_level());
	if (err)
		return err;
	engine->inprocess = &vgr_inprocess;
	engine->expand_from = SIZE_MAX;
	engine->seed_id_offset = offsetof(struct vgr_state, seed_id);
	engine->rng_data = vgr_inprocess_rng_data();
	return start_function(engine, our_function(vgr_inprocess_image()));
}

static int start_syscall(struct vgr_engine *engine)
{
	engine->getrandom = vgr_getrandom_by_syscall;
	engine->expand_from = VGR_EXPAND_SYSCALL_FROM;
	return 0;
}

static struct candidate candidates[VGR_NUM_ENGINES] = {
	[VGETRANDOM_PROVIDER_MODULE] = { .start = start_module },
	[VGETRANDOM_PROVIDER_NATIVE] = { .start = start_native },
	[VGETRANDOM_PROVIDER_INPROCESS] = { .start = start_inprocess },
	[VGETRANDOM_PROVIDER_SYSCALL] = { .start = start_syscall },
};

/* What is in use before the first choice: no thread is ever attached to it. */
static const struct vgr_engine no_engine;

const struct vgr_engine *vgr_engine_in_use = &no_engine;

/* What the first choice is to be; set before it, by vgetrandom_core_configure(). */
static enum vgetrandom_provider preferred = VGETRANDOM_PROVIDER_AUTO;

static int use(enum vgetrandom_provider provider)
{
	struct candidate *c = &candidates[provider];
	int err;

	if (!c->start)
		return -EOPNOTSUPP;
	if (!c->started) {
		c->pool.map = vgr_map_states;
		c->engine.pool = &c->pool;
		c->engine.provider = provider;
		err = c->start(&c->engine);
		if (err)
			return err;
		__atomic_store_n(&c->started, true, __ATOMIC_RELEASE);
	}
	/* Pairs with the acquire in vgr_engine(). */
	__atomic_store_n(&vgr_engine_in_use, &c->engine, __ATOMIC_RELEASE);
	return 0;
}

static int use_first_that_works(void)
{
	for (unsigned int i = VGETRANDOM_PROVIDER_AUTO + 1; i < VGR_NUM_ENGINES; i++)
		if (use(i) == 0)
			return 0;
	return -EOPNOTSUPP;
}

/* A wish that cannot be met must not keep a program from random numbers. */
static int use_preferred(enum vgetrandom_provider unused)
{
	(void)unused;
	if (vgr_engine() != &no_engine)
		return 0;
	vgr_expand_init();
	if ((unsigned int)preferred < VGR_NUM_ENGINES && use(preferred) == 0)
		return 0;
	return use_first_that_works();
}

/*
 * One thread chooses at a time, and signals wait: a handler that left by a jump, or a cancellation,
 * would leave the mark set for ever. The mark is wiped on fork.
 */
static int choose(int (*how)(enum vgetrandom_provider), enum vgetrandom_provider provider)
{
	struct vgr_port_sigmask saved;
	int err = vgr_port_block_signals(&saved);

	if (err)
		return err;
	err = -EBUSY;
	if (vgr_shared_begin_choice()) {
		err = how(provider);
		vgr_shared_end_choice();
	}
	vgr_port_restore_signals(&saved);
	return err;
}

static int use_this(enum vgetrandom_provider provider)
{
	return provider == VGETRANDOM_PROVIDER_AUTO ? use_first_that_works() : use(provider);
}

int vgr_engine_choose(void)
{
	return vgr_engine() != &no_engine ? 0 : choose(use_preferred, VGETRANDOM_PROVIDER_AUTO);
}

void vgetrandom_core_configure(enum vgetrandom_provider provider, uint32_t chacha_max)
{
	preferred = provider;
	vgr_chacha_set_max(chacha_max);
}

int vgetrandom_core_init(void)
{
	return vgr_engine_choose();
}

ssize_t vgr_getrandom_by_syscall(void *buffer, size_t len, unsigned int flags, void *state,
				 size_t state_len)
{
	(void)state;
	(void)state_len;
	return vgr_port_getrandom(buffer, len, flags);
}

void vgr_engine_add_stats(struct vgetrandom_stats *stats)
{
	for (unsigned int i = 0; i < VGR_NUM_ENGINES; i++)
		if (candidates[i].pool.newest)
			vgr_pool_add_stats(&candidates[i].pool, stats);
}

enum vgetrandom_provider vgetrandom_core_get_provider(void)
{
	return vgr_engine_choose() ? VGETRANDOM_PROVIDER_SYSCALL : vgr_engine()->provider;
}

int vgetrandom_core_set_provider(enum vgetrandom_provider provider)
{
	return (unsigned int)provider < VGR_NUM_ENGINES ? choose(use_this, provider) : -EINVAL;
}
