// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Cycles of the CPU, a call and a byte, by its own counter: unlike nanoseconds they do not depend
 * on the clock's frequency. Many virtual machines have no counter; then nothing is shown in its
 * place, for the TSC counts at a fixed rate and is no such thing.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper.h"

#define MAX_BYTES (4L << 20) /* of a repeat */
#define MAX_CALLS 20000
#define REPEATS   15

/* Of this thread, in the kernel too: for a system call that is most of it. */
static int open_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static const char *counter_failed(int err)
{
	static char reason[120];

	snprintf(reason, sizeof(reason),
		 "no source: the CPU's counter of cycles cannot be read: %s%s", strerror(err),
		 err == EACCES ? ", see kernel.perf_event_paranoid" : "");
	return reason;
}

static bool count(int counter, bench_loop_fn *loop, unsigned char *buf,
		  const struct bench_request *request, int64_t *cycles)
{
	uint64_t before, after;

	if (read(counter, &before, sizeof(before)) != sizeof(before) ||
	    loop(buf, request->len, request->count) != request->count * (long long)request->len ||
	    read(counter, &after, sizeof(after)) != sizeof(after))
		return false;
	*cycles = (int64_t)(after - before);
	return true;
}

void bench_op_cycles(const struct bench_request *request, bench_loop_fn *loop,
		     struct bench_reply *reply)
{
	unsigned char *buf = bench_buffer(request->len);
	int counter = open_counter();

	if (counter < 0)
		snprintf(reply->failed, sizeof(reply->failed), "%s", counter_failed(errno));
	/* The first one warms up. */
	for (int i = 0; counter >= 0 && i <= REPEATS; i++) {
		int64_t *value = &reply->values[i ? i - 1 : 0];

		if (!buf || !count(counter, loop, buf, request, value)) {
			snprintf(reply->failed, sizeof(reply->failed), "a call failed");
			break;
		}
		reply->num_values = (unsigned int)i;
	}
	if (counter >= 0)
		close(counter);
	free(buf);
}

static void add(struct bench_run *run, const struct bench_series *series, size_t len,
		const char *name, double value)
{
	const struct bench_figure figure = { series, "cycles", name, "cycles", len, 1, value };

	bench_add_figure(run, &figure);
}

/* Returns NULL, or why there are no figures. */
static const char *measure_size(struct bench_run *run, const struct bench_series *series,
				struct bench_helper *helper, size_t len)
{
	static struct bench_reply reply;
	double cycles[REPEATS], call;
	struct bench_request request = { BENCH_OP_CYCLES, 1, len, MAX_BYTES / (long)len + 1 };
	const char *failed;

	if (request.count > MAX_CALLS)
		request.count = MAX_CALLS;
	failed = bench_helper_ask(helper, &request, &reply);
	if (failed)
		return failed;
	for (unsigned int i = 0; i < reply.num_values; i++)
		cycles[i] = (double)reply.values[i];
	call = bench_median(cycles, reply.num_values) / (double)request.count;
	add(run, series, len, "call", call);
	add(run, series, len, "byte", call / (double)len);
	return NULL;
}

int bench_measure_cycles(struct bench_run *run)
{
	const struct bench_options *options = run->options;
	int counter = open_counter();

	/* Said once, not of every source. */
	if (counter < 0) {
		bench_add_failure(run, &run->series[0], "cycles", counter_failed(errno));
		return 0;
	}
	close(counter);
	for (unsigned int i = 0; i < run->num_series; i++) {
		const struct bench_series *series = &run->series[i];
		struct bench_helper helper;
		const char *failed;

		if (series->missing)
			continue;
		failed = bench_helper_start(&helper, series);
		for (unsigned int j = 0; !failed && j < options->num_sizes; j++)
			failed = measure_size(run, series, &helper, options->sizes[j]);
		if (failed)
			bench_add_failure(run, series, "cycles", failed);
		bench_helper_stop(&helper);
	}
	return 0;
}
