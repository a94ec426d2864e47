// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory for buffers and results. Where there is none, the program ends: nothing is measured
 * halfway.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_LEN 4096

void *bench_alloc(size_t num, size_t size)
{
	void *p = calloc(num, size);

	if (p)
		return p;
	bench_error("out of memory; ask for fewer sizes, threads or repeats");
	exit(BENCH_EXIT_FAILED);
}

unsigned char *bench_buffer(size_t len)
{
	size_t whole = (len + PAGE_LEN - 1) / PAGE_LEN * PAGE_LEN;
	unsigned char *buf = aligned_alloc(PAGE_LEN, whole);

	/* No source should pay for the faults of the first. */
	if (buf)
		memset(buf, 0xff, whole);
	return buf;
}

void bench_add_figure(struct bench_run *run, const struct bench_figure *figure)
{
	unsigned int num = run->num_figures;

	/* A power of two is full. */
	if ((num & (num - 1)) == 0) {
		size_t room = num ? 2 * (size_t)num : 1;
		struct bench_figure *figures = realloc(run->figures, room * sizeof(*figures));

		if (!figures) {
			bench_error("out of memory; ask for fewer measures");
			exit(BENCH_EXIT_FAILED);
		}
		run->figures = figures;
	}
	run->figures[run->num_figures++] = *figure;
}

void bench_add_failure(struct bench_run *run, const struct bench_series *series,
		       const char *measure, const char *reason)
{
	struct bench_failure *failure;

	if (run->num_failures == BENCH_MAX_FAILURES)
		return;
	failure = &run->failures[run->num_failures++];
	failure->series = series;
	failure->measure = measure;
	snprintf(failure->reason, sizeof(failure->reason), "%s", reason);
}
