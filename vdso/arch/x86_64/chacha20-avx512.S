/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgr_chacha20_avx512: sixteen blocks a pass in 512-bit registers, AVX-512F only.
 */
#define FUNCTION	vgr_chacha20_avx512
#define VECTOR		zmm
#define LANES		4
#define ELEMENTS	1to16
#define ROWS_MAX	8
#include "evex.S"
