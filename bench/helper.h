/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A helper: re-executes this program with a single source. What can be measured
 * only once in a process (the first call), what needs a process of known size (memory, fork), and
 * a source of another C library are measured there. Requests and replies go over a socket.
 */
#ifndef VGR_BENCH_HELPER_H
#define VGR_BENCH_HELPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench.h"

/* argv[1] of a helper. */
#define BENCH_HELPER_COMMAND "helper"

enum bench_op {
	BENCH_OP_LIBC,    /* value: version of the C library, 2041 for 2.41 */
	BENCH_OP_RUN,     /* count calls in each of the threads: nanoseconds, sum of results */
	BENCH_OP_LATENCY, /* count single calls: ticks of each, the clock's own included */
	BENCH_OP_FIRST,   /* nanoseconds of the next call and the one after it */
	BENCH_OP_THREAD,  /* the same in count new threads, one after the other */
	BENCH_OP_FORK,    /* count forks: nanoseconds in the parent, of the child's call */
	BENCH_OP_MEMORY,  /* bytes before and after each of the threads made a call */
	BENCH_OP_SURVIVE, /* value: an enum bench_survival */
	BENCH_OP_CYCLES,  /* cycles of count calls, several times */
	BENCH_OP_DROP,    /* nanoseconds of count calls, each after a page drop */
	BENCH_OP_COUNT,
};

struct bench_request {
	enum bench_op op;
	unsigned int threads;
	size_t len;
	long count;
};

/* Values of a reply at most. */
#define BENCH_MAX_VALUES 8192

struct bench_reply {
	char ran[BENCH_RAN_LEN]; /* what the calls ran: bench_source_ran() */
	char failed[120];        /* why there are no values, or empty */
	unsigned int num_values;
	int64_t values[BENCH_MAX_VALUES];
};

/*
 * Does @request with @loop; fills @reply's values, or says why it failed. One for each operation,
 * beside the measure that uses it.
 */
typedef void bench_op_fn(const struct bench_request *request, bench_loop_fn *loop,
			 struct bench_reply *reply);

bench_op_fn bench_op_libc, bench_op_run, bench_op_latency, bench_op_first, bench_op_thread,
	bench_op_fork, bench_op_memory, bench_op_survive, bench_op_cycles, bench_op_drop;

/* The whole life of a helper. Returns its exit status. */
int bench_helper_main(int argc, char **argv);

struct bench_helper {
	pid_t pid;
	int fd;
	char ran[BENCH_RAN_LEN]; /* what its calls must have run; empty: anything */
};

/*
 * Starts a helper for @series, which is not missing. Returns NULL, or a sentence that says why
 * there is none.
 */
const char *bench_helper_start(struct bench_helper *helper, const struct bench_series *series);

/*
 * Returns NULL, or a sentence that says why there is no reply.
 */
const char *bench_helper_ask(struct bench_helper *helper, const struct bench_request *request,
			     struct bench_reply *reply);
void bench_helper_stop(struct bench_helper *helper);

/*
 * other-libc.c: what to put in front of a helper's command line so that the other C library runs
 * it; NULL, and a sentence in @failed, if there is none.
 */
const char *const *bench_other_libc_command(const char **failed);

/* The helper that runs under the other C library for the whole run; init() has started it. */
struct bench_helper *bench_other_libc_helper(void);

#endif
