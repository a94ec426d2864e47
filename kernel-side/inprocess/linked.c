// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * In the place of inprocess.c and image.S: the image's code is linked in like any other, and needs
 * neither pages of its own nor a look into its ELF header. For a libc, which pays for each of these
 * in every static program.
 *
 * The data page becomes a variable. What an embedded image has over that is that nobody can write
 * to it; but who can write here can write to the pointers that the core calls through, too.
 */
#include "inprocess.h"

#include <stddef.h>

#include "access.h"
#include "baseline.h"

struct vgetrandom_rng_data vgr_rng_data = {
	.generation = 1,
	.is_ready = 1,
	.chacha = VGR_CHACHA_BASELINE,
};

const void *vgr_inprocess_image(void)
{
	return NULL;
}

vgr_getrandom_fn *vgr_inprocess_function(void)
{
	return __vdso_getrandom;
}

const struct vgetrandom_rng_data *vgr_inprocess_rng_data(void)
{
	return &vgr_rng_data;
}

/* Several threads may come at once, and store the same. */
int vgr_inprocess_start(uint32_t chacha_max)
{
	WRITE_ONCE(vgr_rng_data.chacha, vgr_cpu_chacha_within(chacha_max));
	return 0;
}
