/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_WIPE_H
#define VGR_WIPE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Zeroes @len bytes at @p. Volatile: for a compiler the bytes are dead, or it would make a call of
 * memset() of it, which the core does not have.
 */
static inline void vgr_wipe(void *p, size_t len)
{
	volatile uint64_t *word = p;
	volatile uint8_t *byte;

	for (; (uintptr_t)p % sizeof(*word) == 0 && len >= sizeof(*word); len -= sizeof(*word))
		*word++ = 0;
	for (byte = (volatile uint8_t *)word; len; len--)
		*byte++ = 0;
}

#endif
