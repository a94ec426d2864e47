// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The loop of calls: every round goes over all sizes, numbers of threads and series in turn, one
 * timed slice of calls each. A slice lasts a part of a millisecond, which is long for the clock and
 * short for the scheduler. What disturbs for longer hits slices side by side alike, so that their
 * ratio holds; and the rounds of one figure are spread over the whole run, so that what comes and
 * goes shows in its interval. Figures that are uncertain after that get more rounds.
 */
#define _GNU_SOURCE
#include "slice.h"

#include <stdlib.h>
#include <string.h>

#include "progress.h"

/* Of the rounds that are added so many come before it is looked again which are still of use. */
#define ADDED_AT_ONCE 10

/* What is measured, and until when rounds may be added. */
struct calls {
	const struct bench_options *options;
	struct bench_slice *slices;
	unsigned int num;
	unsigned int round;
	int64_t end_ns;
};

static bool is_time_left(const struct calls *calls)
{
	return calls->options->budget_ns == 0 || bench_now_ns() < calls->end_ns;
}

/* Of the rounds that all have, those that are this slice's, spread evenly. */
static bool is_turn(const struct bench_slice *slice, unsigned int round, unsigned int rounds)
{
	return (round + 1) * slice->repeats / rounds > round * slice->repeats / rounds;
}

static int calibrate(struct calls *calls, struct bench_team *one)
{
	for (unsigned int i = 0; i < calls->num; i++) {
		int err = bench_slice_calibrate(&calls->slices[i], one, calls->options->slice_ns);

		if (err)
			return err;
		vgr_progress_step();
	}
	return 0;
}

/* The rounds that all have; on a slow machine as many as there is time for, but a few. */
static int run_rounds(struct calls *calls)
{
	unsigned int rounds = calls->options->repeats;

	for (; calls->round < rounds; calls->round++) {
		if (calls->round >= BENCH_MIN_REPEATS && !is_time_left(calls))
			break;
		for (unsigned int i = 0; i < calls->num; i++) {
			int err = 0;

			if (is_turn(&calls->slices[i], calls->round, rounds))
				err = bench_slice_run(&calls->slices[i], calls->round);
			if (err)
				return err;
			if (i % 16 == 0)
				bench_noise_sample();
			vgr_progress_step();
		}
	}
	return 0;
}

static bool is_uncertain(const struct bench_interval *interval)
{
	return interval->high - interval->low > BENCH_WANTED * interval->value;
}

/* Marks what another round is of use for. Returns how many slices. */
static unsigned int mark_wide(const struct calls *calls)
{
	unsigned int num_wide = 0;

	for (unsigned int i = 0; i < calls->num; i++) {
		struct bench_slice *slice = &calls->slices[i];
		struct bench_interval ratio = bench_slice_ratio(slice, BENCH_ROUGHLY);
		struct bench_interval scaling = bench_slice_scaling(slice, BENCH_ROUGHLY);

		slice->is_wide = is_uncertain(&ratio) || is_uncertain(&scaling);
		num_wide += slice->is_wide;
		/* A ratio needs both in the same round. */
		if (is_uncertain(&scaling))
			slice->alone->is_wide = true;
	}
	return num_wide;
}

static int add_round(struct calls *calls)
{
	for (unsigned int i = 0; i < calls->num; i++) {
		int err = 0;

		if (calls->slices[i].is_wide)
			err = bench_slice_run(&calls->slices[i], calls->round);
		if (err)
			return err;
		if (i % 16 == 0)
			bench_noise_sample();
	}
	calls->round++;
	return 0;
}

static int add_rounds(struct calls *calls)
{
	unsigned long left_ms;
	int64_t start_ns = bench_now_ns();
	int err = 0;

	if (calls->options->budget_ns == 0 || start_ns >= calls->end_ns)
		return 0;
	left_ms = (unsigned long)(calls->end_ns - start_ns) / 1000000;
	vgr_progress_start(left_ms);
	for (unsigned int i = 0; !err && calls->round < BENCH_MAX_REPEATS; i++) {
		if (!is_time_left(calls) || (i % ADDED_AT_ONCE == 0 && mark_wide(calls) == 0))
			break;
		err = add_round(calls);
		vgr_progress_set((unsigned long)(bench_now_ns() - start_ns) / 1000000);
	}
	return err;
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
				struct bench_slice *slice = &slices[num];

				if (run->series[k].missing)
					continue;
				num++;
				slice->series = &run->series[k];
				slice->team = teams[j];
				slice->threads = options->threads[j];
				slice->len = options->sizes[i];
				slice->repeats = bench_options_repeats(options, slice->len);
				slice->ns = bench_alloc(BENCH_MAX_REPEATS, sizeof(double));
				slice->reference_ns =
					bench_alloc(BENCH_MAX_REPEATS, sizeof(double));
			}
		}
	}
	return num;
}

/* Which slices belong together. */
static void link_slices(struct bench_slice *slices, unsigned int num)
{
	for (unsigned int i = 0; i < num; i++) {
		struct bench_slice *slice = &slices[i];

		for (unsigned int j = 0; j < num; j++) {
			struct bench_slice *other = &slices[j];
			const char *name = other->series->source->name;

			if (other->len != slice->len)
				continue;
			if (other->threads == 1 && slice->threads > 1 &&
			    other->series == slice->series)
				slice->alone = other;
			if (other->threads != slice->threads)
				continue;
			if (strcmp(name, BENCH_NAME_SYSCALL) == 0)
				slice->reference = other;
			if (strcmp(name, BENCH_NAME_DEFAULT) == 0)
				slice->by_default = other;
		}
	}
}

static int measure(struct calls *calls)
{
	struct bench_team *one;
	int err;

	vgr_progress_start((unsigned long)calls->num * (calls->options->repeats + 1));
	calls->end_ns = bench_now_ns() + calls->options->budget_ns;
	one = bench_team_start(1, longest(calls->options, 1));
	err = calibrate(calls, one);
	bench_team_stop(one);
	if (!err)
		err = run_rounds(calls);
	if (!err)
		err = add_rounds(calls);
	vgr_progress_clear();
	return err;
}

int bench_measure_calls(struct bench_run *run)
{
	const struct bench_options *options = run->options;
	struct bench_team *teams[BENCH_MAX_SIZES] = { 0 };
	struct calls calls = { .options = options };
	size_t room = (size_t)run->num_series * options->num_sizes * options->num_threads;
	int err;

	calls.slices = bench_alloc(room, sizeof(*calls.slices));
	for (unsigned int i = 0; i < options->num_threads; i++)
		if (longest(options, options->threads[i]))
			teams[i] = bench_team_start(options->threads[i],
						    longest(options, options->threads[i]));
	calls.num = make_slices(run, calls.slices, teams);
	link_slices(calls.slices, calls.num);
	err = measure(&calls);
	if (!err)
		bench_slices_summarize(run, calls.slices, calls.num);
	for (unsigned int i = 0; i < options->num_threads; i++)
		if (teams[i])
			bench_team_stop(teams[i]);
	for (unsigned int i = 0; i < calls.num; i++) {
		free(calls.slices[i].ns);
		free(calls.slices[i].reference_ns);
	}
	free(calls.slices);
	return err;
}
