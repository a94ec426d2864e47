// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Ten thousand threads alive at once: each has a state of its own, and the memory for it is
 * counted. A plain program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "outputs.h"
#include "spy.h"
#include "system.h"
#include "thread.h"

#define SKIPPED 77
#define THREADS (HAS_ADDRESS_SANITIZER ? 1000 : 10000)

/* Bytes of states and of what belongs to them, a thread: README.md's table. */
#define LEN_MAX 1536

static pthread_t threads[THREADS];
static unsigned char drawn[THREADS][2][16];
static atomic_uint num_drawn, num_failed;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Draws, waits until all have, draws again in the middle of everybody's batch. */
static void *draw_and_wait(void *arg)
{
	unsigned char(*bufs)[16] = arg;

	for (int i = 0; i < 2; i++) {
		if (vgetrandom(bufs[i], 16, 0) != 16)
			atomic_fetch_add(&num_failed, 1);
		atomic_fetch_add(&num_drawn, 1);
		if (i == 0) {
			pthread_mutex_lock(&gate);
			pthread_mutex_unlock(&gate);
		}
	}
	return NULL;
}

static void fail(const char *what, unsigned long actual)
{
	printf("%s, actual %lu\n", what, actual);
	exit(1);
}

static int start_threads(void)
{
	pthread_attr_t attr;
	int err = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, HAS_ADDRESS_SANITIZER ? 1 << 18 : 1 << 16);
	pthread_attr_setguardsize(&attr, 0);
	for (int i = 0; i < THREADS && err == 0; i++)
		err = pthread_create(&threads[i], &attr, draw_and_wait, drawn[i]);
	return err;
}

/* Of the process, in bytes: droppable, and the bookkeeping that is wiped on fork. */
static size_t count_bytes(const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	size_t len = 0, sum = 0;
	char line[512];

	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "Size: %zu kB", &len) == 1)
			continue;
		if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, flag))
			sum += len * 1024;
	}
	fclose(smaps);
	return sum;
}

static void check_outputs(void)
{
	static struct outputs seen;

	outputs_init(&seen, THREADS * 4);
	for (int i = 0; i < THREADS; i++) {
		if (!outputs_add(&seen, drawn[i], sizeof(drawn[i]))) {
			printf("thread %d: %s\n", i, seen.why);
			exit(1);
		}
	}
	outputs_free(&seen);
}

static void run(enum vgetrandom_provider provider)
{
	size_t before, len;
	double begin = seconds_now();
	uint64_t without_state;

	if (!use_provider(provider)) {
		printf("skipped %s: not on this kernel\n", vgetrandom_provider_name(provider));
		return;
	}
	atomic_store(&num_drawn, 0);
	without_state = stats_now().fallback_no_state;
	before = count_bytes(" wf ");
	pthread_mutex_lock(&gate);
	if (start_threads() != 0) {
		printf("skipped: this machine does not allow %d threads\n", THREADS);
		exit(SKIPPED);
	}
	while (atomic_load(&num_drawn) < THREADS)
		usleep(1000);
	len = count_bytes(" wf ") - before;
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	check_outputs();
	if (num_failed || stats_now().fallback_no_state != without_state)
		fail("expected a state for each thread; calls without one",
		     stats_now().fallback_no_state - without_state);
	printf("%s: %d threads at once, %zu bytes of states and their bookkeeping a thread, %zu "
	       "bytes of thread-local storage; %.2f s\n",
	       vgetrandom_provider_name(provider), THREADS, len / THREADS,
	       sizeof(struct vgr_thread), seconds_now() - begin);
	if (len / THREADS > LEN_MAX)
		fail("expected at most 1.5 KiB a thread", len / THREADS);
	/* All states came back: the next ones need no memory. */
	len = count_bytes(" wf ");
	if (start_threads() != 0)
		exit(SKIPPED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (count_bytes(" wf ") != len)
		fail("expected no more memory for as many threads again; bytes",
		     count_bytes(" wf ") - len);
}

int main(void)
{
	run(VGETRANDOM_PROVIDER_INPROCESS);
	run(VGETRANDOM_PROVIDER_NATIVE);
	return 0;
}
