// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which ChaCha20 user mode may use on x86-64: what the CPU can compute, of which the
 * kernel saves the registers (XCR0). The same rule as kernel-side/inprocess has, asked of the
 * kernel, so that what was disabled at boot (clearcpuid=, noxsave) is not used.
 */
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#include <asm/processor.h>

#include <vgetrandom/abi.h>

#include "chacha-level.h"

u32 vgr_cpu_chacha_max(void)
{
	if (!boot_cpu_has(X86_FEATURE_OSXSAVE) || !boot_cpu_has(X86_FEATURE_AVX) ||
	    !boot_cpu_has(X86_FEATURE_AVX2) ||
	    !cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM, NULL))
		return VGETRANDOM_CHACHA_SSE2;
	if (!boot_cpu_has(X86_FEATURE_AVX512F) || !boot_cpu_has(X86_FEATURE_AVX512VL) ||
	    !cpu_has_xfeatures(XFEATURE_MASK_AVX512, NULL))
		return VGETRANDOM_CHACHA_AVX2;
	return VGETRANDOM_CHACHA_AVX512VL;
}

/* Skylake-X and its kind, whose clock 512-bit operations lower: see kernel-side/inprocess. */
u32 vgr_cpu_chacha_level(void)
{
	const struct cpuinfo_x86 *cpu = &boot_cpu_data;
	bool loses_clock = cpu->x86_vendor == X86_VENDOR_INTEL && cpu->x86 == 6 &&
			   cpu->x86_model == 0x55;
	u32 max = vgr_cpu_chacha_max();

	return max == VGETRANDOM_CHACHA_AVX512VL && !loses_clock ? VGETRANDOM_CHACHA_AVX512 : max;
}
