// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A libc that is as its distribution has it, on the kernel's own vDSO function: getrandom() and
 * arc4random() draw without a system call, and neither forks nor threads give the same bytes twice.
 * Run with that libc's loader; --version says which one it must be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <gnu/libc-version.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "outputs.h"
#include "seccomp.h"

#define NUM_DRAWS    2000
#define NUM_CHILDREN 200
#define NUM_THREADS  8
#define OUTPUT_LEN   32

/* A kernel that reseeds meanwhile has a key fetched by a system call. Then another child tries. */
#define NUM_ATTEMPTS 50

static void draw(unsigned char *output)
{
	if (getrandom(output, OUTPUT_LEN, 0) != OUTPUT_LEN)
		_exit(1);
}

static void check_forks(struct outputs *all)
{
	unsigned char(*outputs)[OUTPUT_LEN] = vgt_shared(2 * NUM_CHILDREN * OUTPUT_LEN);
	int status;

	for (size_t i = 0; i < NUM_CHILDREN; i++) {
		pid_t pid = fork();

		if (pid < 0)
			job_fail("fork: %s", strerror(errno));
		draw(outputs[2 * i + (pid == 0)]);
		if (pid == 0)
			_exit(0);
		waitpid(pid, &status, 0);
		job_check(status == 0, "child %zu: status %#x", i, (unsigned int)status);
	}
	for (size_t i = 0; i < 2 * NUM_CHILDREN; i++)
		job_check(outputs_add(all, outputs[i], OUTPUT_LEN), "after a fork: %s", all->why);
}

static void *draw_many(void *arg)
{
	unsigned char(*outputs)[OUTPUT_LEN] = arg;

	for (size_t i = 0; i < NUM_DRAWS; i++)
		draw(outputs[i]);
	return NULL;
}

static void check_threads(struct outputs *all)
{
	unsigned char(*outputs)[OUTPUT_LEN] = calloc(NUM_THREADS * NUM_DRAWS, OUTPUT_LEN);
	pthread_t threads[NUM_THREADS];

	for (size_t i = 0; i < NUM_THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_many, outputs[i * NUM_DRAWS]) != 0)
			job_fail("pthread_create: %s", strerror(errno));
	for (size_t i = 0; i < NUM_THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < NUM_THREADS * NUM_DRAWS; i++)
		job_check(outputs_add(all, outputs[i], OUTPUT_LEN), "threads: %s", all->why);
	free(outputs);
}

/* In a child, which the first system call ends; with @makes_one it makes one. */
static void draw_behind_filter(void *makes_one)
{
	struct vgt_rule rule = { .nr = SYS_getrandom,
				 .arg = -1,
				 .action = SECCOMP_RET_KILL_PROCESS };
	unsigned char output[OUTPUT_LEN];

	draw(output);
	arc4random();
	vgt_seccomp_install(&rule, 1);
	if (makes_one)
		syscall(SYS_getrandom, output, sizeof(output), 0);
	for (size_t i = 0; i < NUM_DRAWS; i++) {
		draw(output);
		arc4random();
	}
}

static void check_syscalls(void)
{
	char why[VGT_CHILD_WHY_SIZE];

	job_check(!vgt_run_child(draw_behind_filter, &(char){ 0 }, why), "a system call ends it");
	for (int i = 0; i < NUM_ATTEMPTS; i++)
		if (vgt_run_child(draw_behind_filter, NULL, why))
			return;
	job_fail("%d draws of each never were without a system call: %s", NUM_DRAWS, why);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--version", NULL }, { NULL, NULL } };
	struct outputs all;

	job_start(argc, argv, options);
	if (strcmp(gnu_get_libc_version(), options[0].value) != 0)
		job_fail("this is glibc %s, not %s", gnu_get_libc_version(), options[0].value);
	outputs_init(&all, (NUM_THREADS * NUM_DRAWS + 2 * NUM_CHILDREN) * OUTPUT_LEN / 8);
	check_forks(&all);
	check_threads(&all);
	outputs_free(&all);
	check_syscalls();
	job_finish("glibc %s: 0 system calls in %d draws", gnu_get_libc_version(), 2 * NUM_DRAWS);
}
