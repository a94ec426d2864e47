// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The provider "syscall": getrandom(2), and nothing else. */
#include "provider.h"

static struct vgr_provider *start(void)
{
	return &vgr_syscall;
}

struct vgr_provider vgr_syscall = {
	.id = VGETRANDOM_PROVIDER_SYSCALL,
	.name = "syscall",
	.summary = "getrandom(2) in every call",
	.guarantees = { true, "every byte is the kernel's", NULL },
	.start = start,
};
