/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_SIGNALS_H
#define VGR_SIGNALS_H

#include <stdint.h>

/*
 * Blocks all signals of the calling thread, also the two that the C library keeps for itself and
 * that sigprocmask(3) therefore leaves out: a thread that is cancelled while it holds a lock would
 * hold it for ever.
 *
 * Returns 0 and what was blocked before in @saved, for vgr_signals_restore(); or -errno.
 */
int vgr_signals_block(uint64_t *saved);
void vgr_signals_restore(const uint64_t *saved);

#endif
