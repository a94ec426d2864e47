// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core's draws, for callers who do errno themselves or not at all.
 */
#include <vgetrandom/core.h>

#include <linux/errno.h>

#include "draw.h"

ssize_t vgetrandom_core_getrandom(void *buf, size_t len, unsigned int flags)
{
	return vgr_draw(buf, len, flags);
}

int vgetrandom_core_fill(void *buf, size_t len)
{
	unsigned char *p = buf;

	while (len) {
		ssize_t ret = vgetrandom_core_getrandom(p, len, 0);

		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			return ret ? (int)ret : -EIO;
		p += ret;
		len -= (size_t)ret;
	}
	return 0;
}
