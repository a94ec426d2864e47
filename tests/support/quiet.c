// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See quiet.h. Whether it reseeded is asked of kernel-generation.h. */
#include "quiet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <vgetrandom/vgetrandom.h>

#include "child.h"
#include "kernel-generation.h"

#define TRIES_MAX 100

/* In-process, a key is not used for longer (provider.h). */
#define SECONDS_MAX 59

static uint64_t generation(void)
{
	return vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? vgt_kernel_generation()
								       : 0;
}

static long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

void vgt_quiet_begin(struct vgt_quiet *quiet)
{
	if (quiet->tries++ == TRIES_MAX) {
		fprintf(stderr, "a key was renewed in each of %d tries to count\n", TRIES_MAX);
		abort();
	}
	quiet->generation = generation();
	quiet->since = seconds();
}

bool vgt_quiet_end(const struct vgt_quiet *quiet)
{
	return generation() == quiet->generation && seconds() - quiet->since < SECONDS_MAX;
}

bool vgt_quiet_run_child(void (*body)(void *arg), void *arg, char *why)
{
	struct vgt_quiet quiet = { 0 };
	bool good;

	do {
		vgt_quiet_begin(&quiet);
		good = vgt_run_child(body, arg, why);
	} while (!vgt_quiet_end(&quiet));
	return good;
}
