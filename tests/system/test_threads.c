// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Threads that come and go: their states are bounded in number, wiped when given back, and never
 * have two owners; whichever way the thread ends. A plain program, so that it
 * also runs where the test framework does not.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "outputs.h"
#include "spy.h"
#include "system.h"
#include "thread.h"

#define IN_TURN 2000
#define AT_ONCE 200

/* With the judge of the kernel's function. */
#define LEN_PER_STATE 1280

/* Four a thread: a state lost by each thread would be seen. */
#define LATE_DRAWS 1600

#define CHECK(condition, ...)                                            \
	do {                                                             \
		if (condition)                                           \
			break;                                           \
		printf("%s:%d: %s: ", __FILE__, __LINE__, current_test); \
		printf(__VA_ARGS__);                                     \
		printf("\n");                                            \
		exit(1);                                                 \
	} while (0)

static char current_test[128];
static unsigned char drawn[IN_TURN][16];

/* Draws, and owns the state until just before it ends. */
static void *draw_as_owner(void *buf)
{
	if (vgetrandom(buf, 16, 0) != 16)
		return "vgetrandom() failed";
	spy_claim(spy_state());
	sched_yield();
	spy_disclaim(spy_state());
	return NULL;
}

static pthread_t start_thread(void *(*function)(void *), void *arg)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, function, arg);

	CHECK(err == 0, "pthread_create: %s", strerror(err));
	return thread;
}

static void check_drawn(size_t num)
{
	struct outputs seen;

	outputs_init(&seen, num * 2);
	for (size_t i = 0; i < num; i++)
		CHECK(outputs_add(&seen, drawn[i], 16), "thread %zu: %s", i, seen.why);
	outputs_free(&seen);
	CHECK(spy_conflicts == 0, "expected one owner of each state, actual %u conflicts",
	      spy_conflicts);
}

static void threads_in_turn_share_a_few_states(void)
{
	struct droppable before = count_droppable(), after;

	for (int i = 0; i < IN_TURN; i++)
		pthread_join(start_thread(draw_as_owner, drawn[i]), NULL);
	after = count_droppable();
	check_drawn(IN_TURN);
	CHECK(after.len <= before.len + 64 * 1024 && after.num <= before.num + 2,
	      "expected a bounded number of states, actual %zu bytes in %zu mappings more",
	      after.len - before.len, after.num - before.num);
}

static pthread_barrier_t barrier;
static void *states[AT_ONCE];

static void *draw_and_wait(void *arg)
{
	size_t i = (size_t)arg;

	draw_as_owner(drawn[i]);
	states[i] = spy_state();
	spy_claim(states[i]);
	pthread_barrier_wait(&barrier);
	/* All have drawn. Once more, in the middle of everybody's batch. */
	if (vgetrandom(drawn[AT_ONCE + i], 16, 0) != 16)
		memset(drawn[AT_ONCE + i], 0, 16);
	pthread_barrier_wait(&barrier);
	spy_disclaim(states[i]);
	return NULL;
}

/* Nor do two of them share a cache line. */
static void threads_at_once_have_a_state_each(void)
{
	pthread_t threads[AT_ONCE];

	pthread_barrier_init(&barrier, NULL, AT_ONCE);
	for (size_t i = 0; i < AT_ONCE; i++)
		threads[i] = start_thread(draw_and_wait, (void *)i);
	for (size_t i = 0; i < AT_ONCE; i++)
		pthread_join(threads[i], NULL);
	check_drawn(2 * AT_ONCE);
	for (size_t i = 0; i < AT_ONCE; i++) {
		uintptr_t a = (uintptr_t)states[i];

		CHECK(a % 64 == 0, "state %zu at %lx begins inside a cache line", i, a);
		CHECK(a / 4096 == (a + spy_state_len() - 1) / 4096, "state %zu at %lx straddles", i,
		      a);
		for (size_t j = 0; j < i; j++) {
			uintptr_t b = (uintptr_t)states[j], distance = a > b ? a - b : b - a;

			CHECK(distance >= spy_state_len(), "states %zu and %zu: %lx and %lx", i, j,
			      a, b);
		}
	}
	/* All were given back: zero, unless somebody else has them already. */
	for (size_t i = 0; i < AT_ONCE; i++)
		if (states[i] != spy_draw())
			for (size_t b = 0; b < spy_state_len(); b++)
				CHECK(((unsigned char *)states[i])[b] == 0,
				      "byte %zu of a state that was given back is not zero", b);
}

static void *churn(void *buf)
{
	for (int i = 0; i < IN_TURN / 8; i++)
		pthread_join(start_thread(draw_as_owner, (unsigned char *)buf + (size_t)i * 16),
			     NULL);
	return NULL;
}

static void threads_come_and_go_at_once(void)
{
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		threads[i] = start_thread(churn, drawn[i * IN_TURN / 8]);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	check_drawn(IN_TURN);
}

/* A destructor of somebody else's that draws, in each of the rounds there may be. */
static pthread_key_t key;
static atomic_int late_draws;

