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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vgetrandom/types.h>

#include "inprocess.h"
#include "state.h"

#define LEN    16
#define ROUNDS 3000
#define CALLS  4000

/* vgetrandom_core_configure() of the core in libc.a. */
void __vgetrandom_core_configure(enum vgetrandom_provider provider, uint32_t chacha_max);

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

static double by_libc(void)
{
	double start = now();

	for (int i = 0; i < CALLS; i++)
		expect_all(getrandom(buf, LEN, 0));
	return (now() - start) / CALLS;
}

static void keep_min(double *min, double ns)
{
	if (*min == 0 || ns < *min)
		*min = ns;
}

/* The choice comes before the first draw, so each has a process of its own. */
static void measure(enum vgetrandom_provider provider, const char *name)
{
	double raw_min = 0, libc_min = 0;

	__vgetrandom_core_configure(provider, UINT32_MAX);
	expect_all(getrandom(buf, LEN, 0));
	for (int i = 0; i < ROUNDS; i++) {
		keep_min(&raw_min, raw());
		keep_min(&libc_min, by_libc());
	}
	printf("%d bytes, ns: the raw function %.2f; getrandom() of musl, %s %.2f (%+.2f)\n", LEN,
	       raw_min, name, libc_min, libc_min - raw_min);
	exit(fflush(stdout) == 0 ? 0 : 1);
}

int main(void)
{
	static const struct {
		enum vgetrandom_provider provider;
		const char *name;
	} each[] = {
		{ VGETRANDOM_PROVIDER_INPROCESS, "inprocess" },
		{ VGETRANDOM_PROVIDER_NATIVE, "native" },
	};
	int failed = 0;

	state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* By the ChaCha20 that musl is built with. */
	if (state == MAP_FAILED || vgr_inprocess_start(VGETRANDOM_CHACHA_AVX2) != 0)
		abort();
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			measure(each[i].provider, each[i].name);
		failed += waitpid(pid, &status, 0) != pid || status != 0;
	}
	return failed != 0;
}
