/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What happens before the call under test, in the emulator and without faults: so a start is what
 * the code makes of it, and the explorer need not know how.
 */
#ifndef EXPLORE_PRELUDE_H
#define EXPLORE_PRELUDE_H

#include "explore.h"

/* A call of the target for @size bytes, which are remembered as handed out. It must be right. */
void explore_prelude_draw(uint32_t size);

/* A call that a handler leaves by siglongjmp() as soon as it has changed the memory of its thread.
 */
void explore_prelude_abandon(uint32_t size);

/* Any function; its result. */
int64_t explore_prelude_call(uint64_t entry, const uint64_t *args, unsigned int num_args);

/* A start is "left-N": returns N, or UINT32_MAX. */
uint32_t explore_prelude_left(const char *name);

#endif
