// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process with states of a generator, which does what it is told: a line on stdin, an answer on
 * stdout. For check_seed_004.py, which looks at it from outside.
 *
 * draw:    the main thread draws; answers "drawn"
 * threads: 20 threads draw and stay; answers "drawn"
 * fork:    answers the child's process ID; the child obeys the same commands, through its own
 *          copies of stdin and stdout, while the parent waits for its end
 * drop:    drops all droppable memory (MADV_PAGEOUT); answers "dropped" or "kept"
 * end:     ends
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system.h"

#define THREADS 20

static pthread_barrier_t drawn;

static void say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

static void draw(void)
{
	unsigned char bytes[32];

	if (vgetrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
}

static void *draw_and_stay(void *unused)
{
	draw();
	pthread_barrier_wait(&drawn);
	for (;;)
		pause();
	return unused;
}

static void start_threads(void)
{
	pthread_t thread;

	pthread_barrier_init(&drawn, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, draw_and_stay, NULL) != 0)
			exit(1);
	pthread_barrier_wait(&drawn);
}

static void drop_all(void)
{
	struct ranges ranges;
	bool dropped = true;

	find_droppable(&ranges);
	for (unsigned int i = 0; i < ranges.num; i++)
		dropped = drop_pages(ranges.range[i].p, ranges.range[i].len) && dropped;
	say(dropped && ranges.num ? "dropped" : "kept");
}

static void fork_and_wait(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		printf("%d\n", getpid());
		fflush(stdout);
		return;
	}
	waitpid(pid, NULL, 0);
	say("back");
}

int main(void)
{
	char line[32];

	/* Nothing may be read ahead: the child reads on where its parent stopped. */
	setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "draw\n") == 0) {
			draw();
			say("drawn");
		} else if (strcmp(line, "threads\n") == 0) {
			start_threads();
			say("drawn");
		} else if (strcmp(line, "fork\n") == 0) {
			fork_and_wait();
		} else if (strcmp(line, "drop\n") == 0) {
			drop_all();
		} else {
			break;
		}
	}
	return 0;
}
