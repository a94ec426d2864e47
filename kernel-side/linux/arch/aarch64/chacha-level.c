// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which ChaCha20 user mode may use on arm64: the CPU has Advanced SIMD and the kernel saves its
 * registers, or neither.
 */
#include <asm/cpufeature.h>

#include <vgetrandom/abi.h>

#include "chacha-level.h"

u32 vgr_cpu_chacha_max(void)
{
	return system_supports_fpsimd() ? VGETRANDOM_CHACHA_NEON : VGETRANDOM_CHACHA_GENERIC;
}

u32 vgr_cpu_chacha_level(void)
{
	return vgr_cpu_chacha_max();
}
