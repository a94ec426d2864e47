// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core's functions, for callers who do errno themselves or not at all: what every draw, thread
 * and start needs. The rest is in control.c.
 */
#include <vgetrandom/core.h>

#include <linux/errno.h>

#include "draw.h"
#include "pool.h"
#include "provider.h"
#include "thread.h"
#include "wipe.h"

void vgetrandom_core_configure(enum vgetrandom_provider provider, uint32_t chacha_max)
{
	vgr_provider_prefer(provider, chacha_max);
}

void vgetrandom_core_init(void)
{
	vgr_provider_choose();
}

void vgetrandom_core_thread_init(void *record)
{
	vgr_wipe(record, VGETRANDOM_THREAD_LEN);
}

void vgetrandom_core_forked(void)
{
	struct vgr_slot *slot = vgr_get_slot();

	/* Without a provider the kernel has wiped it, and all is well. */
	if (slot && slot->provider)
		vgr_pool_wipe(slot);
}

void vgetrandom_core_thread_exit(void)
{
	vgr_thread_exit();
}

#define AS_IT_IS(ret) (ret)

VGR_DRAW(vgetrandom_core_getrandom, AS_IT_IS)

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
