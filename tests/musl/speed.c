// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How much longer getrandom(3) of that musl takes than the image's raw function, for 16 bytes: the
 * shortest of many rounds, in turn, so that what else the machine does falls on all of them.
 * Prints, and judges nothing.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <vgetrandom/core.h>

#include "inprocess.h"
#include "state.h"

#define LEN    16
#define ROUNDS 3000
#define CALLS  4000

static unsigned char buf[LEN];
static struct vgr_state *state;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void expect_all(ssize_t ret)
{
	if (ret != LEN)
		abort();
}

static double raw(void)
{
	vgr_getrandom_fn *fn = vgr_inprocess_function();
	double start = now();

	for (int i = 0; i < CALLS; i++)
		expect_all(fn(buf, LEN, 0, state, sizeof(*state)));
	return (now() - start) / CALLS;
}

static double by_libc(enum vgetrandom_provider provider)
{
	double start;

	if (vgetrandom_core_set_provider(provider) != 0)
		return 0;
	expect_all(getrandom(buf, LEN, 0));
	start = now();
	for (int i = 0; i < CALLS; i++)
		expect_all(getrandom(buf, LEN, 0));
	return (now() - start) / CALLS;
}

static void keep_min(double *min, double ns)
{
	if (*min == 0 || ns < *min)
		*min = ns;
}

int main(void)
{
	double raw_min = 0, inprocess_min = 0, native_min = 0;

	state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		abort();
	for (int i = 0; i < ROUNDS; i++) {
		keep_min(&raw_min, raw());
		keep_min(&inprocess_min, by_libc(VGETRANDOM_PROVIDER_INPROCESS));
		keep_min(&native_min, by_libc(VGETRANDOM_PROVIDER_NATIVE));
	}
	printf("%d bytes, ns: the raw function %.2f; getrandom() of musl, inprocess %.2f (%+.2f), "
	       "native %.2f (%+.2f)\n",
	       LEN, raw_min, inprocess_min, inprocess_min - raw_min, native_min,
	       native_min - raw_min);
	return 0;
}
