// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * In the place of inprocess.c and image.S: no embedded image, so no provider "inprocess", and the
 * kernel's own function generates on "native". For architectures that the image has not been ported
 * to, and for a libc that wants to be smaller.
 */
#include "inprocess.h"

#include <linux/errno.h>

static const struct vgetrandom_rng_data no_data;

const void *vgr_inprocess_image(void)
{
	return NULL;
}

vgr_getrandom_fn *vgr_inprocess_function(void)
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
