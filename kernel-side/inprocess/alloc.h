/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_ALLOC_H
#define VGR_ALLOC_H

#include <stddef.h>
#include <vgetrandom/abi.h>

/*
 * vgetrandom_alloc() as <vgetrandom/vgetrandom.h> declares it, but that it returns 0 or -errno, and
 * the states in @base. May change errno.
 */
int vgr_alloc(struct vgetrandom_alloc_args *args, size_t args_len, void **base);

#endif
