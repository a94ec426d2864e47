// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The names of libvgetrandom for tests/system, over the C library's own functions: what draws is
 * getrandom(3) of that musl. The rest is the same core, with what only libvgetrandom offers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <vgetrandom/core.h>
#include <vgetrandom/vgetrandom.h>

#include "alloc.h"

static int result(int err)
{
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

ssize_t vgetrandom(void *buf, size_t len, unsigned int flags)
{
	return getrandom(buf, len, flags);
}

int vgetrandom_getentropy(void *buf, size_t len)
{
	return getentropy(buf, len);
}

uint32_t vgetrandom_arc4random(void)
{
	return arc4random();
}

void vgetrandom_arc4random_buf(void *buf, size_t len)
{
	arc4random_buf(buf, len);
}

uint32_t vgetrandom_arc4random_uniform(uint32_t upper_bound)
{
	return arc4random_uniform(upper_bound);
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
	void *base = NULL;

	return result(vgr_alloc(args, args_len, &base)) == 0 ? base : NULL;
}

void vgetrandom_stats(struct vgetrandom_stats *stats, size_t stats_len)
{
	struct vgetrandom_stats all;

	vgetrandom_core_stats(&all);
	memset(stats, 0, stats_len);
	memcpy(stats, &all, stats_len < sizeof(all) ? stats_len : sizeof(all));
}
