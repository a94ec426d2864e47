// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * No code: stops the build of a tree whose kernel side (VGR_STATE_LEN in vgr-kernel.h) and whose
 * function do not mean the same by a state.
 */
#include "state.h"

_Static_assert(sizeof(struct vgr_state) == VGR_STATE_LEN, "state size");
