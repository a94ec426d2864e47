// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The provider "inprocess": the image inside this library. Nothing announces a reseed of the
 * kernel, and there is no helper thread, timer or signal: each draw, or the first one in a second
 * where the vDSO has time(), looks at how old the key is, so that none is used for more than a
 * minute.
 */
#include "provider.h"

static struct vgr_provider *start(void)
{
	vgr_provider_start_image();
	vgr_inprocess.rng_data = vgr_inprocess_rng_data();
	vgr_inprocess.clock = vgr_find_clock();
	vgr_inprocess.seconds = vgr_find_seconds();
	return vgr_provider_take(&vgr_inprocess, vgr_inprocess_function()) ? &vgr_inprocess : NULL;
}

struct vgr_provider vgr_inprocess = {
	.id = VGETRANDOM_PROVIDER_INPROCESS,
	.name = "inprocess",
	.summary = "the image inside this library, with a new key every minute",
	.guarantees = { false, "at least every 60 s", "a clone may repeat bytes for up to 60 s" },
	.start = start,
	.map_states = vgr_map_states,
	.freshness = VGR_FRESH_BY_CLOCK,
};
