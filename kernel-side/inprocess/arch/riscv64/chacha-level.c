// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Every riscv64 machine can run the version in integer registers. */
#include "inprocess.h"

uint32_t vgr_cpu_chacha_level(void)
{
	return VGETRANDOM_CHACHA_SCALAR;
}

uint32_t vgr_cpu_chacha_max(void)
{
	return VGETRANDOM_CHACHA_SCALAR;
}
