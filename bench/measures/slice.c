// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One timed slice of calls: all are checked to have delivered their bytes, and by what they should.
 */
#define _GNU_SOURCE
#include "slice.h"

#include <stdio.h>
#include <string.h>

#include "helper.h"
#include "progress.h"

/* A slice begins with this part of its calls, not timed: caches, a new key, wide registers. */
#define WARM_UP_DIVISOR 8

/*
 * A ratio is that of two slices side by side, which a noisy neighbour slows down alike. If the
 * reference is older than this, and than that many of its slices, it is measured once more.
 */
#define NEIGHBOUR_NS     2000000
#define NEIGHBOUR_SLICES 8

static int fail(const struct bench_series *series, const char *reason)
{
	vgr_progress_clear();
	bench_error("%s: %s; leave it out with --sources", series->source->name, reason);
	return BENCH_EXIT_FAILED;
}

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

/* A provider or a level of ChaCha20 that another source left behind would be measured as this. */
static int check_ran(const struct bench_series *series)
{
	char ran[BENCH_RAN_LEN], reason[2 * BENCH_RAN_LEN + 40];

	bench_source_ran(series->source, ran);
	if (strcmp(ran, series->ran) == 0)
		return 0;
	snprintf(reason, sizeof(reason), "its calls ran '%s' instead of '%s'", ran, series->ran);
	return fail(series, reason);
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

	if (!series->source->other_libc)
		failed = bench_source_enter(series->source, series->chacha);
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
 * The number of calls is doubled until they take long enough to extrapolate from. By one thread,
 * for several may have to wait for each other.
 */
int bench_slice_calibrate(struct bench_slice *slice, struct bench_team *one, long slice_ns)
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

static int run_alone(struct bench_slice *slice, unsigned int round)
{
	int64_t ns;
	int err = enter(slice->series);

	/* A call as long as a slice has nothing left to warm up for. */
	if (!err && slice->calls > 1)
		err = run_calls(slice, slice->calls / WARM_UP_DIVISOR + 1, &ns);
	if (!err)
		err = run_calls(slice, slice->calls, &ns);
	if (!err && !slice->series->source->other_libc)
		err = check_ran(slice->series);
	if (err)
		return err;
	slice->end_ns = bench_now_ns();
	slice->done += slice->ns[round] == 0;
	slice->ns[round] = (double)ns / (double)slice->calls;
	return 0;
}

/* From another round, or from before this process had to wait for the CPU. */
static bool is_old(const struct bench_slice *reference, unsigned int round)
{
	double slice_ns = reference->ns[round] * (double)reference->calls;
	double age = (double)(bench_now_ns() - reference->end_ns);

	return reference->ns[round] == 0 ||
	       (age > NEIGHBOUR_NS && age > NEIGHBOUR_SLICES * slice_ns);
}

int bench_slice_run(struct bench_slice *slice, unsigned int round)
{
	struct bench_slice *reference = slice->reference;
	int err = 0;

	if (reference && reference != slice && is_old(reference, round))
		err = run_alone(reference, round);
	if (!err)
		err = run_alone(slice, round);
	if (!err && reference)
		slice->reference_ns[round] = reference->ns[round];
	return err;
}