static void draw_late(void *round)
{
	size_t n = (size_t)round;

	if (vgetrandom(drawn[n], 16, 0) == 16)
		atomic_fetch_add(&late_draws, 1);
	if (n % 4)
		pthread_setspecific(key, (void *)(n + 1));
}

static void *draw_then_late(void *first)
{
	char byte;

	pthread_setspecific(key, first);
	return vgetrandom(&byte, 1, 0) == 1 ? NULL : first;
}

static void destructors_of_others_may_draw(void)
{
	struct droppable before, after;

	CHECK(pthread_key_create(&key, draw_late) == 0, "pthread_key_create");
	atomic_store(&late_draws, 0);
	before = count_droppable();
	/* Four rounds of destructors, starting with 1, 5, ... */
	for (size_t i = 1; i < LATE_DRAWS; i += 4)
		pthread_join(start_thread(draw_then_late, (void *)i), NULL);
	after = count_droppable();
	CHECK(late_draws == LATE_DRAWS, "expected %d late draws, actual %d", LATE_DRAWS,
	      late_draws);
	memmove(drawn, drawn[1], LATE_DRAWS * sizeof(drawn[0]));
	check_drawn(LATE_DRAWS);
	CHECK(after.len <= before.len + 64 * 1024, "expected no state to be lost, %zu bytes more",
	      after.len - before.len);
	pthread_key_delete(key);
}

static void *draw_until_cancelled(void *buf)
{
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	for (;;) {
		if (vgetrandom(buf, 16, 0) != 16)
			return "failed";
		pthread_testcancel();
	}
}

static void cancelled_threads_give_their_state_back(void)
{
	struct droppable before = count_droppable(), after;

	for (int i = 0; i < AT_ONCE; i++) {
		pthread_t thread = start_thread(draw_until_cancelled, drawn[i]);
		void *result;

		if (i % 2)
			usleep(50);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		CHECK(result == PTHREAD_CANCELED, "expected a cancelled thread");
	}
	after = count_droppable();
	CHECK(after.len <= before.len + 64 * 1024, "expected no state to be lost, %zu bytes more",
	      after.len - before.len);
}

/*
 * The thread ends in a handler that interrupted a call. What that was using is nobody
 * else's, since the call could go on in a context that was kept.
 */
static atomic_uint num_in_use;

static void exit_in_handler(int signal)
{
	(void)signal;
	atomic_fetch_add(&num_in_use, vgr_get_in_use() != 0);
	pthread_exit(NULL);
}

static atomic_bool is_drawing;

static void *draw_until_killed(void *buf)
{
	for (;;) {
		if (vgetrandom(buf, 16, 0) != 16)
			return "failed";
		atomic_store(&is_drawing, true);
	}
}

static void threads_may_end_in_a_handler(void)
{
	struct sigaction action = { .sa_handler = exit_in_handler };
	struct droppable before = count_droppable(), after;
	int num = 400;

	num_in_use = 0;
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < num; i++) {
		pthread_t thread;

		atomic_store(&is_drawing, false);
		thread = start_thread(draw_until_killed, drawn[i]);
		while (!atomic_load(&is_drawing))
			sched_yield();
		pthread_kill(thread, SIGUSR1);
		pthread_join(thread, NULL);
		/* To the spy that call goes on; and it has not always written all its bytes. */
		spy_forget_claims();
		pthread_join(start_thread(draw_as_owner, drawn[i]), NULL);
	}
	after = count_droppable();
	check_drawn((size_t)num);
	CHECK(after.len <= before.len + 64 * 1024 + num_in_use * LEN_PER_STATE,
	      "expected at most %u states to be lost, %zu bytes more", num_in_use,
	      after.len - before.len);
}

static void run(const char *name, void (*test)(void), enum vgetrandom_provider provider)
{
	double begin = seconds_now();

	snprintf(current_test, sizeof(current_test), "%s (%s)", name,
		 vgetrandom_provider_name(provider));
	if (!use_provider(provider)) {
		printf("skipped  %s: not on this kernel\n", current_test);
		return;
	}
	spy_on(provider);
	spy_draw();
	spy_forget_claims();
	memset(drawn, 0, sizeof(drawn));
	test();
	printf("%6.2f s %s\n", seconds_now() - begin, current_test);
}

#define RUN(test, provider) run(#test, test, provider)

int main(void)
{
	static const enum vgetrandom_provider providers[] = { VGETRANDOM_PROVIDER_INPROCESS,
							      VGETRANDOM_PROVIDER_NATIVE };

	for (int i = 0; i < 2; i++) {
		RUN(threads_in_turn_share_a_few_states, providers[i]);
		RUN(threads_at_once_have_a_state_each, providers[i]);
		RUN(threads_come_and_go_at_once, providers[i]);
		RUN(destructors_of_others_may_draw, providers[i]);
		RUN(cancelled_threads_give_their_state_back, providers[i]);
		RUN(threads_may_end_in_a_handler, providers[i]);
	}
	return 0;
}
