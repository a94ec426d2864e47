// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A thousand processes are forked and end while threads draw: the child's states are zero, so it
 * takes a key of its own, and of all outputs of all processes none comes twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"
#include "outputs.h"

#define NUM_THREADS   3
#define NUM_STATES    8 /* of the forking thread, each on a page */
#define NUM_AT_A_TIME 6
#define OUTPUT_LEN    32
#define THREAD_WORDS  (1 << 18)

struct drawer {
	const struct memory *memory;
	unsigned char *state;
	struct outputs seen;
	bool is_wrong;
	pthread_t thread;
};

static atomic_bool is_over;

static void *draw(void *arg)
{
	struct drawer *drawer = arg;
	unsigned char buf[OUTPUT_LEN];

	while (!atomic_load(&is_over) && drawer->seen.num < THREAD_WORDS - 8) {
		memory_draw(drawer->memory, drawer->state, buf, sizeof(buf));
		if (!outputs_add(&drawer->seen, buf, sizeof(buf))) {
			drawer->is_wrong = true;
			break;
		}
		usleep(200);
	}
	return NULL;
}

/* Zero when it begins; and what it draws is for the parent to compare. */
static void be_child(const struct memory *memory, unsigned char *states, unsigned char *outputs)
{
	for (size_t i = 0; i < NUM_STATES; i++) {
		if (!pages_are_zero(states + i * PAGE_LEN, 1))
			_exit(1);
		if (memory->getrandom(outputs + i * OUTPUT_LEN, OUTPUT_LEN, 0,
				      states + i * PAGE_LEN, memory->state_len) != OUTPUT_LEN)
			_exit(2);
	}
	_exit(0);
}

static void wait_for_one(size_t *num_running)
{
	int status;

	if (wait(&status) < 0)
		job_fail("wait: %s", strerror(errno));
	--*num_running;
	job_check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		  "a child found its states zero and drew: status %#x", (unsigned int)status);
}

static void fork_all(const struct memory *memory, size_t num, unsigned char *states,
		     unsigned char *outputs, struct outputs *all)
{
	unsigned char buf[OUTPUT_LEN];
	size_t num_running = 0;

	for (size_t i = 0; i < num; i++) {
		for (size_t k = 0; k < NUM_STATES; k++) {
			memory_draw(memory, states + k * PAGE_LEN, buf, sizeof(buf));
			job_check(outputs_add(all, buf, sizeof(buf)), "the parent: %s", all->why);
		}
		if (num_running == NUM_AT_A_TIME)
			wait_for_one(&num_running);
		switch (fork()) {
		case -1:
			job_fail("fork: %s", strerror(errno));
		case 0:
			be_child(memory, states, outputs + i * NUM_STATES * OUTPUT_LEN);
		}
		num_running++;
	}
	while (num_running)
		wait_for_one(&num_running);
	for (size_t i = 0; i < num * NUM_STATES; i++)
		job_check(outputs_add(all, outputs + i * OUTPUT_LEN, OUTPUT_LEN), "child %zu: %s",
			  i / NUM_STATES, all->why);
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--memory", NULL },
		{ "--processes", "1000" },
		{ NULL, NULL },
	};
	static struct drawer drawers[NUM_THREADS];
	unsigned char *states, *outputs;
	size_t num, mapped_len;
	struct memory memory;
	struct outputs all;
	long before_kb, after_kb;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	if (!memory.getrandom)
		job_skip("there is no image here that could use states");
	num = job_number(&options[1]);
	outputs = vgt_shared(num * NUM_STATES * OUTPUT_LEN);
	outputs_init(&all, 2 * num * NUM_STATES * OUTPUT_LEN / 8 + NUM_THREADS * THREAD_WORDS);
	states = memory_map(&memory, NUM_STATES * PAGE_LEN, &mapped_len);
	before_kb = meminfo_kb("MemAvailable:");
	for (size_t i = 0; i < NUM_THREADS; i++) {
		drawers[i].memory = &memory;
		drawers[i].state = memory_map(&memory, PAGE_LEN, &mapped_len);
		outputs_init(&drawers[i].seen, THREAD_WORDS);
		if (pthread_create(&drawers[i].thread, NULL, draw, &drawers[i]) != 0)
			job_fail("pthread_create: %s", strerror(errno));
	}
	fork_all(&memory, num, states, outputs, &all);
	atomic_store(&is_over, true);
	for (size_t i = 0; i < NUM_THREADS; i++) {
		pthread_join(drawers[i].thread, NULL);
		job_check(!drawers[i].is_wrong, "thread %zu: %s", i, drawers[i].seen.why);
		job_check(outputs_merge(&all, &drawers[i].seen), "all together: %s", all.why);
		outputs_free(&drawers[i].seen);
	}
	outputs_free(&all);
	after_kb = meminfo_kb("MemAvailable:");
	job_note("%ld kB were available before, %ld after", before_kb, after_kb);
	job_finish("%zu processes, no output came twice", num);
}
