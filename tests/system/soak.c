// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Ten million outputs of eight processes with four threads each, that fork, and whose states are
 * dropped all the time: none is zero, none came twice. A plain program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PROCESSES   8
#define THREADS     4
#define OUTPUTS     10000000
#define CHUNK       250 /* outputs that a thread takes on at a time */
#define FORK_EVERY  30  /* chunks of a thread */
#define DROP_PAUSE  50  /* microseconds */
#define LOOK_EVERY  100 /* drops, for mappings that are new */
#define PROGRESS_MS 100

struct output {
	uint64_t low, high;
};

/* What all processes see. */
struct shared {
	atomic_size_t next, done;
	atomic_ulong forks, drops, wipes;
	atomic_bool failed;
	size_t total;
	struct output outputs[];
};

static struct shared *shared;
static atomic_bool ended;
static struct ranges states;

/* Fills what is left to be filled, a chunk at a time; at most @chunks. */
static void draw_chunks(unsigned long chunks)
{
	for (unsigned long i = 0; i < chunks; i++) {
		size_t first = atomic_fetch_add(&shared->next, CHUNK);

		for (size_t n = first; n < first + CHUNK && n < shared->total; n++)
			if (vgetrandom(&shared->outputs[n], sizeof(struct output), 0) !=
			    sizeof(struct output))
				atomic_store(&shared->failed, true);
		if (first >= shared->total)
			return;
		atomic_fetch_add(&shared->done,
				 shared->total - first < CHUNK ? shared->total - first : CHUNK);
	}
}

static void fork_and_draw(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* In the middle of the parent's batch, with the parent's threads going on. */
		draw_chunks(3);
		_exit(0);
	}
	if (pid > 0 && !ended_well(pid))
		atomic_store(&shared->failed, true);
	atomic_fetch_add(&shared->forks, 1);
}

static void *draw_thread(void *unused)
{
	while (atomic_load(&shared->next) < shared->total) {
		draw_chunks(FORK_EVERY);
		fork_and_draw();
	}
	return unused;
}

static void *drop_thread(void *unused)
{
	for (unsigned int round = 0; !atomic_load(&ended); round++) {
		if (round % LOOK_EVERY == 0)
			find_droppable(&states);
		for (unsigned int i = 0; i < states.num; i++)
			if (madvise(states.range[i].p, states.range[i].len, MADV_PAGEOUT) == 0)
				atomic_fetch_add(&shared->drops, 1);
		usleep(DROP_PAUSE);
	}
	return unused;
}

static void run_process(void)
{
	pthread_t threads[THREADS], dropper;

	if (pthread_create(&dropper, NULL, drop_thread, NULL) != 0)
		_exit(1);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_thread, NULL) != 0)
			_exit(1);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&ended, true);
	pthread_join(dropper, NULL);
	atomic_fetch_add(&shared->wipes, stats_now().wipes);
	_exit(0);
}

static void show_progress(const char *what, size_t done)
{
	int percent = (int)(100.0 * (double)done / (double)shared->total);

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s [%-50.*s] %3d%%", what, percent / 2,
		"##################################################", percent);
	if (percent == 100)
		fprintf(stderr, "\r%70s\r", "");
}

static void wait_for(const pid_t *pids)
{
	for (int left = PROCESSES; left > 0; usleep(PROGRESS_MS * 1000)) {
		for (int i = 0, status; i < PROCESSES; i++) {
			if (waitpid(pids[i], &status, WNOHANG) <= 0)
				continue;
			left--;
			if (status != 0)
				atomic_store(&shared->failed, true);
		}
		show_progress("drawing", atomic_load(&shared->done));
	}
}

static int compare(const void *a, const void *b)
{
	const struct output *x = a, *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->low < y->low ? -1 : x->low > y->low;
}

/* How many outputs are zero in one half, or have a double. */
static size_t count_wrong(struct output *outputs, size_t num)
{
	size_t wrong = 0;

	qsort(outputs, num, sizeof(*outputs), compare);
	for (size_t i = 0; i < num; i++)
		wrong += outputs[i].low == 0 || outputs[i].high == 0 ||
			 (i > 0 && compare(&outputs[i - 1], &outputs[i]) == 0);
	return wrong;
}

static size_t parse_outputs(int argc, char **argv)
{
	char *end;
	size_t num;

	if (argc == 1)
		return OUTPUTS;
	errno = 0;
	num = argc == 3 && strcmp(argv[1], "--outputs") == 0 ? strtoull(argv[2], &end, 10) : 0;
	if (num == 0 || errno || *end) {
		fprintf(stderr, "usage: soak [--outputs N]\nN: how many outputs, by default %d\n",
			OUTPUTS);
		exit(2);
	}
	return num;
}

int main(int argc, char **argv)
{
	size_t total = parse_outputs(argc, argv), wrong;
	double begin = seconds_now();
	pid_t pids[PROCESSES];

	shared = mmap(NULL, sizeof(*shared) + total * sizeof(struct output), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !use_provider(VGETRANDOM_PROVIDER_INPROCESS)) {
		perror("soak");
		return 1;
	}
	shared->total = total;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			run_process();
	}
	wait_for(pids);
	wrong = count_wrong(shared->outputs, total);
	printf("%zu outputs of 16 bytes by %d processes of %d threads, %lu forks, %lu page drops "
	       "(%lu wipes seen), %.1f s\n",
	       total, PROCESSES, THREADS, atomic_load(&shared->forks), atomic_load(&shared->drops),
	       atomic_load(&shared->wipes), seconds_now() - begin);
	if (atomic_load(&shared->failed))
		printf("a process or a call failed\n");
	printf("%zu outputs zero or repeated; expected 0\n", wrong);
	return wrong || atomic_load(&shared->failed);
}
