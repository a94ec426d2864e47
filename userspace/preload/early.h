/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Calls that come before the shim can work, see early.c.
 */
#ifndef VGR_EARLY_H
#define VGR_EARLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hidden, so that it is read without a relocation. */
extern bool vgr_has_started __attribute__((visibility("hidden")));

/* False: nothing but system calls may be made, see there. */
bool vgr_start(void) __attribute__((visibility("hidden")));

static inline bool vgr_is_started(void)
{
	return __builtin_expect(vgr_has_started, true) || vgr_start();
}

/* Draws that were system calls for that reason; the library does not know of them. */
struct vgr_early_draws {
	uint64_t calls, bytes;
};

extern struct vgr_early_draws vgr_early_draws __attribute__((visibility("hidden")));

/* getrandom(2), counted. Returns bytes or -errno. */
long vgr_draw_early(void *buf, size_t len, unsigned int flags)
	__attribute__((visibility("hidden")));

/* For a system call that returned @result: errno, where there is one already, and -1. */
long vgr_result(long result) __attribute__((visibility("hidden")));

#endif
