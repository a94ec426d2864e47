// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program that is not linked to the library and loads it: again and again, with threads that are
 * there before it, in as many namespaces as there is room for, and when others have used up what
 * the C library has to give. A plain program; each part is a process of its own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "outputs.h"
#include "system.h"

#define SKIPPED    77
#define TIMES      1000
#define THREADS    8
#define NAMESPACES 20

/* Of the C library's keys only the first 32 need no memory of their own. */
#define MANY_KEYS 40

#define CHECK(condition, ...)                          \
	do {                                           \
		if (condition)                         \
			break;                         \
		printf("%s:%d: ", __FILE__, __LINE__); \
		printf(__VA_ARGS__);                   \
		printf("\n");                          \
		exit(1);                               \
	} while (0)

struct copy {
	void *handle;
	ssize_t (*draw)(void *buf, size_t len, unsigned int flags);
	int (*set_provider)(enum vgetrandom_provider provider);
	void (*stats)(struct vgetrandom_stats *stats, size_t stats_len);
};

static struct outputs seen;

/* system.c needs the library. */
double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *function_of(void *handle, const char *name)
{
	void *function = dlsym(handle, name);

	CHECK(function, "%s", dlerror());
	return function;
}

/* Returns whether it could be loaded. */
static bool load(struct copy *copy, Lmid_t namespace)
{
	copy->handle = dlmopen(namespace, VGETRANDOM_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!copy->handle)
		return false;
	copy->draw = function_of(copy->handle, "vgetrandom");
	copy->set_provider = function_of(copy->handle, "vgetrandom_set_provider");
	copy->stats = function_of(copy->handle, "vgetrandom_stats");
	return true;
}

static void draw_and_keep(const struct copy *copy)
{
	unsigned char buf[16];

	CHECK(copy->draw(buf, sizeof(buf), 0) == sizeof(buf), "vgetrandom() failed");
	CHECK(outputs_add(&seen, buf, sizeof(buf)), "%s", seen.why);
}

static uint64_t calls_without_state(const struct copy *copy)
{
	struct vgetrandom_stats stats;

	copy->stats(&stats, sizeof(stats));
	return stats.fallback_no_state;
}

/* Lines of /proc/self/maps. */
static int count_mappings(void)
{
	static char buf[65536];
	int fd = open("/proc/self/maps", O_RDONLY), num = 0;
	ssize_t len;

	while ((len = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < len; i++)
			num += buf[i] == '\n';
	close(fd);
	return num;
}

static void again_and_again(void)
{
	struct copy copy;
	int before = 0;

	for (int i = 0; i < TIMES; i++) {
		CHECK(load(&copy, LM_ID_BASE), "%s", dlerror());
		draw_and_keep(&copy);
		CHECK(dlclose(copy.handle) == 0, "%s", dlerror());
		draw_and_keep(&copy);
		if (i == 0)
			before = count_mappings();
	}
	CHECK(count_mappings() == before, "expected %d mappings after the first, actual %d", before,
	      count_mappings());
	CHECK(calls_without_state(&copy) == 0, "expected a state");
}

static pthread_barrier_t barrier;
static struct copy shared_copy;
static unsigned char drawn[THREADS][16];

static void *draw_when_loaded(void *buf)
{
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return shared_copy.draw(buf, 16, 0) == 16 ? NULL : buf;
}

/* Their thread-local storage was laid out before there was a library. */
static void threads_before_it(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, draw_when_loaded, drawn[i]) == 0,
		      "pthread_create");
	pthread_barrier_wait(&barrier);
	CHECK(load(&shared_copy, LM_ID_BASE), "%s", dlerror());
	pthread_barrier_wait(&barrier);
	dlclose(shared_copy.handle);
	for (int i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(threads[i], &result);
		CHECK(!result && outputs_add(&seen, drawn[i], 16), "thread %d: %s", i, seen.why);
	}
	CHECK(calls_without_state(&shared_copy) == 0, "expected a state for each thread");
}

/* Each copy has thread-local storage of its own, of which there is little for such libraries. */
static void namespaces_until_there_is_no_room(void)
{
	static struct copy copies[NAMESPACES];
	int num = 0;

	while (num < NAMESPACES && load(&copies[num], LM_ID_NEWLM)) {
		CHECK(copies[num].set_provider(VGETRANDOM_PROVIDER_INPROCESS) == 0, "copy %d", num);
		num++;
	}
	if (num < NAMESPACES)
		printf("%d copies, then: %s\n", num, dlerror());
	CHECK(num > 0, "expected a copy");
	for (int i = 0; i < 1000; i++)
		draw_and_keep(&copies[i % num]);
	/* Unloading one leaves the others alone. */
	for (int i = 0; i < num; i++) {
		dlclose(copies[i].handle);
		for (int n = i + 1; n < num; n++)
			draw_and_keep(&copies[n]);
	}
}

static void *draw_much(void *unused)
{
	for (int i = 0; i < 1000; i++) {
		unsigned char buf[16];

		if (shared_copy.draw(buf, sizeof(buf), 0) != sizeof(buf))
			return "failed";
	}
	return unused;
}

/* Then it learns of no thread's end, and goes to the kernel: no state is lost. */
static void no_key_is_left(void)
{
	pthread_t thread;
	pthread_key_t key;
	void *result;
	int before;

	for (int i = 0; i < MANY_KEYS; i++)
		CHECK(pthread_key_create(&key, NULL) == 0, "pthread_key_create");
	CHECK(load(&shared_copy, LM_ID_BASE), "%s", dlerror());
	draw_and_keep(&shared_copy);
	before = count_mappings();
	for (int i = 0; i < 100; i++) {
		CHECK(pthread_create(&thread, NULL, draw_much, NULL) == 0, "pthread_create");
		pthread_join(thread, &result);
		CHECK(!result, "thread %d", i);
		draw_and_keep(&shared_copy);
	}
	CHECK(count_mappings() <= before + 8,
	      "expected no memory for states, actual %d mappings "
	      "more",
	      count_mappings() - before);
}

static void run(const char *name, void (*test)(void))
{
	double begin = seconds_now();
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		outputs_init(&seen, 1 << 16);
		test();
		exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0, "%s: status %x", name, (unsigned int)status);
	printf("%6.2f s %s\n", seconds_now() - begin, name);
}

#define RUN(test) run(#test, test)

int main(void)
{
	if (HAS_ADDRESS_SANITIZER) {
		printf("skipped: AddressSanitizer must be there before everything else\n");
		return SKIPPED;
	}
	RUN(again_and_again);
	RUN(threads_before_it);
	RUN(namespaces_until_there_is_no_room);
	RUN(no_key_is_left);
	return 0;
}
