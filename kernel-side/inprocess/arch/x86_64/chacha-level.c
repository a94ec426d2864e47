// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which ChaCha20 an x86-64 machine may use: CPUID says what the CPU can compute, XCR0
 * which registers the operating system saves. A hypervisor may show the one without
 * the other. Source: Intel SDM volume 1, sections 14.3 and 15.2.
 */
#include "inprocess.h"

#include <cpuid.h>

#define XCR0_SSE        (1u << 1)
#define XCR0_AVX        (1u << 2)
#define XCR0_OPMASK     (1u << 5)
#define XCR0_ZMM_HI256  (1u << 6)
#define XCR0_HI16_ZMM   (1u << 7)
#define XCR0_FOR_AVX    (XCR0_SSE | XCR0_AVX)
#define XCR0_FOR_AVX512 (XCR0_FOR_AVX | XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM)

static uint32_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

uint32_t vgr_cpu_chacha_max(void)
{
	unsigned int eax, ebx, ecx, edx;
	uint32_t xcr0;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE) || !(ecx & bit_AVX))
		return VGETRANDOM_CHACHA_SSE2;
	xcr0 = read_xcr0();
	if ((xcr0 & XCR0_FOR_AVX) != XCR0_FOR_AVX)
		return VGETRANDOM_CHACHA_SSE2;
	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !(ebx & bit_AVX2))
		return VGETRANDOM_CHACHA_SSE2;
	if ((xcr0 & XCR0_FOR_AVX512) != XCR0_FOR_AVX512 || !(ebx & bit_AVX512F) ||
	    !(ebx & bit_AVX512VL))
		return VGETRANDOM_CHACHA_AVX2;
	return VGETRANDOM_CHACHA_AVX512VL;
}

/*
 * Family 6, model 0x55: Skylake-X, Cascade Lake and Cooper Lake, the first with AVX-512. There
 * 512-bit operations lower the clock of the core, for whatever runs on it in the next milliseconds:
 * a program that draws 32 bytes now and then would lose more than the wider version saves it. From
 * Ice Lake on next to nothing is lost. Source: turbo frequencies in the specification updates of
 * the Xeon Scalable processors.
 */
static bool loses_clock_by_512_bits(void)
{
	unsigned int eax, ebx, ecx, edx, family, model;

	if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx) || ebx != signature_INTEL_ebx ||
	    !__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return false;
	family = eax >> 8 & 0xf;
	model = (eax >> 12 & 0xf0) | (eax >> 4 & 0xf);
	return family == 6 && model == 0x55;
}

uint32_t vgr_cpu_chacha_level(void)
{
	uint32_t max = vgr_cpu_chacha_max();

	return max == VGETRANDOM_CHACHA_AVX512VL && !loses_clock_by_512_bits()
		       ? VGETRANDOM_CHACHA_AVX512
		       : max;
}
