/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A figure of the loop of calls while it is measured.
 */
#ifndef VGR_BENCH_SLICE_H
#define VGR_BENCH_SLICE_H

#include "measure.h"

/*
 * team:  threads of them
 * calls: of each thread, in a slice
 * done:  of repeats
 */
struct bench_slice {
	const struct bench_series *series;
	struct bench_team *team;
	unsigned int threads;
	size_t len;
	long calls;
	unsigned int repeats, done;
	double *ns; /* a call, by repeat */
};

/* Makes the run's results of them. */
void bench_slices_summarize(struct bench_run *run, const struct bench_slice *slices,
			    unsigned int num);

#endif
