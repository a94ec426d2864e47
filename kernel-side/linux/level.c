// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Tells the vDSO, before the first process runs, which ChaCha20 user space may use; and checks what
 * vdso/ takes for granted. Nobody else writes the level, and nobody changes it later.
 */
#include <linux/init.h>
#include <linux/stddef.h>
#include <vdso/datapage.h>
#include "chacha-level.h"
#include "rng-page.h"
#include "vgr-kernel.h"

/* is_ready is a byte here and a word there, with zeros behind it. */
static_assert(!IS_ENABLED(CONFIG_CPU_BIG_ENDIAN));
static_assert(offsetof(struct vdso_rng_data, generation) ==
	      offsetof(struct vgetrandom_rng_data, generation));
static_assert(offsetof(struct vdso_rng_data, is_ready) ==
	      offsetof(struct vgetrandom_rng_data, is_ready));
static_assert(offsetof(struct vdso_rng_data, chacha) ==
	      offsetof(struct vgetrandom_rng_data, chacha));
static_assert(sizeof(struct vdso_rng_data) == sizeof(struct vgetrandom_rng_data));

static int __init vgr_tell_level(void)
{
	WRITE_ONCE(VGR_KERNEL_RNG_DATA->chacha, vgr_cpu_chacha_level());
	return 0;
}
arch_initcall(vgr_tell_level);
