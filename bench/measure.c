// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The measurement: for one size, every repeat goes over all series in turn, one timed
 * slice of calls each. A slice lasts milliseconds, so the clock's own cost vanishes.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <stdlib.h>

#include "progress.h"

/* A slice begins with this part of its calls, not timed: caches, a new key, wide registers. */
#define WARM_UP_DIVISOR 16

struct slice {
	const struct bench_series *series;
	struct bench_team *team;
	unsigned int threads;
	size_t len;
	long calls;
	double ns[BENCH_MAX_REPEATS]; /* a call, by repeat */
};

/* Every call must have delivered all its bytes, or its time means nothing. */
static int check_sum(const struct slice *slice, long calls, long long sum)
{
	long long want = (long long)calls * slice->threads * (long long)slice->len;

	if (sum == want)
		return 0;
	vgr_progress_clear();
	bench_error("%s: %lld calls for %zu bytes each returned a sum of %lld instead of %lld: "
		    "some failed or were short; leave it out with --sources",
		    slice->series->source->name, (long long)calls * slice->threads, slice->len, sum,
		    want);
	return BENCH_EXIT_FAILED;
}

static int run_calls(const struct slice *slice, long calls, int64_t *ns)
{
	long long sum;

	*ns = bench_team_run(slice->team, slice->series->source->loop, slice->len, calls, &sum);
	return check_sum(slice, calls, sum);
}

static int enter(const struct bench_series *series)
{
	const char *failed;

	if (!series->source->enter)
		return 0;
	failed = series->source->enter(series->chacha);
	if (!failed)
		return 0;
	vgr_progress_clear();
	bench_error("%s: %s; leave it out with --sources", series->source->name, failed);
	return BENCH_EXIT_FAILED;
}

/* How many calls fill a slice: doubled until they take long enough to extrapolate from. */
static int calibrate(struct slice *slice, long slice_ns)
{
	int64_t ns = 0;
	long calls;
	int err = enter(slice->series);

	for (calls = 1; !err; calls *= 2) {
		err = run_calls(slice, calls, &ns);
		if (ns >= slice_ns / 4)
			break;
	}
	if (err)
		return err;
	slice->calls = (long)((double)calls * (double)slice_ns / (double)ns);
	if (slice->calls < 1)
		slice->calls = 1;
	return 0;
}

static int run_slice(struct slice *slice, unsigned int repeat)
{
	int64_t ns;
	int err = enter(slice->series);

	if (!err)
		err = run_calls(slice, slice->calls / WARM_UP_DIVISOR + 1, &ns);
	if (!err)
		err = run_calls(slice, slice->calls, &ns);
	if (!err)
		slice->ns[repeat] = (double)ns / (double)slice->calls;
	return err;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *sorted, unsigned int num)
{
	return (sorted[(num - 1) / 2] + sorted[num / 2]) / 2;
}

static void summarize(struct slice *slice, unsigned int repeats, struct bench_result *result)
{
	double *ns = slice->ns;
	unsigned int half = (repeats + 1) / 2;

	qsort(ns, repeats, sizeof(*ns), by_value);
	result->series = slice->series;
	result->size = slice->len;
	result->threads = slice->threads;
	result->ns_median = median(ns, repeats);
	result->ns_min = ns[0];
	/* Quartiles as medians of the halves: one disturbed repeat does not move them. */
	result->ns_spread = median(ns + repeats - half, half) - median(ns, half);
}

static int measure(struct slice *slices, unsigned int num, const struct bench_options *options)
{
	for (unsigned int i = 0; i < num; i++) {
		int err = calibrate(&slices[i], options->slice_ns);

		if (err)
			return err;
	}
	for (unsigned int repeat = 0; repeat < options->repeats; repeat++) {
		for (unsigned int i = 0; i < num; i++) {
			int err = run_slice(&slices[i], repeat);

			if (err)
				return err;
			vgr_progress_step();
		}
	}
	return 0;
}

int bench_measure(struct bench_run *run, struct bench_team *team, unsigned int threads, size_t size)
{
	struct slice *slices = calloc(run->num_series, sizeof(*slices));
	unsigned int num = 0;
	int err;

	if (!slices) {
		bench_error("out of memory");
		return BENCH_EXIT_FAILED;
	}
	for (unsigned int i = 0; i < run->num_series; i++) {
		if (run->series[i].missing)
			continue;
		slices[num].series = &run->series[i];
		slices[num].team = team;
		slices[num].threads = threads;
		slices[num++].len = size;
	}
	err = measure(slices, num, run->options);
	for (unsigned int i = 0; !err && i < num; i++)
		summarize(&slices[i], run->options->repeats, &run->results[run->num_results++]);
	free(slices);
	return err;
}
