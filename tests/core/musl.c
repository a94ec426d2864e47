// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program of musl whose getrandom(), getentropy() and arc4random() are the core's: threads,
 * signals and forks draw, no output comes twice, and in the end sandboxes allow no system call,
 * and none but getrandom, which a reseed takes.
 *
 * usage: musl [PROVIDER]   exit status 0, or 1 with a line that says why; without an argument it
 * only says whether the provider is native
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/core.h>

#include "only-draws.h"

#define THREADS  8
#define LIVES    50 /* threads, one after another, in each of those */
#define DRAWS    50 /* by each thread */
#define FORKS    200
#define IN_FORK  4
#define ALARMS   200
#define SANDBOX  100000
#define ATTEMPTS 5
#define NUM_SEEN (THREADS * LIVES * DRAWS + FORKS * (2 * IN_FORK + 4) + 1000000)

uint32_t arc4random(void);
void arc4random_buf(void *buf, size_t len);
uint32_t arc4random_uniform(uint32_t upper_bound);

static uint64_t seen[NUM_SEEN];
static unsigned int num_seen;

static void expect(int holds, const char *what)
{
	if (holds)
		return;
	printf("expected %s\n", what);
	exit(1);
}

static void keep(uint64_t number)
{
	unsigned int i = __atomic_fetch_add(&num_seen, 1, __ATOMIC_RELAXED);

	if (i < NUM_SEEN)
		seen[i] = number;
}

static uint64_t draw(void)
{
	uint64_t number = 0;

	expect(getrandom(&number, sizeof(number), 0) == sizeof(number), "eight bytes");
	return number;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void expect_unique(void)
{
	expect(num_seen < NUM_SEEN, "fewer outputs");
	qsort(seen, num_seen, sizeof(*seen), compare);
	for (unsigned int i = 0; i < num_seen; i++)
		expect(seen[i] && (i == 0 || seen[i] != seen[i - 1]),
		       "no output twice, and none that is zero");
}

static void *live(void *unused)
{
	for (unsigned int i = 0; i < DRAWS; i++)
		keep(draw());
	return unused;
}

static void *start_lives(void *unused)
{
	pthread_t thread;

	for (unsigned int i = 0; i < LIVES; i++) {
		expect(pthread_create(&thread, NULL, live, NULL) == 0, "a thread");
		pthread_join(thread, NULL);
	}
	return unused;
}

static void fork_and_draw(void)
{
	uint64_t numbers[IN_FORK];
	int ends[2], status;
	pid_t pid;

	expect(pipe(ends) == 0, "a pipe");
	pid = fork();
	expect(pid >= 0, "a child");
	for (unsigned int i = 0; i < IN_FORK; i++)
		numbers[i] = draw();
	if (pid == 0)
		_exit(write(ends[1], numbers, sizeof(numbers)) != sizeof(numbers));
	for (unsigned int i = 0; i < IN_FORK; i++)
		keep(numbers[i]);
	expect(waitpid(pid, &status, 0) == pid && status == 0, "a child that ends well");
	expect(read(ends[0], numbers, sizeof(numbers)) == sizeof(numbers), "the child's numbers");
	for (unsigned int i = 0; i < IN_FORK; i++)
		keep(numbers[i]);
	close(ends[0]);
	close(ends[1]);
}

static void threads_and_forks(void)
{
	pthread_t threads[THREADS];

	for (unsigned int i = 0; i < THREADS; i++)
		expect(pthread_create(&threads[i], NULL, start_lives, NULL) == 0, "a thread");
	for (unsigned int i = 0; i < FORKS; i++)
		fork_and_draw();
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static volatile sig_atomic_t num_alarms;

static void on_alarm(int unused)
{
	(void)unused;
	for (unsigned int i = 0; i < 4; i++)
		keep(draw());
	num_alarms++;
}

static void signals(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	/* Not all are kept: an alarm may take long to come. */
	for (unsigned int i = 0; num_alarms < ALARMS; i++) {
		uint64_t number = draw();

		if (i < 500000)
			keep(number);
	}
	setitimer(ITIMER_REAL, &never, NULL);
}

static void other_functions(void)
{
	uint64_t numbers[3] = { 0 };
	unsigned char big[257];

	expect(getentropy(big, sizeof(big)) == -1, "getentropy() to refuse 257 bytes");
	expect(getentropy(numbers, sizeof(numbers)) == 0, "getentropy() to work");
	for (unsigned int i = 0; i < 3; i++)
		keep(numbers[i]);
	arc4random_buf(numbers, sizeof(numbers[0]));
	keep(numbers[0]);
	keep((uint64_t)arc4random() << 32 | arc4random());
	expect(arc4random_uniform(10) < 10, "a number below 10");
}

/*
 * In a child, which seccomp's strict mode kills for any call but read, write and _exit; for that of
 * a reseed, too, which is seldom: one of a few children gets through.
 */
static int draws_without_call(void)
{
	int status;
	pid_t pid = fork();

	expect(pid >= 0, "a child");
	if (pid == 0) {
		/* Its first one takes a key. */
		draw();
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
			_exit(0); /* in_sandbox() tells */
		for (unsigned int i = 0; i < SANDBOX / 10; i++)
			draw();
		syscall(SYS_exit, 0);
	}
	expect(waitpid(pid, &status, 0) == pid, "a child that ends");
	expect(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL),
	       "a child that draws, or is killed for a call");
	return status == 0;
}

/* The provider syscall would die of it. */
static void check_without_call(const char *provider)
{
	unsigned int num = 0;

	if (strcmp(provider, "syscall") == 0)
		return;
	while (num < ATTEMPTS && !draws_without_call())
		num++;
	expect(num < ATTEMPTS, "draws without a system call");
}

static void in_sandbox(void)
{
	static const char done[] = "and no system call but getrandom in 100000 draws\n";

	fflush(stdout);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &only_draws_program) != 0)
		exit(77);
	for (unsigned int i = 0; i < SANDBOX; i++)
		if (draw() == 0)
			syscall(SYS_exit, 1);
	syscall(SYS_write, STDOUT_FILENO, done, sizeof(done) - 1);
	syscall(SYS_exit, 0);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "auto", "module", "native", "inprocess", "syscall" };
	struct vgetrandom_stats stats;
	const char *provider = names[vgetrandom_core_get_provider()];

	if (argc < 2) {
		printf("%s\n", strcmp(provider, "native") ? "not native" : "native");
		return 0;
	}
	expect(strcmp(provider, argv[1]) == 0, "the provider that was asked for");
	keep(draw());
	other_functions();
	threads_and_forks();
	signals();
	expect_unique();
	vgetrandom_core_stats(&stats);
	expect(stats.calls > THREADS * LIVES * DRAWS, "the draws to be the core's");
	expect(stats.fallback_no_state == 0, "a state for each thread");
	printf("%s: %u outputs, none twice; %llu calls, %llu of them interrupted another one\n",
	       provider, num_seen, (unsigned long long)stats.calls,
	       (unsigned long long)stats.fallback_busy);
	expect(vgetrandom_core_prepare(0) == 0, "to be prepared");
	check_without_call(provider);
	in_sandbox();
	return 0;
}
