/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The kernel of the emulated process.
 */
#ifndef EXPLORE_SYSTEM_H
#define EXPLORE_SYSTEM_H

#include "explore.h"

/* Whether a system call is the next instruction of the call on top, and whether it is getrandom(2).
 */
bool explore_system_is_call(uint64_t pc);
bool explore_system_is_getrandom(uint64_t pc);

/*
 * The next step of the system call. getrandom(2) begins, or fails; each eight bytes are copied to
 * what can be wiped, between which that may happen, but no signal comes; then it returns.
 */
void explore_system_step(void);

#endif
