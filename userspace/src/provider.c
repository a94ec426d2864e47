// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table of providers, and the choice between them. No lock: a provider may be started by
 * several threads at once, each of which fills in the same, and the last store says which one is in
 * use. So neither a fork nor a handler that leaves by siglongjmp() can leave a choice undone.
 */
#include "provider.h"

#include <stdbool.h>

struct vgr_provider *const vgr_providers[VGR_NUM_PROVIDERS] = {
	[VGETRANDOM_PROVIDER_MODULE] = &vgr_module,
	[VGETRANDOM_PROVIDER_NATIVE] = &vgr_native,
	[VGETRANDOM_PROVIDER_INPROCESS] = &vgr_inprocess,
	[VGETRANDOM_PROVIDER_SYSCALL] = &vgr_syscall,
};

const struct vgr_provider *vgr_provider_in_use;

/* What the first choice is to be. */
static enum vgetrandom_provider preferred = VGETRANDOM_PROVIDER_AUTO;
static uint32_t chacha_max = UINT32_MAX;

void vgr_provider_prefer(enum vgetrandom_provider provider, uint32_t max)
{
	preferred = provider;
	chacha_max = max;
}

bool vgr_provider_may_be(enum vgetrandom_provider id)
{
	return vgr_providers[id] && (preferred == id || preferred == VGETRANDOM_PROVIDER_AUTO);
}

void vgr_provider_start_image(void)
{
	/* If it is refused, the level stays the one that every machine has. */
	(void)vgr_inprocess_start(chacha_max);
}

bool vgr_provider_take(struct vgr_provider *provider, vgr_getrandom_fn *fn)
{
	struct vgetrandom_opaque_params params = { 0 };

	if (!fn || fn(NULL, 0, 0, &params, ~0UL) != 0)
		return false;
	provider->state_len = params.size_of_opaque_state;
	provider->getrandom = fn;
	return true;
}

void vgr_provider_use(const struct vgr_provider *provider)
{
	/* Pairs with the load in vgr_provider(). */
	__atomic_store_n(&vgr_provider_in_use, provider, __ATOMIC_RELEASE);
}

static bool use(enum vgetrandom_provider id)
{
	struct vgr_provider *provider = vgr_providers[id];

	provider = provider ? provider->start() : NULL;
	if (provider)
		vgr_provider_use(provider);
	return provider;
}

/* The last one always works. */
static void use_first_that_works(void)
{
	for (unsigned int id = 0; id < VGR_NUM_PROVIDERS && !use(id); id++)
		;
}

/* A wish that cannot be met must not keep a program from random numbers. */
const struct vgr_provider *vgr_provider_choose_first(void)
{
	if (vgr_port_configure() != 0)
		return &vgr_syscall;
	if ((unsigned int)preferred >= VGR_NUM_PROVIDERS || !use(preferred))
		use_first_that_works();
	return vgr_provider();
}

bool vgr_provider_switch(enum vgetrandom_provider id)
{
	if (id != VGETRANDOM_PROVIDER_AUTO)
		return use(id);
	use_first_that_works();
	return true;
}
