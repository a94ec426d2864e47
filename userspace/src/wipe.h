/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_WIPE_H
#define VGR_WIPE_H

#include <stddef.h>

/*
 * Zeroes @len bytes at @p. Volatile: for a compiler the bytes are dead, or it would make a call of
 * memset() of it, which the core does not have.
 */
static inline void vgr_wipe(void *p, size_t len)
{
	volatile unsigned char *byte = p;

	while (len--)
		*byte++ = 0;
}

#endif
