// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What bench/instructions runs under callgrind: calls of one kind, in a function that nothing
 * else is counted in.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgetrandom/vgetrandom.h>

#include "elf-symbol.h"
#include "inprocess.h"
#include "state.h"
#include "vgetrandom.h"

/* valgrind hides the kernel's vDSO, so a function of its size stands in for __vdso_time(). */
static long stand_in_clock(long *unused)
{
	static long now = 1;

	if (unused)
		*unused = now;
	return *(volatile long *)&now;
}

static unsigned char buf[1 << 20];

/* Named on the command line of callgrind. */
__attribute__((noinline)) void counted_raw(vgr_getrandom_fn *getrandom, void *state, size_t len,
					   long calls);
__attribute__((noinline)) void counted_library(size_t len, long calls);

void counted_raw(vgr_getrandom_fn *getrandom, void *state, size_t len, long calls)
{
	for (; calls; calls--)
		if (getrandom(buf, len, 0, state, sizeof(struct vgr_state)) != (ssize_t)len)
			abort();
}

void counted_library(size_t len, long calls)
{
	for (; calls; calls--)
		if (vgetrandom(buf, len, 0) != (ssize_t)len)
			abort();
}

int main(int argc, char **argv)
{
	struct vgetrandom_alloc_args args = { .num = 1 };
	const void *function;
	long calls;
	size_t len;

	if (argc != 4)
		return 2;
	len = strtoul(argv[2], NULL, 10);
	calls = strtol(argv[3], NULL, 10);
	if (vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS) != 0 || len > sizeof(buf)) {
		perror("vgetrandom-instructions");
		return 1;
	}
	vgr_inprocess.clock = stand_in_clock;
	vgr_inprocess.renewed_at = 1;
	if (strcmp(argv[1], "vgetrandom") == 0) {
		/* The first call is another matter. */
		if (vgetrandom(buf, len, 0) != (ssize_t)len)
			abort();
		counted_library(len, calls);
		return 0;
	}
	function = vgr_elf_symbol(vgr_inprocess_image(), "__vdso_getrandom", "LINUX_2.6");
	counted_raw((vgr_getrandom_fn *)function, vgetrandom_alloc(&args, sizeof(args)), len,
		    calls);
	return 0;
}
