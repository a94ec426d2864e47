/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_CALL_H
#define VGR_CALL_H

#include <stddef.h>
#include <sys/types.h>

/*
 * getrandom(2) by the provider in use, in vgetrandom.c: bytes written, or -errno. Leaves errno
 * alone.
 */
ssize_t vgr_getrandom(void *buf, size_t len, unsigned int flags);

#endif
