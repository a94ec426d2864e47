// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the call after a page drop costs: all pages of the process that may be dropped are, then
 * comes one call, with the page fault and the new key.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "helper.h"

#define LEN         32
#define DROPS       501
#define MAX_REGIONS 64
#define TRIES       100

struct region {
	void *start;
	size_t len;
};

/* The mappings that the kernel says are droppable: flag "dp" of smaps. */
static unsigned int find_regions(struct region *regions)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long start = 0, end = 0, low, high;
	unsigned int num = 0;
	char line[512];

	while (file && num < MAX_REGIONS && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &low, &high) == 2) {
			start = low;
			end = high;
		} else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " dp")) {
			regions[num].start = (void *)start;
			regions[num++].len = end - start;
		}
	}
	if (file)
		fclose(file);
	return num;
}

/* Whether the first page of some region is not there now. */
static bool any_gone(const struct region *regions, unsigned int num)
{
	for (unsigned int i = 0; i < num; i++) {
		unsigned char resident = 0;

		if (mincore(regions[i].start, 1, &resident) == 0 && !(resident & 1))
			return true;
	}
	return false;
}

/* The kernel leaves a page alone that it has just then in its hands for something else. */
static bool drop(const struct region *regions, unsigned int num)
{
	for (int tries = 0; tries < TRIES; tries++) {
		for (unsigned int i = 0; i < num; i++)
			madvise(regions[i].start, regions[i].len, MADV_PAGEOUT);
		if (any_gone(regions, num))
			return true;
		sched_yield();
	}
	return false;
}

void bench_op_drop(const struct bench_request *request, bench_loop_fn *loop,
		   struct bench_reply *reply)
{
	struct region regions[MAX_REGIONS];
	unsigned char buf[LEN];
	unsigned int num;

	/*
	 * A new page waits in a list of the CPU that it was first touched on, and only a madvise()
	 * there finds it.
	 */
	bench_pin_start();
	/* There is a state from now on. */
	if (loop(buf, LEN, 1) != LEN)
		snprintf(reply->failed, sizeof(reply->failed), "a call failed");
	num = find_regions(regions);
	if (num == 0)
		snprintf(reply->failed, sizeof(reply->failed),
			 "it keeps nothing in memory that may be dropped here");
	for (long i = 0; !reply->failed[0] && i < request->count; i++) {
		int64_t start;

		if (!drop(regions, num))
			snprintf(reply->failed, sizeof(reply->failed),
				 "the kernel does not drop its page when told to");
		start = bench_now_ns();
		if (loop(buf, LEN, 1) != LEN)
			snprintf(reply->failed, sizeof(reply->failed), "a call failed");
		reply->values[reply->num_values++] = bench_now_ns() - start;
	}
}

int bench_measure_drop(struct bench_run *run)
{
	static struct bench_reply reply;
	static double values[DROPS];
	const struct bench_request request = { BENCH_OP_DROP, 1, LEN, DROPS };

	for (unsigned int i = 0; i < run->num_series; i++) {
		const struct bench_series *series = &run->series[i];
		struct bench_figure figure = { series, "drop", "call", "ns", LEN, 1, 0 };
		struct bench_helper helper;
		const char *failed;

		if (series->missing || !series->source->droppable)
			continue;
		failed = bench_helper_start(&helper, series);
		if (!failed)
			failed = bench_helper_ask(&helper, &request, &reply);
		bench_helper_stop(&helper);
		if (failed) {
			bench_add_failure(run, series, "drop", failed);
			continue;
		}
		for (unsigned int j = 0; j < reply.num_values; j++)
			values[j] = (double)reply.values[j];
		figure.value = bench_median(values, reply.num_values);
		bench_add_figure(run, &figure);
	}
	return 0;
}
