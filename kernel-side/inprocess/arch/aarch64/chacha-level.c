// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Whether an aarch64 machine has Advanced SIMD, and the kernel saves its registers: one bit says
 * both. */
#include "inprocess.h"

#include <linux/auxvec.h>
#include <vgetrandom/port.h>

#define HAS_ASIMD (1u << 1) /* HWCAP_ASIMD; <asm/hwcap.h> is not in every set of headers */

uint32_t vgr_cpu_chacha_level(void)
{
	return vgr_port_getauxval(AT_HWCAP) & HAS_ASIMD ? VGETRANDOM_CHACHA_NEON
							: VGETRANDOM_CHACHA_GENERIC;
}

uint32_t vgr_cpu_chacha_max(void)
{
	return vgr_cpu_chacha_level();
}
