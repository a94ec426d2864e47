/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_SANDBOX_H
#define VGR_SANDBOX_H

#include <stdbool.h>

/*
 * Whether this program has locked itself in so that a system call of output.c or report.c would
 * harm it, as far as it asked the C library for that. A sandbox that was there before the program
 * started lets through what the dynamic linker does.
 */
bool vgr_is_sandboxed(void);

/*
 * Does all that a draw may need and a filter may forbid, once in a process; in preload.c.
 */
void vgr_prepare(void);

#endif
