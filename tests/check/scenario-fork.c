// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* All ways to make a process out of one that has a generator. */
#define _GNU_SOURCE
#include "scenarios.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define ROUNDS 50
#define DRAWS  8

static long raw_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long libc_fork(void)
{
	return fork();
}

static void both_draw(struct check_outputs *o, long (*make)(void))
{
	for (int i = 0; i < ROUNDS; i++) {
		long pid;

		check_draw_outputs(o, 1);
		pid = make();
		check_draw_outputs(o, DRAWS);
		if (pid == 0)
			_exit(0);
		check_wait_child(pid);
	}
}

void check_scenario_fork(const struct check_target *target, struct check_outputs *o)
{
	(void)target;
	both_draw(o, libc_fork);
}

void check_scenario_raw_clone(const struct check_target *target, struct check_outputs *o)
{
	(void)target;
	both_draw(o, raw_clone);
}

void check_scenario_libc_fork(const struct check_target *target, struct check_outputs *o)
{
	pid_t (*function)(void) = (pid_t(*)(void))dlsym(RTLD_DEFAULT, "_Fork");

	(void)target;
	if (!function) {
		check_skip(o, "the C library has no _Fork");
		return;
	}
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid;

		check_draw_outputs(o, 1);
		pid = function();
		check_draw_outputs(o, DRAWS);
		if (pid == 0)
			_exit(0);
		check_wait_child(pid);
	}
}

/* Drawing in the child is more than POSIX allows, and what posix_spawn()-like code does. */
void check_scenario_vfork(const struct check_target *target, struct check_outputs *o)
{
	(void)target;
	for (volatile int i = 0; i < ROUNDS; i++) {
		pid_t pid;

		check_draw_outputs(o, 1);
		pid = vfork();
		if (pid == 0) {
			check_draw_outputs(o, DRAWS);
			_exit(0);
		}
		check_wait_child(pid);
		check_draw_outputs(o, DRAWS);
	}
}

void check_scenario_double_fork(const struct check_target *target, struct check_outputs *o)
{
	(void)target;
	check_draw_outputs(o, 1);
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pid = fork();
			check_draw_outputs(o, DRAWS);
			/* The middle one goes first. */
			if (pid == 0)
				check_draw_outputs(o, DRAWS);
			else
				check_wait_child(pid);
			_exit(0);
		}
		check_draw_outputs(o, DRAWS);
		check_wait_child(pid);
	}
}

static long clone_with_pid(pid_t wanted)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&wanted,
		.set_tid_size = 1,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

/*
 * The first process draws, has a child, draws again and ends. The child, which has not drawn,
 * has a child with the ID of the first.
 */
static void reuse(struct check_outputs *o)
{
	int gone[2];
	pid_t first;
	char byte;

	if (pipe(gone) != 0)
		return;
	first = fork();
	if (first == 0) {
		pid_t self = getpid();

		check_draw_outputs(o, 2);
		if (fork() == 0) {
			long pid;

			close(gone[1]);
			if (read(gone[0], &byte, 1) != 1)
				_exit(1);
			pid = clone_with_pid(self);
			if (pid < 0)
				check_skip(o, "a process ID cannot be chosen here");
			if (pid == 0)
				check_draw_outputs(o, DRAWS);
			else
				check_wait_child(pid);
			_exit(0);
		}
		check_draw_outputs(o, DRAWS);
		_exit(0);
	}
	check_wait_child(first);
	if (write(gone[1], "", 1) != 1)
		return;
	/* Whose parent has ended is ours now: this is the first process of the namespace. */
	check_wait_child(-1);
}

void check_scenario_pid_reuse(const struct check_target *target, struct check_outputs *o)
{
	pid_t pid;

	(void)target;
	if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
		check_skip(o, "no PID namespace can be made here");
		return;
	}
	pid = fork();
	if (pid == 0) {
		reuse(o);
		_exit(0);
	}
	check_wait_child(pid);
}

/* Without a fork() of the C library, and with the same process ID: 1, in two namespaces. */
void check_scenario_pid_namespace(const struct check_target *target, struct check_outputs *o)
{
	pid_t pid;

	(void)target;
	if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
		check_skip(o, "no PID namespace can be made here");
		return;
	}
	pid = fork();
	if (pid == 0) {
		long inner;

		check_draw_outputs(o, 1);
		inner = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
		if (inner < 0)
			check_skip(o, "no PID namespace can be made in another one here");
		check_draw_outputs(o, DRAWS);
		if (inner > 0)
			check_wait_child(inner);
		_exit(0);
	}
	check_wait_child(pid);
}

static struct check_outputs *handler_outputs;
static volatile sig_atomic_t num_forks, is_child;

/* In the child the interrupted call goes on; what it returns may be final already. */
static void fork_in_handler(int signal)
{
	int saved_errno = errno;
	long pid;

	(void)signal;
	if (is_child || num_forks >= ROUNDS)
		return;
	num_forks++;
	pid = raw_clone();
	check_draw_outputs(handler_outputs, 2);
	if (pid == 0)
		is_child = 1;
	else
		check_wait_child(pid);
	errno = saved_errno;
}

void check_scenario_handler_fork(const struct check_target *target, struct check_outputs *o)
{
	struct sigaction action = { .sa_handler = fork_in_handler, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	uint8_t buf[1024];

	(void)target;
	handler_outputs = o;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (num_forks < ROUNDS) {
		/* Not kept: a fork at its very end copies it. */
		check_target_draw(buf, sizeof(buf) < check_target_size_max() ? sizeof(buf) : 256);
		if (is_child) {
			check_draw_outputs(o, DRAWS);
			_exit(0);
		}
	}
	setitimer(ITIMER_REAL, &never, NULL);
	check_draw_outputs(o, DRAWS);
}
