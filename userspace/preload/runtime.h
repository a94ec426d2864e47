/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_RUNTIME_H
#define VGR_RUNTIME_H

/*
 * The name of the sanitizer's runtime with which LD_PRELOAD begins; set by `vgetrandom run`, taken
 * away again by the shim.
 */
#define VGR_RUNTIME_VARIABLE "VGETRANDOM_PRELOAD_RUNTIME"

#endif
