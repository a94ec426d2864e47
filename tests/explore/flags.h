/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where the flags decide what comes, for an architecture whose flags the emulator writes back only
 * at a branch: between instructions they cannot be had.
 *
 * No fault has to come there. Between what sets the flags and the branch stand instructions on
 * registers and on the call's own frame; a fault changes neither, so it may as well come behind
 * them, at the branch's target, where it is tried. An instruction there that loads or stores
 * anything else ends the explorer.
 */
#ifndef EXPLORE_FLAGS_H
#define EXPLORE_FLAGS_H

#include "explore.h"

/* False on architectures whose flags can be had anywhere. */
bool explore_flags_decide(uint64_t pc);

#endif
