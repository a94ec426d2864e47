/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgetrandom-bench: what a call costs, for each way to get random bytes and each size.
 *
 * All ways ("sources") are measured in one run, in turn, so that whatever else the
 * machine does hits all of them alike, and ratios hold where absolute times wander.
 * Start reading at main.c; a new source is a row in sources/table.c.
 */
#ifndef VGR_BENCH_H
#define VGR_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/source.h"

#define BENCH_MAX_SIZES    32
#define BENCH_MAX_SOURCES  64
#define BENCH_NUM_CHACHA   5 /* no architecture has more levels */
#define BENCH_MAX_SERIES   (BENCH_MAX_SOURCES * BENCH_NUM_CHACHA)
#define BENCH_MAX_FAILURES 128
#define BENCH_MIN_REPEATS  10
#define BENCH_MAX_REPEATS  1000
#define BENCH_MAX_THREADS  256
#define BENCH_NAME_SYSCALL "syscall"
#define BENCH_NAME_DEFAULT "vgetrandom"

/*
 * How far the bounds of a ratio are apart, as a share of it: while it is more than is wanted, and
 * time is left, rounds are added; what stays wide is marked.
 */
#define BENCH_WANTED 0.10
#define BENCH_WIDEST 0.20

/* Exit statuses besides 0. */
#define BENCH_EXIT_FAILED 1
#define BENCH_EXIT_USAGE  2

/* What is measured besides the loop of calls: a bit each. */
enum bench_measure {
	BENCH_CALLS = 1 << 0,
	BENCH_LATENCY = 1 << 1,
	BENCH_FIRST = 1 << 2,
	BENCH_FORK = 1 << 3,
	BENCH_MEMORY = 1 << 4,
	BENCH_DROP = 1 << 5,
	BENCH_INSTRUCTIONS = 1 << 6,
	BENCH_CYCLES = 1 << 7,
};

struct bench_options {
	char command[256]; /* as it was given, without the names of output files */
	const char *json_path;
	const char *csv_path;
	size_t sizes[BENCH_MAX_SIZES];
	unsigned int num_sizes;
	const struct bench_source *sources[BENCH_MAX_SOURCES];
	unsigned int num_sources;
	uint32_t chacha[BENCH_NUM_CHACHA];
	unsigned int num_chacha;
	unsigned int threads[BENCH_MAX_SIZES];
	unsigned int num_threads;
	unsigned int measures;
	unsigned int repeats;
	long slice_ns;
	int64_t budget_ns; /* of the loop of calls; 0: as many repeats as were asked for */
	bool has_sizes;    /* asked for: otherwise several threads get fewer of them */
	bool quick;
	bool all;
	bool full_table;
	bool list;
	bool pin;
	bool help;
	bool version;
};

/*
 * Reads the command line.
 *
 * Returns 0, or BENCH_EXIT_USAGE after one line on stderr.
 */
int bench_options_parse(struct bench_options *options, int argc, char **argv);
void bench_options_help(void);

/* Whether the answer is short: a table of the sources that matter, and one sentence. */
bool bench_options_is_brief(const struct bench_options *options);

/* How often a size is measured: what takes long, less often. */
unsigned int bench_options_repeats(const struct bench_options *options, size_t size);

/* Whether so many threads at once are measured at @size. */
bool bench_options_want(const struct bench_options *options, size_t size, unsigned int threads);

/* option-lists.c: what stands between the commas. Each returns as bench_options_parse() does. */
int bench_parse_sizes(struct bench_options *options, const char *list);
int bench_parse_sources(struct bench_options *options, const char *list);
int bench_parse_chacha(struct bench_options *options, const char *list);
int bench_parse_threads(struct bench_options *options, const char *list);
int bench_parse_measures(struct bench_options *options, const char *list);

/* The name of VGETRANDOM_CHACHA_*, such as "generic". */
const char *bench_chacha_name(uint32_t chacha);

/* A line on stderr, with the program's name in front. */
void bench_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A source, at one level of ChaCha20 if it has one: a line of the table.
 *
 * missing: why this machine has no such source, or NULL
 * ran:     what its first call ran, and every measure must run: bench_source_ran()
 */
struct bench_series {
	const struct bench_source *source;
	const char *missing;
	uint32_t chacha;
	char ran[BENCH_RAN_LEN];
};

/* A figure, and within which bounds that of another run is expected. */
struct bench_interval {
	double value, low, high;
};

/*
 * What one series took at one size with so many threads at once, in nanoseconds a call of a thread,
 * over the repeats.
 *
 * ns:            median of the repeats
 * ns_min:        the fastest of them
 * ns_spread:     between the first and the third quartile
 * ratio:         how many times as fast as the system call; value 0 if that was not measured
 * default_ratio: how many times as fast as this is what a program gets by default; the same
 * scaling:       how many times what one thread delivers; the same
 * is_best:       of the general-purpose sources
 */
struct bench_result {
	const struct bench_series *series;
	size_t size;
	unsigned int threads;
	unsigned int repeats;
	struct bench_interval ns;
	double ns_min;
	double ns_spread;
	struct bench_interval ratio;
	struct bench_interval default_ratio;
	struct bench_interval scaling;
	bool is_best;
};

/*
 * A figure of one of the other measures; what has a figure less (a percentile of too few calls)
 * has no row.
 *
 * measure, name, unit: such as "latency", "p99", "ns"
 * size, threads:       0 where they mean nothing
 */
struct bench_figure {
	const struct bench_series *series;
	const char *measure;
	const char *name;
	const char *unit;
	size_t size;
	unsigned int threads;
	double value;
};

/* A measure that a source has no figures of, and why. */
struct bench_failure {
	const struct bench_series *series;
	const char *measure;
	char reason[160];
};

/*
 * How quiet the machine was.
 *
 * steal_percent: of the time, taken by the hypervisor for others; negative: not known
 * drift_percent: how much longer a loop of known length took in its slow tenth of the run than
 *                in its fast one; negative: not measured
 * load:          processes that wanted to run at the start
 */
struct bench_noise {
	double steal_percent;
	double drift_percent;
	double load;
};

struct bench_run {
	const struct bench_options *options;
	struct bench_series series[BENCH_MAX_SERIES];
	unsigned int num_series;
	struct bench_result *results; /* by size, threads, series without the missing ones */
	unsigned int num_results;
	struct bench_figure *figures;
	unsigned int num_figures;
	struct bench_failure failures[BENCH_MAX_FAILURES];
	unsigned int num_failures;
	double timer_ns; /* of a single call's two clock readings, which is subtracted; 0: none */
	struct bench_noise noise;
};

/* Appends. Ends the program if there is no memory. */
void bench_add_figure(struct bench_run *run, const struct bench_figure *figure);

/* What comes after the last that there is room for is not kept. */
void bench_add_failure(struct bench_run *run, const struct bench_series *series,
		       const char *measure, const char *reason);

/* Memory of its own pages, and all of them there; NULL if there is none. */
unsigned char *bench_buffer(size_t len);

/* calloc() that ends the program rather than fail. */
void *bench_alloc(size_t num, size_t size);

#endif
