// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a fork costs in a process whose threads have states, and what the first call of the child
 * costs, which must notice that it is one.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper.h"
#include "idle.h"

#define LEN     32
#define THREADS 64
#define FORKS   25
#define ROUNDS  7

/* One fork; the child leaves the time of its call in @shared. */
static bool fork_once(bench_loop_fn *loop, volatile int64_t *shared, int64_t *ns)
{
	int64_t start = bench_now_ns();
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		unsigned char buf[LEN];
		int64_t before = bench_now_ns();
		bool failed = loop(buf, LEN, 1) != LEN;

		*shared = bench_now_ns() - before;
		_exit(failed);
	}
	*ns = bench_now_ns() - start;
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

void bench_op_fork(const struct bench_request *request, bench_loop_fn *loop,
		   struct bench_reply *reply)
{
	struct bench_idle *idle = bench_idle_start(request->threads);
	volatile int64_t *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned char buf[LEN];

	if (!idle || shared == MAP_FAILED || !bench_idle_call(idle, loop, LEN) ||
	    loop(buf, LEN, 1) != LEN) {
		snprintf(reply->failed, sizeof(reply->failed), "its threads cannot be had");
		return;
	}
	for (long i = 0; i < request->count; i++) {
		if (!fork_once(loop, shared, &reply->values[2 * i])) {
			snprintf(reply->failed, sizeof(reply->failed),
				 "the child's first call ends it");
			return;
		}
		reply->values[2 * i + 1] = *shared;
		reply->num_values += 2;
	}
}

/* What several helpers of a series answered: a process may be lucky with its pages. */
struct subject {
	const struct bench_series *series;
	char failed[160];
	double fork_ns[ROUNDS * FORKS], child_ns[ROUNDS * FORKS];
	unsigned int num;
};

static void ask(struct subject *subject)
{
	static const struct bench_request request = { BENCH_OP_FORK, THREADS, LEN, FORKS };
	static struct bench_reply reply;
	struct bench_helper helper;
	const char *failed = bench_helper_start(&helper, subject->series);

	if (!failed)
		failed = bench_helper_ask(&helper, &request, &reply);
	bench_helper_stop(&helper);
	if (failed) {
		snprintf(subject->failed, sizeof(subject->failed), "%s", failed);
		return;
	}
	for (unsigned int i = 0; i + 1 < reply.num_values; i += 2) {
		subject->fork_ns[subject->num] = (double)reply.values[i];
		subject->child_ns[subject->num++] = (double)reply.values[i + 1];
	}
}

static void summarize(struct bench_run *run, struct subject *subject)
{
	struct bench_figure figure = { subject->series, "fork", "fork", "ns", LEN, THREADS, 0 };

	if (subject->failed[0]) {
		bench_add_failure(run, subject->series, "fork", subject->failed);
		return;
	}
	figure.value = bench_median(subject->fork_ns, subject->num);
	bench_add_figure(run, &figure);
	figure.name = "child's call";
	figure.value = bench_median(subject->child_ns, subject->num);
	bench_add_figure(run, &figure);
}

int bench_measure_fork(struct bench_run *run)
{
	struct subject *subjects = bench_alloc(run->num_series, sizeof(*subjects));
	unsigned int num = 0;

	/* Where nothing is kept, as for the system call, is what a fork costs alone. */
	for (unsigned int i = 0; i < run->num_series; i++)
		if (!run->series[i].missing && run->series[i].source->kind == BENCH_GENERAL)
			subjects[num++].series = &run->series[i];
	for (unsigned int i = 0; i < num; i++)
		if (subjects[i].series->source->never_forks)
			snprintf(subjects[i].failed, sizeof(subjects[i].failed), "%s",
				 subjects[i].series->source->never_forks);
	for (int round = 0; round < ROUNDS; round++)
		for (unsigned int i = 0; i < num; i++)
			if (!subjects[i].failed[0])
				ask(&subjects[i]);
	for (unsigned int i = 0; i < num; i++)
		summarize(run, &subjects[i]);
	free(subjects);
	return 0;
}
