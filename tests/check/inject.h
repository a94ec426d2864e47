/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CHECK_INJECT_H
#define VGR_CHECK_INJECT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "target.h"

/* Where a handler that does not return goes. */
extern sigjmp_buf check_before_call;

struct check_range {
	uintptr_t start, end;
};

/*
 * The mappings of this process that have one of @flags, such as " dp wf", in /proc/self/smaps;
 * at most @max. Returns how many. Async-signal-safe.
 */
unsigned int check_find_maps(const char *flags, struct check_range *ranges, unsigned int max);

/* Whether there is a page that can be dropped, in this process and at this time. */
bool check_has_droppable(const struct check_target *target);

#endif
