// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* For architectures with nothing but the portable ChaCha20. */
#include "inprocess.h"

uint32_t vgr_cpu_chacha_level(void)
{
	return VGETRANDOM_CHACHA_GENERIC;
}

uint32_t vgr_cpu_chacha_max(void)
{
	return VGETRANDOM_CHACHA_GENERIC;
}
