// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Threads that wait between two barriers. See idle.h.
 */
#define _GNU_SOURCE
#include "idle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STACK_LEN   (128UL << 10)
#define TOUCHED_LEN (32UL << 10)
#define BUF_LEN     1024

struct bench_idle {
	pthread_barrier_t begin, end;
	bench_loop_fn *loop;
	size_t len;
	unsigned int num_failed;
};

static void touch_stack(void)
{
	volatile char below[TOUCHED_LEN];

	for (size_t i = 0; i < sizeof(below); i += 1024)
		below[i] = 1;
}

static void *thread_main(void *arg)
{
	struct bench_idle *idle = arg;
	unsigned char buf[BUF_LEN];

	touch_stack();
	pthread_barrier_wait(&idle->end);
	for (;;) {
		pthread_barrier_wait(&idle->begin);
		if (idle->loop(buf, idle->len, 1) != (long long)idle->len)
			__atomic_fetch_add(&idle->num_failed, 1, __ATOMIC_RELAXED);
		pthread_barrier_wait(&idle->end);
	}
	return NULL;
}

struct bench_idle *bench_idle_start(unsigned int num)
{
	struct bench_idle *idle = bench_alloc(1, sizeof(*idle));
	pthread_attr_t attr;

	pthread_barrier_init(&idle->begin, NULL, num + 1);
	pthread_barrier_init(&idle->end, NULL, num + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_LEN);
	for (unsigned int i = 0; i < num; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &attr, thread_main, idle) != 0)
			return NULL;
	}
	pthread_barrier_wait(&idle->end);
	return idle;
}

bool bench_idle_call(struct bench_idle *idle, bench_loop_fn *loop, size_t len)
{
	idle->loop = loop;
	idle->len = len < BUF_LEN ? len : BUF_LEN;
	pthread_barrier_wait(&idle->begin);
	pthread_barrier_wait(&idle->end);
	return idle->num_failed == 0;
}
