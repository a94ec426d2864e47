// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The library's functions, over the core: the one place where -errno becomes errno. The core
 * never touches errno, so on success it is as it was.
 */
#include <vgetrandom/vgetrandom.h>

#include <errno.h>
#include <string.h>
#include <vgetrandom/core.h>

#include "alloc.h"
#include "draw.h"

#define GETENTROPY_LEN_MAX 256

static int result(int err)
{
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

static inline ssize_t with_errno(ssize_t ret)
{
	if (likely(ret >= 0))
		return ret;
	errno = (int)-ret;
	return -1;
}

VGR_DRAW(vgetrandom, with_errno)

int vgetrandom_getentropy(void *buf, size_t len)
{
	return result(len > GETENTROPY_LEN_MAX ? -EIO : vgetrandom_core_fill(buf, len));
}

enum vgetrandom_provider vgetrandom_get_provider(void)
{
	return vgetrandom_core_get_provider();
}

int vgetrandom_set_provider(enum vgetrandom_provider provider)
{
	return result(vgetrandom_core_set_provider(provider));
}

int vgetrandom_prepare(unsigned int nthreads)
{
	return result(vgetrandom_core_prepare(nthreads));
}

void *vgetrandom_alloc(struct vgetrandom_alloc_args *args, size_t args_len)
{
	int saved_errno = errno;
	void *base = NULL;

	if (result(vgr_alloc(args, args_len, &base)) == 0)
		errno = saved_errno;
	return base;
}

void vgetrandom_stats(struct vgetrandom_stats *stats, size_t stats_len)
{
	struct vgetrandom_stats all;

	vgetrandom_core_stats(&all);
	memset(stats, 0, stats_len);
	memcpy(stats, &all, stats_len < sizeof(all) ? stats_len : sizeof(all));
}
