/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What can be measured; a file for each.
 */
#ifndef VGR_BENCH_MEASURE_H
#define VGR_BENCH_MEASURE_H

#include <stdint.h>

#include "bench.h"

/*
 * Measures all series that are not missing, and appends to the results or the figures.
 *
 * Returns 0, or BENCH_EXIT_FAILED after a line on stderr.
 */
int bench_measure_calls(struct bench_run *run);
int bench_measure_latency(struct bench_run *run);
int bench_measure_first(struct bench_run *run);
int bench_measure_fork(struct bench_run *run);
int bench_measure_memory(struct bench_run *run);
int bench_measure_drop(struct bench_run *run);
int bench_measure_instructions(struct bench_run *run);
int bench_measure_cycles(struct bench_run *run);

/* What comes of a source in the child of a fork, when parent and child make a call. */
enum bench_survival {
	BENCH_SURVIVES,
	BENCH_CHILD_REPEATS,
	BENCH_CHILD_FAILS,
	BENCH_CHILD_ENDS,
	BENCH_CHILD_HANGS,
};

/* Tries it. Returns NULL, or a sentence that says why that was not possible. */
const char *bench_survive(const struct bench_series *series, enum bench_survival *survival);

/* What bench_measure_instructions() starts under valgrind. Returns the exit status. */
int bench_count_main(int argc, char **argv);
#define BENCH_COUNT_COMMAND "count"

/*
 * The threads that measure together; one of them is the caller's. Ends the program if they cannot
 * be had.
 *
 * @num_threads: 1 to BENCH_MAX_THREADS
 * @max_len:     bytes of each thread's buffer
 */
struct bench_team *bench_team_start(unsigned int num_threads, size_t max_len);
void bench_team_stop(struct bench_team *team);

/*
 * Runs @loop in all threads at once.
 *
 * Returns the nanoseconds from the first one's start to the last one's end, and in @sum what the
 * loops returned, added up.
 */
int64_t bench_team_run(struct bench_team *team, bench_loop_fn *loop, size_t len, long calls,
		       long long *sum);

/* Sorts @values and returns their median. */
double bench_median(double *values, unsigned int num);

/* The value below which @share of the @sorted values lie. */
double bench_quantile(const double *sorted, unsigned int num, double share);

/* ROUGHLY is for what is done often. */
enum bench_precision {
	BENCH_ROUGHLY = 100,
	BENCH_EXACTLY = 600,
};

/*
 * The median of @values, which are in the order in which they were taken. The bounds are those
 * within which 99 of 100 other runs are expected, by bootstrap.
 */
struct bench_interval bench_estimate(const double *values, unsigned int num,
				     enum bench_precision precision);
bool bench_is_wide(const struct bench_interval *interval);

/*
 * pin.c: a CPU for each thread, the first gets the first that the process may use. prepare comes
 * first, while no thread is pinned. start is --pin: for the whole run, for the caller now. release
 * lets the calling thread run everywhere again.
 */
void bench_pin_prepare(void);
void bench_pin_start(void);
bool bench_pin_is_on(void);
void bench_pin_thread(unsigned int index);
void bench_pin_release(void);

/* noise.c: one run at a time. */
void bench_noise_start(struct bench_noise *noise);
void bench_noise_sample(void);
void bench_noise_stop(struct bench_noise *noise);

/* Nanoseconds of a clock that nobody sets. */
int64_t bench_now_ns(void);

#endif
