// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * getrandom(2) and getentropy(3). The one place where -errno becomes errno.
 */
#include <vgetrandom/vgetrandom.h>

#include <errno.h>

#include "thread.h"

#define GETENTROPY_LEN_MAX 256

ssize_t vgetrandom(void *buf, size_t len, unsigned int flags)
{
	ssize_t ret = vgr_getrandom(buf, len, flags);

	if (__builtin_expect(ret < 0, 0)) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

int vgetrandom_getentropy(void *buf, size_t len)
{
	unsigned char *p = buf;

	if (len > GETENTROPY_LEN_MAX) {
		errno = EIO;
		return -1;
	}
	while (len) {
		ssize_t ret = vgr_getrandom(p, len, 0);

		if (ret == -EINTR)
			continue;
		if (ret <= 0) {
			errno = ret ? (int)-ret : EIO;
			return -1;
		}
		p += ret;
		len -= (size_t)ret;
	}
	return 0;
}
