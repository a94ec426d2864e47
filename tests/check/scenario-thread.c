// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Threads: forks in between, and threads that come and go. A raw vDSO state belongs to one
 * thread, so for raw targets each thread would need its own; they are left out.
 */
#define _GNU_SOURCE
#include "scenarios.h"

#include <pthread.h>
#include <unistd.h>

#define DRAWING_THREADS 3
#define FORKS           30
#define DRAWS           16
#define CHURN_ROUNDS    60
#define CHURN_THREADS   8
#define DRAWS_MAX       (CHECK_OUTPUTS_MAX / 2 / DRAWING_THREADS)

static struct check_outputs *outputs;
static volatile bool is_over;

static bool has_a_state_per_thread(struct check_outputs *o)
{
	if (check_function.convention != CHECK_VDSO)
		return true;
	check_skip(o, "one state, and so one thread");
	return false;
}

static void *draw_until_over(void *unused)
{
	(void)unused;
	for (int i = 0; i < DRAWS_MAX && !is_over; i++)
		check_draw_outputs(outputs, 1);
	return NULL;
}

void check_scenario_threads_fork(const struct check_target *target, struct check_outputs *o)
{
	pthread_t threads[DRAWING_THREADS];

	(void)target;
	if (!has_a_state_per_thread(o))
		return;
	outputs = o;
	for (int i = 0; i < DRAWING_THREADS; i++)
		pthread_create(&threads[i], NULL, draw_until_over, NULL);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid;

		check_draw_outputs(o, 1);
		pid = fork();
		check_draw_outputs(o, DRAWS);
		if (pid == 0)
			_exit(0);
		check_wait_child(pid);
	}
	is_over = true;
	for (int i = 0; i < DRAWING_THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void *draw_a_few(void *unused)
{
	(void)unused;
	check_draw_outputs(outputs, DRAWS);
	return NULL;
}

void check_scenario_thread_churn(const struct check_target *target, struct check_outputs *o)
{
	pthread_t threads[CHURN_THREADS];

	(void)target;
	if (!has_a_state_per_thread(o))
		return;
	outputs = o;
	for (int round = 0; round < CHURN_ROUNDS; round++) {
		for (int i = 0; i < CHURN_THREADS; i++)
			pthread_create(&threads[i], NULL, draw_a_few, NULL);
		check_draw_outputs(o, 1);
		for (int i = 0; i < CHURN_THREADS; i++)
			pthread_join(threads[i], NULL);
	}
}
