// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The providers, and the choice between them.
 *
 * Every provider is the same thing: an ELF image in which to look up the vDSO function,
 * which tells its parameters, and a pool of states for it. Only where the image comes
 * from differs.
 */
#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <vgetrandom/device.h>

#include "arch.h"
#include "elf-symbol.h"
#include "expand.h"
#include "memory.h"
#include "pool.h"
#include "provider-module.h"
#include "shared.h"
#include "signals.h"
#include "state.h"

struct candidate {
	const char *name;

	/* Makes the engine work; returns 0 or -errno. NULL: not a provider of its own. */
	int (*start)(struct vgr_engine *engine);

	struct vgr_pool pool;
	struct vgr_engine engine;

	/* Set last: a fork may leave the child with an engine that is half started. */
	bool started;
};

static int start_image(struct vgr_engine *engine, const void *image)
{
	const void *function = vgr_elf_symbol(image, "__vdso_getrandom", "LINUX_2.6");
	struct vgetrandom_opaque_params params = { 0 };

	if (!function)
		return -ENOTSUP;
	engine->getrandom = (vgr_getrandom_fn *)function;
	if (engine->getrandom(NULL, 0, 0, &params, ~0UL) != 0)
		return -ENOTSUP;
	engine->state_len = params.size_of_opaque_state;
	return vgr_pool_init(engine->pool, engine->state_len);
}

/* Silent about any refusal: no device is what most machines have. */
static int start_module(struct vgr_engine *engine)
{
	struct vgr_module module;
	int err;

	if (vgr_module_map(VGETRANDOM_DEVICE_PATH, &module) != 0)
		return -ENOTSUP;
	engine->expand_from = SIZE_MAX;
	engine->pool->map = vgr_module_map_states;
	/* A module of another version may keep its states in another way. */
	if (vgr_module_image_is_ours(&module)) {
		engine->seed_id_offset = offsetof(struct vgr_state, seed_id);
		engine->rng_data = module.rng_data;
	}
	err = start_image(engine, module.image);
	if (err)
		vgr_module_unmap(&module);
	return err;
}

static int start_native(struct vgr_engine *engine)
{
	engine->expand_from = VGR_EXPAND_NATIVE_FROM;
	return start_image(engine, (const void *)getauxval(AT_SYSINFO_EHDR));
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
	return start_image(engine, vgr_inprocess_image());
}

static int start_syscall(struct vgr_engine *engine)
{
	engine->getrandom = vgr_getrandom_by_syscall;
	engine->expand_from = VGR_EXPAND_SYSCALL_FROM;
	return 0;
}

static struct candidate candidates[] = {
	[VGETRANDOM_PROVIDER_AUTO] = { .name = "auto" },
	[VGETRANDOM_PROVIDER_MODULE] = { .name = "module", .start = start_module },
	[VGETRANDOM_PROVIDER_NATIVE] = { .name = "native", .start = start_native },
	[VGETRANDOM_PROVIDER_INPROCESS] = { .name = "inprocess", .start = start_inprocess },
	[VGETRANDOM_PROVIDER_SYSCALL] = { .name = "syscall", .start = start_syscall },
};

#define NUM_CANDIDATES (sizeof(candidates) / sizeof(candidates[0]))
_Static_assert(NUM_CANDIDATES == VGR_NUM_ENGINES, "one candidate a provider");

/* What is in use before the first choice: no thread is ever attached to it. */
static const struct vgr_engine no_engine;

const struct vgr_engine *vgr_engine_in_use = &no_engine;

static int use(enum vgetrandom_provider provider)
{
	struct candidate *c = &candidates[provider];
	int err;

	if (!c->start)
		return -ENOTSUP;
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
	for (unsigned int i = VGETRANDOM_PROVIDER_AUTO + 1; i < NUM_CANDIDATES; i++)
		if (use(i) == 0)
			return 0;
	return -ENOTSUP;
}

/* A variable that names nothing usable must not keep a program from random numbers. */
static int use_default(void)
{
	const char *wanted = secure_getenv("VGETRANDOM_PROVIDER");
	enum vgetrandom_provider provider;
	int saved_errno = errno;

	if (vgr_engine() != &no_engine)
		return 0;
	vgr_expand_init();
	if (wanted && vgetrandom_provider_by_name(wanted, &provider) == 0 && use(provider) == 0)
		return 0;
	errno = saved_errno;
	return use_first_that_works();
}

/*
 * One thread chooses at a time, and signals wait: a handler that left by a jump, or a cancellation,
 * would leave the mark set for ever. The mark is wiped on fork.
 */
static int choose(int (*how)(enum vgetrandom_provider), enum vgetrandom_provider provider)
{
	uint64_t saved;
	int err = vgr_signals_block(&saved);

	if (err)
		return err;
	err = -EBUSY;
	if (vgr_shared_begin_choice()) {
		err = how(provider);
		vgr_shared_end_choice();
	}
	vgr_signals_restore(&saved);
	return err;
}

static int choose_default(enum vgetrandom_provider unused)
{
	(void)unused;
	return use_default();
}

static int choose_this(enum vgetrandom_provider provider)
{
	return provider == VGETRANDOM_PROVIDER_AUTO ? use_first_that_works() : use(provider);
}

int vgr_engine_choose(void)
{
	return vgr_engine() != &no_engine ? 0 : choose(choose_default, VGETRANDOM_PROVIDER_AUTO);
}

ssize_t vgr_getrandom_by_syscall(void *buffer, size_t len, unsigned int flags, void *state,
				 size_t state_len)
{
	(void)state;
	(void)state_len;
	return vgr_sys_getrandom(buffer, len, flags);
}

/* Early, while there is one thread and no signal handler and no sandbox yet. */
static __attribute__((constructor)) void choose_at_load(void)
{
	int saved_errno = errno;

	(void)vgr_engine_choose();
	errno = saved_errno;
}

void vgr_engine_add_stats(struct vgetrandom_stats *stats)
{
	for (unsigned int i = 0; i < NUM_CANDIDATES; i++)
		if (candidates[i].pool.newest)
			vgr_pool_add_stats(&candidates[i].pool, stats);
}

enum vgetrandom_provider vgetrandom_get_provider(void)
{
	int saved_errno = errno;
	int err = vgr_engine_choose();

	errno = saved_errno;
	return err ? VGETRANDOM_PROVIDER_SYSCALL : vgr_engine()->provider;
}

int vgetrandom_set_provider(enum vgetrandom_provider provider)
{
	int saved_errno = errno;
	int err = -EINVAL;

	if ((unsigned int)provider < NUM_CANDIDATES)
		err = choose(choose_this, provider);
	errno = err ? -err : saved_errno;
	return err ? -1 : 0;
}

const char *vgetrandom_provider_name(enum vgetrandom_provider provider)
{
	return (unsigned int)provider < NUM_CANDIDATES ? candidates[provider].name : NULL;
}

int vgetrandom_provider_by_name(const char *name, enum vgetrandom_provider *provider)
{
	for (unsigned int i = 0; i < NUM_CANDIDATES; i++) {
		if (strcmp(name, candidates[i].name) == 0) {
			*provider = i;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}
