// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * In the place of inprocess.c and image.S: no embedded image, so no provider "inprocess". For
 * architectures that the image has not been ported to, and for a libc that wants to be smaller.
 */
#include "inprocess.h"

#include <linux/errno.h>

struct vgr_inprocess vgr_inprocess;

static const struct vgetrandom_rng_data no_data;

const void *vgr_inprocess_image(void)
{
	return NULL;
}

const struct vgetrandom_rng_data *vgr_inprocess_rng_data(void)
{
	return &no_data;
}

int vgr_inprocess_start(uint32_t chacha_max)
{
	(void)chacha_max;
	return -EOPNOTSUPP;
}

int vgr_inprocess_renew(void)
{
	return -EOPNOTSUPP;
}

bool vgr_inprocess_has_vdso_clock(void)
{
	return false;
}

int vgr_inprocess_forgo_mprotect(void)
{
	return 0;
}
