// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* In the place of module.c: for a libc that does not want /dev/vgetrandom to be looked for. */
#include "provider.h"

static struct vgr_provider *start(void)
{
	return NULL;
}

struct vgr_provider vgr_module = {
	.id = VGETRANDOM_PROVIDER_MODULE,
	.name = "module",
	.summary = "not in this build",
	.guarantees = { true, "never", NULL },
	.start = start,
};
