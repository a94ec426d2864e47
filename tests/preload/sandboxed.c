// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * sandboxed KIND: a program that locks itself in after its start, and then draws. It knows
 * nothing of the shim, and must not die of it.
 *
 * calls:   it may read, write, end, and getrandom; everything else kills it
 * threads: the same, for 32 threads whose first draw comes after that
 * memory:  as threads, but only what maps memory or changes a mapping kills it
 * forked:  the same, in a child of a fork
 * refused: getrandom(2), too, fails, with EPERM: bytes or that error, never anything else
 * unused:  getrandom(2), too, kills it, so it does not draw
 *
 * Prints "done".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRAWS   10000
#define THREADS 32

static pthread_barrier_t started, locked, ended;

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

static void install(struct sock_filter *insns, unsigned short num)
{
	struct sock_fprog program = { .filter = insns, .len = num };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) !=
		    0) {
		say("skipped: no seccomp filters here\n");
		_exit(77);
	}
}

/* The system calls @listed are answered with @answer, getrandom(2) with another, all others so. */
static void lock_in(const unsigned int *listed, size_t num, unsigned int answer,
		    unsigned int for_getrandom, unsigned int for_others)
{
	struct sock_filter insns[32];
	unsigned short n = 0;

	insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < num; i++) {
		insns[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, listed[i], 0, 1);
		insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
	}
	insns[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1);
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, for_getrandom);
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, for_others);
	install(insns, n);
}

static void lock_down(unsigned int for_getrandom)
{
	static const unsigned int allowed[] = { SYS_read,       SYS_write, SYS_exit,
						SYS_exit_group, SYS_futex, SYS_rt_sigreturn };

	lock_in(allowed, sizeof(allowed) / sizeof(allowed[0]), SECCOMP_RET_ALLOW, for_getrandom,
		SECCOMP_RET_KILL_PROCESS);
}

static void lock_memory(unsigned int for_getrandom)
{
	static const unsigned int killing[] = { SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise,
						SYS_mprotect };

	lock_in(killing, sizeof(killing) / sizeof(killing[0]), SECCOMP_RET_KILL_PROCESS,
		for_getrandom, SECCOMP_RET_ALLOW);
}

static void draw(int error)
{
	unsigned char buf[200];

	for (size_t i = 0; i < DRAWS; i++) {
		size_t len = 1 + i % sizeof(buf);
		ssize_t ret = getrandom(buf, len, 0);

		if (ret != (ssize_t)len && !(ret < 0 && error && errno == error)) {
			say("getrandom failed\n");
			_exit(1);
		}
		if (getentropy(buf, len) != 0 && !(error && errno == error)) {
			say("getentropy failed\n");
			_exit(1);
		}
	}
}

static void *draw_in_a_thread(void *unused)
{
	pthread_barrier_wait(&started);
	pthread_barrier_wait(&locked);
	draw(0);
	pthread_barrier_wait(&ended);
	/* What the C library does at the end of a thread is its own affair. */
	for (;;)
		pthread_barrier_wait(&started);
	return unused;
}

static void draw_in_threads(void (*lock)(unsigned int))
{
	pthread_t thread;

	pthread_barrier_init(&started, NULL, THREADS + 1);
	pthread_barrier_init(&locked, NULL, THREADS + 1);
	pthread_barrier_init(&ended, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, draw_in_a_thread, NULL) != 0)
			_exit(1);
	pthread_barrier_wait(&started);
	lock(SECCOMP_RET_ALLOW);
	pthread_barrier_wait(&locked);
	pthread_barrier_wait(&ended);
}

static int draw_in_a_child(void)
{
	int status = 0;

	draw(0);
	if (fork() == 0) {
		lock_down(SECCOMP_RET_ALLOW);
		draw(0);
		return 0;
	}
	wait(&status);
	if (!WIFEXITED(status))
		say("the child was killed\n");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	const char *kind = argc == 2 ? argv[1] : "";
	int status = 0;

	if (strcmp(kind, "calls") == 0) {
		lock_down(SECCOMP_RET_ALLOW);
		draw(0);
	} else if (strcmp(kind, "threads") == 0) {
		draw_in_threads(lock_down);
	} else if (strcmp(kind, "memory") == 0) {
		draw_in_threads(lock_memory);
	} else if (strcmp(kind, "forked") == 0) {
		status = draw_in_a_child();
	} else if (strcmp(kind, "refused") == 0) {
		lock_down(SECCOMP_RET_ERRNO | EPERM);
		draw(EPERM);
	} else if (strcmp(kind, "unused") == 0) {
		lock_down(SECCOMP_RET_KILL_PROCESS);
	} else {
		return 2;
	}
	if (status == 0)
		say("done\n");
	return status;
}
