// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Forks of a process whose threads draw, start and end at that moment, and forks in
 * signal handlers. In the child every thread has a state that nobody else has.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "child.h"
#include "outputs.h"
#include "providers.h"
#include "spy.h"

#define DRAWERS         8
#define FORKS           60
#define CHILD_THREADS   70
#define OUTPUTS_A_CHILD (CHILD_THREADS + 1)

struct child_outputs {
	bool done;
	unsigned char drawn[OUTPUTS_A_CHILD][16];
};

static atomic_bool stop;
static struct child_outputs *children;
static pthread_barrier_t barrier;

static void *draw_on_and_on(void *unused)
{
	unsigned char buf[40];

	(void)unused;
	while (!atomic_load(&stop))
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
			_exit(1);
	return NULL;
}

static void *draw_once(void *unused)
{
	spy_draw();
	return unused;
}

/* Threads that start, draw and end all the time. */
static void *churn(void *unused)
{
	while (!atomic_load(&stop)) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, draw_once, NULL) == 0)
			pthread_join(thread, NULL);
	}
	return unused;
}

/* A thread of the child; all of them are alive at once. */
static void *draw_in_child(void *drawn)
{
	ssize_t ret = vgetrandom(drawn, 16, 0);

	if (ret == 16)
		spy_claim(spy_state());
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* No pthread_join(): that would wait for threads of the parent if something is wrong. */
static void run_child(struct child_outputs *out)
{
	pthread_t threads[CHILD_THREADS];

	alarm(VGT_CHILD_SECONDS);
	spy_forget_claims();
	spy_conflicts = 0;
	pthread_barrier_init(&barrier, NULL, CHILD_THREADS + 1);
	spy_claim(spy_draw());
	for (int i = 0; i < CHILD_THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_in_child, out->drawn[i]) != 0)
			_exit(1);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < CHILD_THREADS; i++)
		pthread_join(threads[i], NULL);
	if (vgetrandom(out->drawn[CHILD_THREADS], 16, 0) != 16)
		_exit(1);
	out->done = true;
	_exit(spy_conflicts ? 2 : 0);
}

static void check_children(int num)
{
	struct outputs seen;

	outputs_init(&seen, (size_t)num * OUTPUTS_A_CHILD * 2);
	for (int i = 0; i < num; i++) {
		cr_assert(children[i].done, "child %d of %d did not end", i, num);
		for (int j = 0; j < OUTPUTS_A_CHILD; j++)
			cr_assert(outputs_add(&seen, children[i].drawn[j], 16),
				  "child %d, thread %d: %s", i, j, seen.why);
	}
	outputs_free(&seen);
}

static void *fork_on_and_on(void *unused)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = i % 2 ? fork() : (pid_t)raw_fork();

		/*
		 * Without the C library's own handlers its threads may not work, and
		 * AddressSanitizer's locks may be held: then only draw.
		 */
		if (pid == 0 && i % 2 && !HAS_ADDRESS_SANITIZER)
			run_child(&children[i]);
		if (pid == 0) {
			for (int j = 0; j < OUTPUTS_A_CHILD; j++)
				if (vgetrandom(children[i].drawn[j], 16, 0) != 16)
					_exit(1);
			children[i].done = true;
			_exit(0);
		}
		if (!ended_well(pid))
			break;
	}
	return unused;
}

static void fork_from(bool second_thread)
{
	pthread_t threads[DRAWERS + 1], forker;

	children = vgt_shared(FORKS * sizeof(*children));
	spy_on(vgetrandom_get_provider());
	spy_draw();
	for (int i = 0; i <= DRAWERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, i < DRAWERS ? draw_on_and_on : churn,
					    NULL),
			     0);
	if (second_thread) {
		cr_assert_eq(pthread_create(&forker, NULL, fork_on_and_on, NULL), 0);
		pthread_join(forker, NULL);
	} else {
		fork_on_and_on(NULL);
	}
	atomic_store(&stop, true);
	for (int i = 0; i <= DRAWERS; i++)
		pthread_join(threads[i], NULL);
	check_children(FORKS);
	cr_assert_eq(spy_conflicts, 0, "expected no state in use twice, actual %u", spy_conflicts);
}

TEST_EACH_PROVIDER(fork_threads, fork_from_main_while_threads_start_and_end)
{
	fork_from(false);
}

TEST_EACH_PROVIDER(fork_threads, fork_from_another_thread)
{
	fork_from(true);
}

/* Thread churn in a child of a child of a child needs no more memory than the first. */
static int churn_in_generations(int depth)
{
	size_t before, after;
	long pid;

	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, draw_once, NULL) != 0)
			return 1;
		pthread_join(thread, NULL);
	}
	before = count_droppable().len;
	for (int i = 0; i < 200; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, draw_once, NULL) != 0)
			return 1;
		pthread_join(thread, NULL);
	}
	after = count_droppable().len;
	if (after != before)
		return 2;
	if (depth == 0)
		return after > 600 * 1024 ? 3 : 0;
	pid = fork();
	if (pid == 0)
		_exit(churn_in_generations(depth - 1));
	return ended_well(pid) ? 0 : 4;
}

TEST_EACH_PROVIDER(fork_threads, churn_in_generations_of_children_is_bounded)
{
	long pid = fork();

	need_droppable();
	if (pid == 0) {
		spy_on(vgetrandom_get_provider());
		spy_draw();
		_exit(churn_in_generations(30));
	}
	cr_assert(ended_well(pid));
}

/* A handler that interrupts calls and forks; the child returns into the call. */
static volatile int handler_forks;
static volatile bool is_child;
static int child_index;

static void fork_in_handler(int signal)
{
	long pid;

	(void)signal;
	if (is_child || handler_forks == FORKS)
		return;
	pid = handler_forks % 2 ? (long)fork() : raw_fork();
	if (pid == 0) {
		is_child = true;
		child_index = handler_forks;
		/* Half of the children draw on top of the call. */
		if (child_index % 4 < 2 &&
		    vgetrandom(children[child_index].drawn[OUTPUTS_A_CHILD - 1], 16, 0) != 16)
			_exit(1);
	} else if (!ended_well(pid)) {
		_exit(1);
	} else {
		handler_forks++;
	}
}

static void finish_child(void)
{
	struct child_outputs *out = &children[child_index];
	int num = child_index % 4 < 2 ? OUTPUTS_A_CHILD - 1 : OUTPUTS_A_CHILD;

	/* What the call under way gave may be the parent's: it was final before the fork. */
	for (int i = 0; i < num; i++)
		if (vgetrandom(out->drawn[i], 16, 0) != 16)
			_exit(1);
	out->done = true;
	_exit(0);
}

TEST_EACH_PROVIDER(fork_threads, fork_in_a_handler_that_interrupted_a_call)
{
	struct sigaction action = { .sa_handler = fork_in_handler };
	struct itimerval timer = { { 0, 700 }, { 0, 700 } };
	unsigned char buf[48];
	struct outputs seen;

	children = vgt_shared(FORKS * sizeof(*children));
	outputs_init(&seen, 1 << 21);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (handler_forks < FORKS && seen.num < (1 << 21) - 64) {
		for (int i = 0; i < 1000 && handler_forks < FORKS; i++) {
			cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), (ssize_t)sizeof(buf));
			if (is_child)
				finish_child();
		}
		cr_assert(outputs_add(&seen, buf, sizeof(buf)), "%s", seen.why);
	}
	timer = (struct itimerval){ 0 };
	setitimer(ITIMER_REAL, &timer, NULL);
	cr_assert_eq(handler_forks, FORKS);
	check_children(FORKS);
}
