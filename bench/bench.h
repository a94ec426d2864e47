/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vgetrandom-bench: what a call costs, for each way to get random bytes and each size.
 *
 * All ways ("sources") are measured in one run, in turn, so that whatever else the
 * machine does hits all of them alike, and ratios hold where absolute times wander.
 * Start reading at main.c; a new source is a row in sources.c.
 */
#ifndef VGR_BENCH_H
#define VGR_BENCH_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MAX_SIZES    32
#define BENCH_MAX_SOURCES  64
#define BENCH_NUM_CHACHA   4
#define BENCH_MAX_SERIES   (BENCH_MAX_SOURCES * BENCH_NUM_CHACHA)
#define BENCH_MIN_REPEATS  10
#define BENCH_MAX_REPEATS  1000
#define BENCH_MAX_BUF_LEN  (64UL << 20)
#define BENCH_MAX_THREADS  256
#define BENCH_NAME_SYSCALL "syscall"

/* Exit statuses besides 0. */
#define BENCH_EXIT_FAILED 1
#define BENCH_EXIT_USAGE  2

/*
 * Makes @calls calls for @len bytes each and returns the sum of what they returned; this is what is
 * timed. Runs in several threads at once, with a buffer each.
 */
typedef long long bench_loop_fn(unsigned char *buf, size_t len, long calls);

/*
 * One way to get random bytes.
 *
 * name:       for --sources, the table and JSON
 * what:       a line for --help
 * has_chacha: our ChaCha20 runs in it, so its level decides the speed
 * if_named:   measured only if --sources asks for it
 * init:       called once; NULL, or a sentence that says why it is missing here
 * enter:      called before each slice, outside of the timed part, with the level of ChaCha20
 *             to use; NULL, or a sentence that says why it failed. May be NULL
 */
struct bench_source {
	const char *name;
	const char *what;
	bool has_chacha;
	bool if_named;
	const char *(*init)(void);
	const char *(*enter)(uint32_t chacha);
	bench_loop_fn *loop;
};

/*
 * The body of a loop. @call is an expression over buf and len; calls are direct, so that no
 * source pays for a function pointer that its users would not pay for. The empty statement
 * counts as reading the bytes: none may be elided.
 */
#define BENCH_LOOP(call)                                      \
	long long sum = 0;                                    \
                                                              \
	for (; calls > 0; calls--) {                          \
		sum += (call);                                \
		__asm__ volatile("" : : "r"(buf) : "memory"); \
	}                                                     \
	return sum

/* NULL if there is none. */
const struct bench_source *bench_source_by_name(const char *name, size_t name_len);

extern const struct bench_source bench_sources[];
extern const unsigned int bench_num_sources;

/* source-raw.c */
const char *bench_kernel_vdso_init(void);
bench_loop_fn bench_kernel_vdso_loop;
const char *bench_image_init(void);
const char *bench_image_enter(uint32_t chacha);
bench_loop_fn bench_image_loop;
bench_loop_fn bench_image_refill_loop;
bench_loop_fn bench_image_reseed_loop;

/* source-openssl.c */
const char *bench_openssl_init(void);
bench_loop_fn bench_openssl_loop;

struct bench_options {
	const char *json_path;
	size_t sizes[BENCH_MAX_SIZES];
	unsigned int num_sizes;
	const struct bench_source *sources[BENCH_MAX_SOURCES];
	unsigned int num_sources;
	uint32_t chacha[BENCH_NUM_CHACHA];
	unsigned int num_chacha;
	unsigned int threads[BENCH_MAX_SIZES];
	unsigned int num_threads;
	unsigned int repeats;
	long slice_ns;
	bool help;
};

/*
 * Reads the command line.
 *
 * Returns 0, or BENCH_EXIT_USAGE after one line on stderr.
 */
int bench_options_parse(struct bench_options *options, int argc, char **argv);
void bench_options_help(void);

/* "generic", "sse2", "avx2", "avx512" for VGETRANDOM_CHACHA_*. */
const char *bench_chacha_name(uint32_t chacha);

/* A line on stderr, with the program's name in front. */
void bench_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A source, at one level of ChaCha20 if it has one: a line of the table. */
struct bench_series {
	const struct bench_source *source;
	const char *missing; /* why this machine has no such source, or NULL */
	uint32_t chacha;
};

/*
 * What one series took at one size with so many threads at once, in nanoseconds a call of a thread,
 * over the repeats.
 *
 * ns_median, ns_min: of the repeats
 * ns_spread:         between the first and the third quartile
 */
struct bench_result {
	const struct bench_series *series;
	size_t size;
	unsigned int threads;
	double ns_median;
	double ns_min;
	double ns_spread;
};

struct bench_run {
	const struct bench_options *options;
	struct bench_series series[BENCH_MAX_SERIES];
	unsigned int num_series;
	struct bench_result *results; /* by size, threads, series without the missing ones */
	unsigned int num_results;
};

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

/*
 * Measures all series that are not missing at @size with the threads of @team, and appends to the
 * results.
 *
 * Returns 0, or BENCH_EXIT_FAILED after a line on stderr.
 */
int bench_measure(struct bench_run *run, struct bench_team *team, unsigned int threads,
		  size_t size);

/* Where and with what it ran; nothing that names the machine or its owner. */
struct bench_host {
	char cpu[128];
	long cores;
	char kernel[160];
	const char *compiler;
	const char *flags;
	const char *commit;
	char date[32];
};

void bench_host_get(struct bench_host *host);

/*
 * The table on stdout: a head, a block for each size, and what is missing.
 */
void bench_report_head(const struct bench_run *run, const struct bench_host *host);
void bench_report_size(const struct bench_run *run, size_t size, unsigned int threads);
void bench_report_missing(const struct bench_run *run);

/*
 * Whether the JSON file could be written.
 *
 * Returns 0, or BENCH_EXIT_USAGE after a line on stderr.
 */
int bench_json_check(const char *path);

/*
 * Writes everything to @path at once: a reader never sees half of it.
 *
 * Returns 0, or BENCH_EXIT_FAILED after a line on stderr; then @path is as it was.
 */
int bench_json_write(const struct bench_run *run, const struct bench_host *host, const char *path);

#endif
