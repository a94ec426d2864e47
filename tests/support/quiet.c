// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See quiet.h. Whether it reseeded is asked of kernel-generation.h. */
#include "quiet.h"

#include <stdio.h>
#include <stdlib.h>
#include <vgetrandom/vgetrandom.h>

#include "kernel-generation.h"

#define TRIES_MAX 100

static uint64_t generation(void)
{
	return vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? vgt_kernel_generation()
								       : 0;
}

void vgt_quiet_begin(struct vgt_quiet *quiet)
{
	if (quiet->tries++ == TRIES_MAX) {
		fprintf(stderr, "the kernel reseeded in each of %d tries to count\n", TRIES_MAX);
		abort();
	}
	quiet->generation = generation();
}

bool vgt_quiet_end(const struct vgt_quiet *quiet)
{
	return generation() == quiet->generation;
}
