/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The ChaCha20 that every machine of the architecture can run; for C and assembly. */
#ifndef VGR_BASELINE_H
#define VGR_BASELINE_H

#define VGR_CHACHA_BASELINE 1 /* VGETRANDOM_CHACHA_SCALAR */

#endif
