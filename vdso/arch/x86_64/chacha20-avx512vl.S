/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgr_chacha20_avx512vl: eight blocks a pass in 256-bit registers, AVX-512F and VL.
 *
 * For the first processors with AVX-512, on which 512-bit operations lower the clock,
 * for everything else on the core, too: kernel-side/inprocess/arch/x86_64/chacha-level.c.
 */
#define FUNCTION	vgr_chacha20_avx512vl
#define VECTOR		ymm
#define LANES		2
#define ELEMENTS	1to8
#define ROWS_MAX	2
#include "evex.S"
