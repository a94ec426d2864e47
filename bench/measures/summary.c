// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the slices of the loop of calls say: medians, ratios, and who was the fastest.
 */
#include "slice.h"

#include <stdlib.h>
#include <string.h>

static const struct bench_slice *find(const struct bench_slice *slices, unsigned int num,
				      size_t len, unsigned int threads,
				      const struct bench_series *series)
{
	for (unsigned int i = 0; i < num; i++)
		if (slices[i].len == len && slices[i].threads == threads &&
		    slices[i].series == series)
			return &slices[i];
	return NULL;
}

static const struct bench_series *find_syscall(const struct bench_run *run)
{
	for (unsigned int i = 0; i < run->num_series; i++)
		if (strcmp(run->series[i].source->name, BENCH_NAME_SYSCALL) == 0)
			return &run->series[i];
	return NULL;
}

static void summarize(const struct bench_slice *slices, unsigned int num,
		      const struct bench_slice *slice, struct bench_run *run)
{
	struct bench_result *result = &run->results[run->num_results++];
	const struct bench_slice *syscall, *alone;
	unsigned int repeats = slice->repeats;
	double *sorted = bench_alloc(repeats, sizeof(*sorted));

	result->series = slice->series;
	result->size = slice->len;
	result->threads = slice->threads;
	result->repeats = repeats;
	result->ns = bench_estimate(slice->ns, NULL, repeats);
	syscall = find(slices, num, slice->len, slice->threads, find_syscall(run));
	if (syscall)
		result->ratio = bench_estimate(slice->ns, syscall->ns, repeats);
	alone = find(slices, num, slice->len, 1, slice->series);
	if (slice->threads > 1 && alone) {
		result->scaling = bench_estimate(slice->ns, alone->ns, repeats);
		result->scaling.value *= slice->threads;
		result->scaling.low *= slice->threads;
		result->scaling.high *= slice->threads;
	}
	memcpy(sorted, slice->ns, repeats * sizeof(*sorted));
	bench_median(sorted, repeats);
	result->ns_min = sorted[0];
	result->ns_spread = bench_quantile(sorted, repeats, 0.75) -
			    bench_quantile(sorted, repeats, 0.25);
	free(sorted);
}

static void mark_best(struct bench_run *run, size_t size, unsigned int threads)
{
	struct bench_result *best = NULL;

	for (unsigned int i = 0; i < run->num_results; i++) {
		struct bench_result *result = &run->results[i];

		if (result->size == size && result->threads == threads &&
		    result->series->source->kind == BENCH_GENERAL &&
		    (!best || result->ns.value < best->ns.value))
			best = result;
	}
	if (best)
		best->is_best = true;
}

void bench_slices_summarize(struct bench_run *run, const struct bench_slice *slices,
			    unsigned int num)
{
	const struct bench_options *options = run->options;

	run->results = bench_alloc(num ? num : 1, sizeof(*run->results));
	for (unsigned int i = 0; i < num; i++)
		summarize(slices, num, &slices[i], run);
	for (unsigned int i = 0; i < options->num_sizes; i++)
		for (unsigned int j = 0; j < options->num_threads; j++)
			mark_best(run, options->sizes[i], options->threads[j]);
}
