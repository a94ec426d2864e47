// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The threads that run a slice together. The first one is the caller; the others are made
 * once and wait for work between two barriers, so that no slice pays for making them.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct member {
	struct bench_team *team;
	unsigned char *buf;
	pthread_t thread;
	int64_t start_ns, end_ns;
	long long sum;
};

struct bench_team {
	struct member members[BENCH_MAX_THREADS];
	unsigned int num_threads;
	pthread_barrier_t begin, end;

	/* The work, set between the barriers; no loop: go home. */
	bench_loop_fn *loop;
	size_t len;
	long calls;

	/* How many have begun. */
	unsigned int num_begun;
};

int64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * A barrier wakes its threads one after the other, which takes longer than some slices: who is
 * awake waits for the last. It lets others run, for that one may need this CPU.
 */
static void begin_together(struct bench_team *team)
{
	__atomic_fetch_add(&team->num_begun, 1, __ATOMIC_ACQ_REL);
	for (unsigned int spins = 1;
	     __atomic_load_n(&team->num_begun, __ATOMIC_ACQUIRE) < team->num_threads; spins++)
		if (spins % 1024 == 0)
			sched_yield();
}

static void work(struct member *member)
{
	struct bench_team *team = member->team;

	begin_together(team);
	member->start_ns = bench_now_ns();
	member->sum = team->loop(member->buf, team->len, team->calls);
	member->end_ns = bench_now_ns();
}

static void *member_main(void *arg)
{
	struct member *member = arg;
	struct bench_team *team = member->team;

	bench_pin_thread((unsigned int)(member - team->members));
	for (;;) {
		pthread_barrier_wait(&team->begin);
		if (!team->loop)
			return NULL;
		work(member);
		pthread_barrier_wait(&team->end);
	}
}

struct bench_team *bench_team_start(unsigned int num_threads, size_t max_len)
{
	struct bench_team *team = bench_alloc(1, sizeof(*team));

	bench_pin_prepare();
	pthread_barrier_init(&team->begin, NULL, num_threads);
	pthread_barrier_init(&team->end, NULL, num_threads);
	for (unsigned int i = 0; i < num_threads; i++) {
		struct member *member = &team->members[i];

		member->team = team;
		member->buf = bench_buffer(max_len);
		/* Without its threads the barriers would wait for ever. */
		if (!member->buf ||
		    (i && pthread_create(&member->thread, NULL, member_main, member) != 0)) {
			bench_error("not enough memory for %u threads", num_threads);
			exit(BENCH_EXIT_FAILED);
		}
	}
	team->num_threads = num_threads;
	return team;
}

void bench_team_stop(struct bench_team *team)
{
	team->loop = NULL;
	pthread_barrier_wait(&team->begin);
	for (unsigned int i = 0; i < team->num_threads; i++) {
		if (i)
			pthread_join(team->members[i].thread, NULL);
		free(team->members[i].buf);
	}
	pthread_barrier_destroy(&team->begin);
	pthread_barrier_destroy(&team->end);
	free(team);
}

int64_t bench_team_run(struct bench_team *team, bench_loop_fn *loop, size_t len, long calls,
		       long long *sum)
{
	int64_t start_ns = INT64_MAX, end_ns = 0;

	team->loop = loop;
	team->len = len;
	team->calls = calls;
	team->num_begun = 0;
	if (team->num_threads > 1)
		bench_pin_thread(0);
	pthread_barrier_wait(&team->begin);
	work(&team->members[0]);
	pthread_barrier_wait(&team->end);
	if (team->num_threads > 1 && !bench_pin_is_on())
		bench_pin_release();

	*sum = 0;
	for (unsigned int i = 0; i < team->num_threads; i++) {
		const struct member *member = &team->members[i];

		*sum += member->sum;
		if (member->start_ns < start_ns)
			start_ns = member->start_ns;
		if (member->end_ns > end_ns)
			end_ns = member->end_ns;
	}
	return end_ns - start_ns;
}
