/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the provider "module" takes from /dev/vgetrandom. No descriptor stays open: a program that
 * closes all of them, or counts them, does not notice.
 */
#ifndef VGR_DEVICE_H
#define VGR_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <vgetrandom/abi.h>

#include "memory.h"

/* What was mapped. */
struct vgr_module {
	const struct vgetrandom_rng_data *rng_data;
	const void *image;
	size_t len; /* of both */
};

/*
 * Maps the image, with the RNG data page in front of it.
 *
 * @device: the path, VGETRANDOM_DEVICE_PATH
 *
 * Returns 0 or -errno: there is no such device, it may not be opened, or it refuses.
 */
int vgr_module_map(const char *device, struct vgr_module *module);

/* The same of an open file, whatever it is. */
int vgr_module_map_fd(int fd, struct vgr_module *module);

void vgr_module_unmap(const struct vgr_module *module);

/*
 * Whether the image is, byte by byte, the one inside this library, so that it keeps its states the
 * same way.
 */
bool vgr_module_image_is_ours(const struct vgr_module *module);

/*
 * Like vgr_map_states(), from the device; from the process itself if the device cannot be
 * opened any more, for example in a sandbox. Async-signal-safe.
 */
int vgr_module_map_states(size_t state_len, size_t num, struct vgr_states *states);

#endif
