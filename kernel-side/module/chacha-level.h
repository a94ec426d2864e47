/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which ChaCha20 user mode may use on this machine, VGETRANDOM_CHACHA_*: the best, and the highest
 * that it has.
 */
#ifndef VGR_CHACHA_LEVEL_H
#define VGR_CHACHA_LEVEL_H

#include <linux/types.h>

u32 vgr_cpu_chacha_level(void);
u32 vgr_cpu_chacha_max(void);

#endif
