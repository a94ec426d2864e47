/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_DIRECT_H
#define VGR_DIRECT_H

#include <stdbool.h>
#include "state.h"

/*
 * Fills @dst with @len > 0 bytes made from the key, and replaces the key. Returns false if the
 * state was wiped: then @dst may hold anything. A wipe before the last 32 bytes is noticed only by
 * the caller's final check.
 */
bool vgr_draw_direct(struct vgr_state *st, uint64_t token, uint8_t *dst, size_t len);

#endif
