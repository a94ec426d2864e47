// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The first call: in a process, where everything lazy happens, and in a thread, which needs a
 * state. Both with the second call beside them. Libraries are loaded and started before it.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "helper.h"

#define LEN       32
#define PROCESSES 21
#define THREADS   101

struct two_calls {
	bench_loop_fn *loop;
	int64_t first_ns, second_ns;
	bool failed;
};

static void make_two_calls(struct two_calls *calls)
{
	unsigned char buf[LEN];
	int64_t start = bench_now_ns(), middle;

	calls->failed = calls->loop(buf, LEN, 1) != LEN;
	middle = bench_now_ns();
	calls->failed |= calls->loop(buf, LEN, 1) != LEN;
	calls->second_ns = bench_now_ns() - middle;
	calls->first_ns = middle - start;
}

static void put(const struct two_calls *calls, struct bench_reply *reply)
{
	if (calls->failed)
		snprintf(reply->failed, sizeof(reply->failed), "a call failed");
	reply->values[reply->num_values++] = calls->first_ns;
	reply->values[reply->num_values++] = calls->second_ns;
}

void bench_op_first(const struct bench_request *request, bench_loop_fn *loop,
		    struct bench_reply *reply)
{
	struct two_calls calls = { .loop = loop };

	(void)request;
	/* The clock has a first call, too. */
	bench_now_ns();
	make_two_calls(&calls);
	put(&calls, reply);
}

static void *thread_main(void *arg)
{
	bench_now_ns();
	make_two_calls(arg);
	return NULL;
}

void bench_op_thread(const struct bench_request *request, bench_loop_fn *loop,
		     struct bench_reply *reply)
{
	for (long i = 0; i < request->count; i++) {
		struct two_calls calls = { .loop = loop };
		pthread_t thread;

		if (pthread_create(&thread, NULL, thread_main, &calls) != 0) {
			snprintf(reply->failed, sizeof(reply->failed), "there is no thread");
			return;
		}
		pthread_join(thread, NULL);
		put(&calls, reply);
	}
}

/* Of values first, second, first, second... */
static double median_of(const struct bench_reply *reply, unsigned int offset)
{
	static double values[BENCH_MAX_VALUES];
	unsigned int num = 0;

	for (unsigned int i = offset; i < reply->num_values; i += 2)
		values[num++] = (double)reply->values[i];
	return bench_median(values, num);
}

static void add(struct bench_run *run, const struct bench_series *series, const char *name,
		double ns)
{
	const struct bench_figure figure = { series, "first", name, "ns", LEN, 1, ns };

	bench_add_figure(run, &figure);
}

static const char *measure_process(const struct bench_series *series, struct bench_reply *all)
{
	static struct bench_reply reply;
	const struct bench_request request = { BENCH_OP_FIRST, 1, LEN, 1 };

	all->num_values = 0;
	for (int i = 0; i < PROCESSES; i++) {
		struct bench_helper helper;
		const char *failed = bench_helper_start(&helper, series);

		if (!failed)
			failed = bench_helper_ask(&helper, &request, &reply);
		bench_helper_stop(&helper);
		if (failed)
			return failed;
		all->values[all->num_values++] = reply.values[0];
		all->values[all->num_values++] = reply.values[1];
	}
	return NULL;
}

static const char *measure_thread(const struct bench_series *series, struct bench_reply *reply)
{
	const struct bench_request request = { BENCH_OP_THREAD, 1, LEN, THREADS };
	struct bench_helper helper;
	const char *failed = bench_helper_start(&helper, series);

	if (!failed)
		failed = bench_helper_ask(&helper, &request, reply);
	bench_helper_stop(&helper);
	return failed;
}

int bench_measure_first(struct bench_run *run)
{
	static struct bench_reply reply;

	for (unsigned int i = 0; i < run->num_series; i++) {
		const struct bench_series *series = &run->series[i];
		const char *failed;

		/* Who calls a raw function makes its state: there is no first call of its own. */
		if (series->missing || series->source->kind != BENCH_GENERAL)
			continue;
		failed = measure_process(series, &reply);
		if (!failed) {
			add(run, series, "process", median_of(&reply, 0));
			failed = measure_thread(series, &reply);
		}
		if (failed) {
			bench_add_failure(run, series, "first", failed);
			continue;
		}
		add(run, series, "thread", median_of(&reply, 0));
		add(run, series, "second", median_of(&reply, 1));
	}
	return 0;
}
