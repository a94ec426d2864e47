// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a thread's state takes of memory: what a process has more of after many threads made
 * their first call than before, by thread.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <stdio.h>

#include "helper.h"
#include "idle.h"

#define LEN     32
#define THREADS 200

/* -1 if the kernel does not tell. */
static int64_t resident_len(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	char line[160];
	int64_t kib = -1;

	while (file && fgets(line, sizeof(line), file)) {
		long value;

		if (sscanf(line, "Pss_Anon: %ld kB", &value) == 1)
			kib = value;
	}
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

void bench_op_memory(const struct bench_request *request, bench_loop_fn *loop,
		     struct bench_reply *reply)
{
	struct bench_idle *idle = bench_idle_start(request->threads);
	unsigned char buf[LEN];
	int64_t before;

	if (!idle) {
		snprintf(reply->failed, sizeof(reply->failed), "there are not so many threads");
		return;
	}
	/* What the process needs once is no thread's, nor what asking for the first time takes. */
	if (loop(buf, LEN, 1) != LEN)
		snprintf(reply->failed, sizeof(reply->failed), "a call failed");
	resident_len();
	before = resident_len();
	if (!bench_idle_call(idle, loop, request->len))
		snprintf(reply->failed, sizeof(reply->failed), "a call failed");
	reply->values[0] = before;
	reply->values[1] = resident_len();
	reply->num_values = 2;
	if (before < 0)
		snprintf(reply->failed, sizeof(reply->failed),
			 "the kernel has no /proc/self/smaps_rollup with Pss_Anon");
}

int bench_measure_memory(struct bench_run *run)
{
	static struct bench_reply reply;
	const struct bench_request request = { BENCH_OP_MEMORY, THREADS, LEN, 1 };

	for (unsigned int i = 0; i < run->num_series; i++) {
		struct bench_figure figure = { &run->series[i], "memory", "thread", "bytes", LEN,
					       THREADS,         0 };
		struct bench_helper helper;
		const char *failed;

		if (run->series[i].missing || run->series[i].source->kind != BENCH_GENERAL)
			continue;
		failed = bench_helper_start(&helper, &run->series[i]);
		if (!failed)
			failed = bench_helper_ask(&helper, &request, &reply);
		bench_helper_stop(&helper);
		if (failed) {
			bench_add_failure(run, &run->series[i], "memory", failed);
			continue;
		}
		figure.value = (double)(reply.values[1] - reply.values[0]) / THREADS;
		if (figure.value < 0)
			figure.value = 0;
		bench_add_figure(run, &figure);
	}
	return 0;
}
