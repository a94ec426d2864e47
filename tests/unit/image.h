/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The embedded image, called without the library in between: its function, its data page to be
 * written to as the kernel side would, and states in memory that is guarded.
 */
#ifndef VGT_IMAGE_H
#define VGT_IMAGE_H

#include <stdint.h>

#include "inprocess.h"
#include "state.h"
#include "vgetrandom.h"

/* Starts the image with the ChaCha20 of @level, or the machine's best below it. */
vgr_getrandom_fn *vgt_image_start(uint32_t level);

/* Writes to the data page; aborts if that does not work. */
void vgt_image_set_generation(uint64_t generation);
void vgt_image_set_ready(uint32_t is_ready);

/* Writable from now on, for tests that write to it a lot. */
struct vgetrandom_rng_data *vgt_image_open_data_page(void);

/* One page of zeroed states with a PROT_NONE page at both ends. */
struct vgr_state *vgt_states_alloc(void);
void vgt_states_free(struct vgr_state *states);

#define VGT_STATES_NUM 4

#endif
