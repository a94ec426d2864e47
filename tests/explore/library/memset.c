// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Without vector registers gcc for aarch64 calls this to zero a structure; the core as it is
 * shipped does not.
 */
#include <stddef.h>
#include <stdint.h>

void *memset(void *p, int byte, size_t len);

/* Volatile: or this would become a call of itself. */
void *memset(void *p, int byte, size_t len)
{
	for (volatile uint8_t *at = p; len; len--)
		*at++ = (uint8_t)byte;
	return p;
}
