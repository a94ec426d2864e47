// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How long single calls take, the slow ones above all: refills, new keys, interrupts. Each call is
 * timed alone with the cheapest clock there is; what two readings of it take around a loop
 * that does nothing is subtracted, and said.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper.h"
#include "progress.h"
#include "ticks.h"

/* Calls of a source before it is another's turn. */
#define CHUNK        BENCH_MAX_VALUES
#define CHUNKS       25
#define CHUNKS_FEW   4
#define MAX_CHUNK_NS 30000000

/* A percentile is printed if that many calls lie above it. */
#define MIN_ABOVE 10

static const size_t sizes[] = { 32, 1024 };

static const struct {
	const char *name;
	double share;
} percentiles[] = {
	{ "p10", 0.1 }, { "p25", 0.25 }, { "p50", 0.5 },     { "p75", 0.75 },
	{ "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 }, { "p99.99", 0.9999 },
};

struct subject {
	const struct bench_series *series;
	struct bench_helper helper;
	const char *failed;
	long chunk; /* calls, fewer if they are slow */
	unsigned int num;
	double *ns;
};

void bench_op_latency(const struct bench_request *request, bench_loop_fn *loop,
		      struct bench_reply *reply)
{
	unsigned char *buf = bench_buffer(request->len);

	for (long i = 0; buf && i < request->count; i++) {
		uint64_t start = bench_ticks();
		long long got = loop(buf, request->len, 1);
		uint64_t end = bench_ticks();

		if (got != (long long)request->len) {
			snprintf(reply->failed, sizeof(reply->failed), "a call failed");
			break;
		}
		reply->values[reply->num_values++] = (int64_t)(end - start);
	}
	free(buf);
}

static long long loop_nothing(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP((long long)len);
}

/* Ticks of the clock's own readings: the median of many. */
static double timer_ticks(void)
{
	static struct bench_reply reply;
	static double ticks[CHUNK];
	struct bench_request request = { BENCH_OP_LATENCY, 1, 32, CHUNK };

	/* The first round warms up. */
	for (int i = 0; i < 2; i++) {
		reply.num_values = 0;
		bench_op_latency(&request, loop_nothing, &reply);
	}
	for (unsigned int i = 0; i < reply.num_values; i++)
		ticks[i] = (double)reply.values[i];
	return bench_median(ticks, reply.num_values);
}

static double ticks_per_ns(void)
{
	int64_t start_ns = bench_now_ns(), end_ns = start_ns;
	uint64_t start = bench_ticks();

	while (end_ns - start_ns < 20000000)
		end_ns = bench_now_ns();
	return (double)(bench_ticks() - start) / (double)(end_ns - start_ns);
}

static void take(struct subject *subject, size_t len, double rate, double timer)
{
	static struct bench_reply reply;
	struct bench_request request = { BENCH_OP_LATENCY, 1, len, subject->chunk };

	if (!subject->failed)
		subject->failed = bench_helper_ask(&subject->helper, &request, &reply);
	if (subject->failed)
		return;
	for (unsigned int i = 0; i < reply.num_values; i++) {
		double ns = ((double)reply.values[i] - timer) / rate;

		subject->ns[subject->num++] = ns > 0 ? ns : 0;
	}
}

/* How many calls of this source last no longer than a chunk should. */
static void set_chunk(struct subject *subject, size_t len, double rate, double timer)
{
	double ns;

	subject->num = 0;
	subject->chunk = 32;
	take(subject, len, rate, timer);
	if (subject->failed)
		return;
	ns = bench_median(subject->ns, subject->num);
	subject->num = 0;
	subject->chunk = CHUNK;
	if (ns * CHUNK > MAX_CHUNK_NS)
		subject->chunk = (long)(MAX_CHUNK_NS / ns) + 1;
}

static void add(struct bench_run *run, const struct subject *subject, size_t len, const char *name,
		double ns)
{
	const struct bench_figure figure = { subject->series, "latency", name, "ns", len, 1, ns };

	bench_add_figure(run, &figure);
}

static void summarize(struct bench_run *run, struct subject *subject, size_t len)
{
	if (subject->failed || subject->num == 0)
		return;
	bench_median(subject->ns, subject->num);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		if ((1 - percentiles[i].share) * subject->num >= MIN_ABOVE)
			add(run, subject, len, percentiles[i].name,
			    bench_quantile(subject->ns, subject->num, percentiles[i].share));
	add(run, subject, len, "max", subject->ns[subject->num - 1]);
}

static void measure_size(struct bench_run *run, struct subject *subjects, unsigned int num,
			 size_t len)
{
	unsigned int chunks = run->options->quick ? CHUNKS_FEW : CHUNKS;
	double rate = ticks_per_ns();
	double timer = timer_ticks();

	run->timer_ns = timer / rate;
	for (unsigned int i = 0; i < num; i++)
		set_chunk(&subjects[i], len, rate, timer);
	for (unsigned int chunk = 0; chunk < chunks; chunk++) {
		for (unsigned int i = 0; i < num; i++)
			take(&subjects[i], len, rate, timer);
		vgr_progress_step();
	}
	for (unsigned int i = 0; i < num; i++)
		summarize(run, &subjects[i], len);
}

int bench_measure_latency(struct bench_run *run)
{
	size_t num_sizes = sizeof(sizes) / sizeof(sizes[0]);
	struct subject *subjects = bench_alloc(run->num_series, sizeof(*subjects));
	unsigned int num = 0;

	for (unsigned int i = 0; i < run->num_series; i++) {
		if (run->series[i].missing)
			continue;
		subjects[num].series = &run->series[i];
		subjects[num].ns = bench_alloc((size_t)CHUNK * CHUNKS, sizeof(double));
		subjects[num].failed = bench_helper_start(&subjects[num].helper, &run->series[i]);
		num++;
	}
	vgr_progress_start(num_sizes * (run->options->quick ? CHUNKS_FEW : CHUNKS));
	for (size_t i = 0; i < num_sizes; i++)
		measure_size(run, subjects, num, sizes[i]);
	vgr_progress_clear();
	for (unsigned int i = 0; i < num; i++) {
		if (subjects[i].failed)
			bench_add_failure(run, subjects[i].series, "latency", subjects[i].failed);
		bench_helper_stop(&subjects[i].helper);
		free(subjects[i].ns);
	}
	free(subjects);
	return 0;
}
