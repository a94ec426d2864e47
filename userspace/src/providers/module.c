// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The provider "module": image and states from /dev/vgetrandom, reseeded when the kernel is. */
#include <vgetrandom/device.h>

#include "device.h"
#include "elf-symbol.h"
#include "provider.h"

/*
 * Once in the life of the process: who comes later, or loses to another thread, takes that mapping.
 * A module of another version may keep its states in another way, which its own image knows.
 */
static const struct vgr_module *map_once(void)
{
	static struct vgr_module mapped;
	static const struct vgetrandom_rng_data *rng_data;
	const struct vgetrandom_rng_data *none = NULL;
	struct vgr_module module;

	if (__atomic_load_n(&mapped.len, __ATOMIC_ACQUIRE))
		return &mapped;
	if (vgr_module_map(VGETRANDOM_DEVICE_PATH, &module) != 0)
		return NULL;
	if (!__atomic_compare_exchange_n(&rng_data, &none, module.rng_data, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		vgr_module_unmap(&module);
	WRITE_ONCE(mapped.rng_data, rng_data);
	WRITE_ONCE(mapped.image, (const char *)rng_data + vgr_page_len());
	/*
	 * Last, pairs with the acquire above: a thread that came between the exchange and this must
	 * not take a half of it for a device without an image. It maps once more instead, for
	 * nothing, and writes the same.
	 */
	__atomic_store_n(&mapped.len, module.len, __ATOMIC_RELEASE);
	return &mapped;
}

/* Silent about any refusal: no device is what most machines have. */
static struct vgr_provider *start(void)
{
	const struct vgr_module *module = map_once();

	if (!module || !vgr_provider_take(&vgr_module, vgr_function_of(module->image)))
		return NULL;
	if (vgr_module_image_is_ours(module))
		vgr_module.rng_data = module->rng_data;
	return &vgr_module;
}

struct vgr_provider vgr_module = {
	.id = VGETRANDOM_PROVIDER_MODULE,
	.name = "module",
	.summary = "the image and the memory of /dev/vgetrandom",
	.guarantees = { true, "the kernel changes the generation it looks at", NULL },
	.start = start,
	.map_states = vgr_module_map_states,
	.freshness = VGR_FRESH_BY_IMAGE,
};
