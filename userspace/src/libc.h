/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the library reads of the C library's, see libc.c.
 */
#ifndef VGR_LIBC_H
#define VGR_LIBC_H

#include <stdbool.h>

/*
 * Gives the settings of the environment to the core, once. For whoever may make the first choice of
 * a provider, before it. Async-signal-safe.
 *
 * Returns false as long as the C library has no environment: before its own constructor ran.
 */
bool vgr_libc_configure(void);

#endif
