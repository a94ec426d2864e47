/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the library reads of the C library's, see libc.c.
 */
#ifndef VGR_LIBC_H
#define VGR_LIBC_H

#include <stdbool.h>

/*
 * Gives the settings of the environment to the core, once; to be called before the first choice of
 * a provider. Async-signal-safe.
 *
 * Returns false as long as the C library has no environment: before its own constructor ran.
 */
bool vgr_libc_configure(void);

/* At load: makes the first choice of a provider, or puts it off. */
void vgr_libc_choose(void) __attribute__((visibility("hidden")));

#endif
