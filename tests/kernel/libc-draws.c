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
#include <signal.h>
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

/* The kernel may reseed meanwhile: each such draw takes a key by a system call. */
#define SYSCALLS_MAX 4

static volatile unsigned int num_syscalls;

static void on_syscall(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	num_syscalls++;
}

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

/* From here on no call of getrandom(2) succeeds, so nothing may be drawn behind it. */
static void check_syscalls(void)
{
	struct sigaction action = { .sa_sigaction = on_syscall, .sa_flags = SA_SIGINFO };
	struct vgt_rule rule = { .nr = SYS_getrandom, .arg = -1, .action = SECCOMP_RET_TRAP };
	unsigned char output[OUTPUT_LEN];

	draw(output);
	arc4random();
	sigaction(SIGSYS, &action, NULL);
	vgt_seccomp_install(&rule, 1);
	syscall(SYS_getrandom, output, sizeof(output), 0);
	job_check(num_syscalls == 1, "a system call is counted: %u", num_syscalls);
	num_syscalls = 0;
	for (size_t i = 0; i < NUM_DRAWS; i++) {
		(void)!getrandom(output, sizeof(output), 0);
		arc4random();
	}
	job_check(num_syscalls <= SYSCALLS_MAX, "%d draws of each: %u system calls", NUM_DRAWS,
		  num_syscalls);
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
	job_finish("glibc %s: %u system calls in %d draws", gnu_get_libc_version(), num_syscalls,
		   2 * NUM_DRAWS);
}
