// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the slices of the loop of calls say: medians, ratios, and who was the fastest.
 */
#include "slice.h"

/* The values of @slice by round over those of @others, or alone, without rounds that lack one. */
static unsigned int collect(const struct bench_slice *slice, const double *others, double *values)
{
	unsigned int num = 0;

	for (unsigned int i = 0; i < BENCH_MAX_REPEATS; i++) {
		if (slice->ns[i] == 0 || (others && others[i] == 0))
			continue;
		values[num++] = others ? others[i] / slice->ns[i] : slice->ns[i];
	}
	return num;
}

static struct bench_interval estimate(const struct bench_slice *slice, const double *others,
				      enum bench_precision precision)
{
	double values[BENCH_MAX_REPEATS];
	unsigned int num = collect(slice, others, values);

	return num ? bench_estimate(values, num, precision) : (struct bench_interval){ 0 };
}

struct bench_interval bench_slice_ns(const struct bench_slice *slice)
{
	return estimate(slice, NULL, BENCH_EXACTLY);
}

struct bench_interval bench_slice_ratio(const struct bench_slice *slice,
					enum bench_precision precision)
{
	if (!slice->reference)
		return (struct bench_interval){ 0 };
	return estimate(slice, slice->reference_ns, precision);
}

struct bench_interval bench_slice_scaling(const struct bench_slice *slice,
					  enum bench_precision precision)
{
	struct bench_interval scaling = { 0 };

	if (!slice->alone)
		return scaling;
	scaling = estimate(slice, slice->alone->ns, precision);
	scaling.value *= slice->threads;
	scaling.low *= slice->threads;
	scaling.high *= slice->threads;
	return scaling;
}

static void summarize(const struct bench_slice *slice, struct bench_result *result)
{
	double sorted[BENCH_MAX_REPEATS];

	result->series = slice->series;
	result->size = slice->len;
	result->threads = slice->threads;
	result->repeats = collect(slice, NULL, sorted);
	result->ns = bench_slice_ns(slice);
	result->ratio = bench_slice_ratio(slice, BENCH_EXACTLY);
	result->scaling = bench_slice_scaling(slice, BENCH_EXACTLY);
	/* So many times as long as what a program gets by default. */
	if (slice->by_default)
		result->default_ratio = estimate(slice->by_default, slice->ns, BENCH_EXACTLY);
	bench_median(sorted, result->repeats);
	result->ns_min = sorted[0];
	result->ns_spread = bench_quantile(sorted, result->repeats, 0.75) -
			    bench_quantile(sorted, result->repeats, 0.25);
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
	for (run->num_results = 0; run->num_results < num; run->num_results++)
		summarize(&slices[run->num_results], &run->results[run->num_results]);
	for (unsigned int i = 0; i < options->num_sizes; i++)
		for (unsigned int j = 0; j < options->num_threads; j++)
			mark_best(run, options->sizes[i], options->threads[j]);
}
