// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What glibc.patch changes, seen from a program: every function that returns random bytes draws
 * without a system call, in each kind of thread, in children and beside a second libc. A seccomp
 * filter counts the system calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp.h"
#include "system.h"

#define CALLS 200

/* Keys, also when the kernel reseeds meanwhile. */
#define SYSCALLS_MAX 8

#define THREADS      3000
#define STACK_LEN    (256 * 1024)

uint32_t arc4random(void);

typedef ssize_t draw_fn(void *buf, size_t len, unsigned int flags);

static ssize_t by_getentropy(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	return getentropy(buf, len) == 0 ? (ssize_t)len : -1;
}

static ssize_t by_arc4random(void *buf, size_t len, unsigned int flags)
{
	uint32_t number = arc4random();

	(void)flags;
	memset(buf, 0, len);
	memcpy(buf, &number, len < sizeof(number) ? len : sizeof(number));
	return (ssize_t)len;
}

static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	printf("expected %s\n", what);
	exit(1);
}

/* How many system calls CALLS draws make, the thread's first ones among them. */
static unsigned int count_syscalls(draw_fn *draw)
{
	unsigned int before = num_getrandom_calls;
	unsigned char buf[16];

	for (int i = 0; i < CALLS; i++)
		expect(draw(buf, sizeof(buf), 0) == sizeof(buf), "16 bytes");
	return num_getrandom_calls - before;
}

static void expect_none(draw_fn *draw, const char *who)
{
	unsigned int num = count_syscalls(draw);

	if (num <= SYSCALLS_MAX)
		return;
	printf("%d draws %s: expected at most %d system calls, actual %u\n", CALLS, who,
	       SYSCALLS_MAX, num);
	exit(1);
}

static void *draw_often(void *who)
{
	expect_none(getrandom, who);
	return who;
}

static void *draw_once(void *result)
{
	expect(getrandom(result, sizeof(uint64_t), 0) == sizeof(uint64_t), "eight bytes");
	return result;
}

static pthread_t start(const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	expect(pthread_create(&thread, attr, fn, arg) == 0, "a thread");
	return thread;
}

static void in_thread(const pthread_attr_t *attr, const char *who)
{
	pthread_join(start(attr, draw_often, (void *)who), NULL);
}

/* The record of the last thread says that it has ended. */
static void reused_stacks(void)
{
	in_thread(NULL, "in a thread on a new stack");
	in_thread(NULL, "in a thread on the stack of one that ended");
}

static void user_stack(void)
{
	void *stack =
		mmap(NULL, STACK_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;

	expect(stack != MAP_FAILED && pthread_attr_init(&attr) == 0 &&
		       pthread_attr_setstack(&attr, stack, STACK_LEN) == 0,
	       "a stack");
	memset(stack, 0xff, STACK_LEN);
	in_thread(&attr, "in a thread on the program's own stack");
	in_thread(&attr, "in a second one there");
}

/* One after another, they need one state, which each gives back. */
static void threads_end(void)
{
	struct droppable before = count_droppable(), after;
	uint64_t number;

	for (int i = 0; i < THREADS; i++)
		pthread_join(start(NULL, draw_once, &number), NULL);
	after = count_droppable();
	if (after.len <= before.len + THREADS * 1024 / 4)
		return;
	printf("%d threads, one after another: expected their state to be used again, actual %zu "
	       "bytes more\n",
	       THREADS, after.len - before.len);
	exit(1);
}

static pthread_barrier_t all_have_drawn;

static void *wait_for_byte(void *fd)
{
	uint64_t number;
	char byte;

	draw_once(&number);
	pthread_barrier_wait(&all_have_drawn);
	expect(read(*(int *)fd, &byte, 1) == 1, "a byte");
	draw_once(&number);
	return NULL;
}

static void *draw_beside_another(void *who)
{
	draw_often(who);
	pthread_barrier_wait(&all_have_drawn);
	return NULL;
}

/* They are there at once, so that each is on the stack of one that did not come along. */
static void two_threads_of_child(void)
{
	pthread_t threads[2];

	expect(pthread_barrier_init(&all_have_drawn, NULL, 2) == 0, "a barrier");
	for (int i = 0; i < 2; i++)
		threads[i] = start(NULL, draw_beside_another, (void *)"in a child's thread");
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void fork_of_threads(void)
{
	pthread_t threads[2];
	int ends[2];
	pid_t pid;

	expect(pipe(ends) == 0 && pthread_barrier_init(&all_have_drawn, NULL, 3) == 0,
	       "a pipe and a barrier");
	for (int i = 0; i < 2; i++)
		threads[i] = start(NULL, wait_for_byte, &ends[0]);
	pthread_barrier_wait(&all_have_drawn);
	pid = fork();
	if (pid == 0) {
		expect_none(getrandom, "in a child");
		two_threads_of_child();
		_exit(0);
	}
	expect(ended_well(pid), "a child that ends well");
	expect(write(ends[1], "ab", 2) == 2, "two bytes to go");
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* There is one record for each thread, and it is the first libc's. */
static void second_libc(void)
{
	void *libc = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	draw_fn *draw = libc ? (draw_fn *)dlsym(libc, "getrandom") : NULL;

	expect(draw && draw != getrandom, "a second libc");
	expect(count_syscalls(draw) == CALLS, "system calls by a second libc");
	expect_none(getrandom, "beside a second libc");
}

static void errors(void)
{
	char buf[257];

	errno = 0;
	expect(getrandom(buf, 1, ~0U) == -1 && errno == EINVAL, "EINVAL for unknown flags");
	errno = 0;
	expect(getentropy(buf, sizeof(buf)) == -1 && errno == EIO, "EIO for 257 bytes");
	expect(getrandom(NULL, 0, 0) == 0, "no byte");
}

int main(void)
{
	char byte;

	if (!vgt_seccomp_works()) {
		printf("skipped: no seccomp filters here: system calls cannot be counted\n");
		return 77;
	}
	errors();
	intercept_getrandom(NULL);
	expect(syscall(SYS_getrandom, &byte, sizeof(byte), 0) == 1 && num_getrandom_calls == 1,
	       "one system call to be counted");
	expect_none(getrandom, "by getrandom()");
	expect_none(by_getentropy, "by getentropy()");
	expect_none(by_arc4random, "by arc4random()");
	reused_stacks();
	user_stack();
	threads_end();
	fork_of_threads();
	second_libc();
	return 0;
}
