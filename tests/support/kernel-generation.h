/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGT_KERNEL_GENERATION_H
#define VGT_KERNEL_GENERATION_H

#include <stdint.h>

/*
 * Returns another number than before if the kernel reseeded in between: in this process, or in the
 * one that it is a copy of; also if that cannot be told. 0 if the kernel's vDSO has no getrandom(),
 * or none that can judge.
 *
 * Draws from the kernel's function, so that it may make a system call. Async-signal-safe.
 */
uint64_t vgt_kernel_generation(void);

#endif
