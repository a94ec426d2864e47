// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The loop of calls: every repeat goes over all sizes, numbers of threads and series in turn, one
 * timed slice of calls each. A slice lasts milliseconds, so the clock's own cost vanishes; the
 * repeats of one figure are spread over the whole run, so what disturbs for seconds shows in its
 * interval, and hits all series of a size alike.
 */
#define _GNU_SOURCE
#include "slice.h"

#include <stdlib.h>

#include "helper.h"
#include "progress.h"

/* A slice begins with this part of its calls, not timed: caches, a new key, wide registers. */
#define WARM_UP_DIVISOR 16

/* Every call must have delivered all its bytes, or its time means nothing. */
static int check_sum(const struct bench_slice *slice, long calls, long long sum)
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

static int fail(const struct bench_series *series, const char *reason)
{
	vgr_progress_clear();
	bench_error("%s: %s; leave it out with --sources", series->source->name, reason);
	return BENCH_EXIT_FAILED;
}

static int run_elsewhere(const struct bench_slice *slice, long calls, int64_t *ns)
{
	struct bench_request request = { BENCH_OP_RUN, slice->threads, slice->len, calls };
	static struct bench_reply reply;
	const char *failed = bench_helper_ask(bench_other_libc_helper(), &request, &reply);

	if (failed)
		return fail(slice->series, failed);
	*ns = reply.values[0];
	return check_sum(slice, calls, reply.values[1]);
}

static int run_calls(const struct bench_slice *slice, long calls, int64_t *ns)
{
	long long sum;

	if (slice->series->source->other_libc)
		return run_elsewhere(slice, calls, ns);
	*ns = bench_team_run(slice->team, slice->series->source->loop, slice->len, calls, &sum);
	return check_sum(slice, calls, sum);
}

static int enter(const struct bench_series *series)
{
	const char *failed = NULL;

	if (series->source->enter && !series->source->other_libc)
		failed = series->source->enter(series->chacha);
	return failed ? fail(series, failed) : 0;
}

/* The faster of two: one of them may have been interrupted. */
static int run_twice(const struct bench_slice *slice, long calls, int64_t *ns)
{
	int64_t other_ns;
	int err = run_calls(slice, calls, ns);

	if (!err)
		err = run_calls(slice, calls, &other_ns);
	if (!err && other_ns < *ns)
		*ns = other_ns;
	return err;
}

/*
 * How many calls fill a slice: doubled until they take long enough to extrapolate from. By one
 * thread, for several may have to wait for each other.
 */
static int calibrate(struct bench_slice *slice, struct bench_team *one, long slice_ns)
{
	struct bench_slice alone = *slice;
	int64_t ns = 0;
	long calls;
	int err = enter(slice->series);

	alone.team = one;
	alone.threads = 1;
	for (calls = 1; !err; calls *= 2) {
		err = run_twice(&alone, calls, &ns);
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

/* Of @rounds those that are this slice's, spread evenly. */
static bool is_turn(const struct bench_slice *slice, unsigned int round, unsigned int rounds)
{
	return (round + 1) * slice->repeats / rounds > round * slice->repeats / rounds;
}

static int run_slice(struct bench_slice *slice)
{
	int64_t ns;
	int err = enter(slice->series);

	/* A call as long as a slice has nothing left to warm up for. */
	if (!err && slice->calls > 1)
		err = run_calls(slice, slice->calls / WARM_UP_DIVISOR + 1, &ns);
	if (!err)
		err = run_calls(slice, slice->calls, &ns);
	if (!err)
		slice->ns[slice->done++] = (double)ns / (double)slice->calls;
	return err;
}

static int measure(struct bench_slice *slices, unsigned int num, struct bench_team *one,
		   const struct bench_options *options)
{
	for (unsigned int i = 0; i < num; i++) {
		int err = calibrate(&slices[i], one, options->slice_ns);

		if (err)
			return err;
		vgr_progress_step();
	}
	for (unsigned int repeat = 0; repeat < options->repeats; repeat++) {
		for (unsigned int i = 0; i < num; i++) {
			int err = 0;

			if (is_turn(&slices[i], repeat, options->repeats))
				err = run_slice(&slices[i]);

			if (err)
				return err;
			if (i % 16 == 0)
				bench_noise_sample();
			vgr_progress_step();
		}
	}
	return 0;
}

/* Of the sizes that so many threads are measured at. */
static size_t longest(const struct bench_options *options, unsigned int threads)
{
	size_t len = 0;

	for (unsigned int i = 0; i < options->num_sizes; i++)
		if (bench_options_want(options, options->sizes[i], threads) &&
		    options->sizes[i] > len)
			len = options->sizes[i];
	return len;
}

static unsigned int make_slices(struct bench_run *run, struct bench_slice *slices,
				struct bench_team *const *teams)
{
	const struct bench_options *options = run->options;
	unsigned int num = 0;

	for (unsigned int i = 0; i < options->num_sizes; i++) {
		for (unsigned int j = 0; j < options->num_threads; j++) {
			if (!bench_options_want(options, options->sizes[i], options->threads[j]))
				continue;
			for (unsigned int k = 0; k < run->num_series; k++) {
				if (run->series[k].missing)
					continue;
				slices[num].series = &run->series[k];
				slices[num].team = teams[j];
				slices[num].threads = options->threads[j];
				slices[num].len = options->sizes[i];
				slices[num].repeats =
					bench_options_repeats(options, options->sizes[i]);
				slices[num].ns = bench_alloc(slices[num].repeats, sizeof(double));
				num++;
			}
		}
	}
	return num;
}

int bench_measure_calls(struct bench_run *run)
{
	const struct bench_options *options = run->options;
	struct bench_team *teams[BENCH_MAX_SIZES] = { 0 }, *one;
	size_t room = (size_t)run->num_series * options->num_sizes * options->num_threads;
	struct bench_slice *slices = bench_alloc(room, sizeof(*slices));
	unsigned int num;
	int err;

	for (unsigned int i = 0; i < options->num_threads; i++)
		if (longest(options, options->threads[i]))
			teams[i] = bench_team_start(options->threads[i],
						    longest(options, options->threads[i]));
	num = make_slices(run, slices, teams);
	vgr_progress_start((unsigned long)num * (options->repeats + 1));
	one = bench_team_start(1, longest(options, 1));
	err = measure(slices, num, one, options);
	bench_team_stop(one);
	vgr_progress_clear();
	if (!err)
		bench_slices_summarize(run, slices, num);
	for (unsigned int i = 0; i < options->num_threads; i++)
		if (teams[i])
			bench_team_stop(teams[i]);
	for (unsigned int i = 0; i < num; i++)
		free(slices[i].ns);
	free(slices);
	return err;
}
