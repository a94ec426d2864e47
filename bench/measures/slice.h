/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A figure of the loop of calls while it is measured.
 */
#ifndef VGR_BENCH_SLICE_H
#define VGR_BENCH_SLICE_H

#include "measure.h"

/*
 * team:         threads of them
 * calls:        of each thread, in a slice
 * repeats:      of the rounds that all have, those that are this slice's
 * done:         rounds that it was measured in
 * ns:           a call, by round; 0: it was not this slice's turn
 * reference:    the system call with as many threads, or NULL
 * reference_ns: what that took beside it, by round
 * end_ns:       when it was measured last
 * alone:        the same series with one thread, or NULL
 * by_default:   what a program gets with as many threads, or NULL
 * is_wide:      another round would be of use
 */
struct bench_slice {
	const struct bench_series *series;
	struct bench_team *team;
	unsigned int threads;
	size_t len;
	long calls;
	unsigned int repeats, done;
	double *ns;
	struct bench_slice *reference;
	double *reference_ns;
	int64_t end_ns;
	struct bench_slice *alone;
	struct bench_slice *by_default;
	bool is_wide;
};

/*
 * Finds out how many calls fill a slice of @slice_ns nanoseconds, by the team @one of one thread.
 * This and the next return 0, or BENCH_EXIT_FAILED after a line on stderr.
 */
int bench_slice_calibrate(struct bench_slice *slice, struct bench_team *one, long slice_ns);

/* Measures it in @round, beside a slice of its reference. */
int bench_slice_run(struct bench_slice *slice, unsigned int round);

/* What its rounds say; the ratio's value is 0 if there is nothing to compare with. */
struct bench_interval bench_slice_ns(const struct bench_slice *slice);
struct bench_interval bench_slice_ratio(const struct bench_slice *slice,
					enum bench_precision precision);
struct bench_interval bench_slice_scaling(const struct bench_slice *slice,
					  enum bench_precision precision);

/* Makes the run's results of them. */
void bench_slices_summarize(struct bench_run *run, const struct bench_slice *slices,
			    unsigned int num);

#endif
