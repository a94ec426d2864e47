/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * draws PROVIDER [FAULT]: a program that uses all of libvgetrandom from many threads and in the
 * child of a fork, and looks at each byte it got. C and C++, to be compiled with a sanitizer, or
 * run by valgrind, none of which has anything to say; unless the program has a fault of its own:
 *
 * race:   two threads count in one variable
 * unread: it looks at a byte that nobody wrote
 *
 * Exit status 77: PROVIDER does not work here.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#ifdef __cplusplus
#include <vgetrandom/urbg.hpp>
#endif

#define THREADS 8
#define ROUNDS  3
#define DRAWS   300
#define LEN_MAX 700

static int is_racing;
static int racing;
static pthread_barrier_t start;

/* A branch on each bit pattern, which the compiler cannot take away. */
static unsigned int look(const void *buf, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)buf;
	unsigned int odd = 0;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] & 1) {
			odd++;
			__asm__ volatile("");
		}
	}
	return odd;
}

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s failed\n", what);
	_exit(1);
}

static void draw_by_others(void)
{
	struct vgetrandom_stats stats;
	enum vgetrandom_provider provider;
	unsigned char *buf = (unsigned char *)malloc(256);
	uint32_t number = vgetrandom_arc4random();

	must(vgetrandom_getentropy(buf, 256) == 0, "vgetrandom_getentropy()");
	look(buf, 256);
	vgetrandom_arc4random_buf(buf, 31);
	look(buf, 31);
	free(buf);
	look(&number, sizeof(number));
	must(vgetrandom_arc4random_uniform(10) < 10, "vgetrandom_arc4random_uniform()");
	vgetrandom_stats(&stats, sizeof(stats));
	must(stats.calls > 0, "vgetrandom_stats()");
	must(vgetrandom_provider_by_name("native", &provider) == 0 &&
		     provider == VGETRANDOM_PROVIDER_NATIVE,
	     "vgetrandom_provider_by_name()");
#ifdef __cplusplus
	std::uint64_t eyes = vgetrandom_urbg64()();

	look(&eyes, sizeof(eyes));
#endif
}

static void allocate(void)
{
	struct vgetrandom_alloc_args args = { 0, 3, 0, 0 };
	void *states = vgetrandom_alloc(&args, sizeof(args));

	must(states && args.num >= 3, "vgetrandom_alloc()");
	must(look(states, args.bytes_allocated) == 0, "vgetrandom_alloc(), which gives zeros,");
	munmap(states, args.bytes_allocated);
}

/* Right after they were let go, so that nothing else can have put the threads into an order. */
static void *race(void *unused)
{
	pthread_barrier_wait(&start);
	racing++;
	return unused;
}

static void *draw(void *unused)
{
	for (size_t i = 0; i < DRAWS; i++) {
		size_t len = 1 + i * 7 % LEN_MAX;
		unsigned char *buf = (unsigned char *)malloc(len);

		must(vgetrandom(buf, len, 0) == (ssize_t)len, "vgetrandom()");
		look(buf, len);
		free(buf);
		if (i % 50 == 0)
			draw_by_others();
	}
	return unused;
}

static void draw_in_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, is_racing ? race : draw, NULL) == 0,
		     "pthread_create()");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void draw_in_child(void)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		draw(NULL);
		draw_in_threads();
		/* Whatever a sanitizer has to say of the child is its exit status. */
		exit(0);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "the child");
}

int main(int argc, char **argv)
{
	const char *fault = argc > 2 ? argv[2] : "";
	enum vgetrandom_provider provider;

	must(argc > 1, "the command line");
	must(vgetrandom_provider_by_name(argv[1], &provider) == 0, "the provider");
	if (vgetrandom_set_provider(provider) != 0)
		return 77;
	is_racing = strcmp(fault, "race") == 0;
	pthread_barrier_init(&start, NULL, THREADS);
	if (strcmp(fault, "unread") == 0) {
		/* Volatile, or the compiler finds the fault. */
		void *(*volatile get)(size_t) = malloc;
		unsigned char *unread = (unsigned char *)get(1);

		printf("%u\n", look(unread, 1));
		free(unread);
	}
	for (int i = 0; i < ROUNDS; i++)
		draw_in_threads();
	/* valgrind has no vDSO, and so the provider inprocess no clock in a sandbox. */
	must(vgetrandom_prepare(THREADS) == 0 || errno == ENOTSUP, "vgetrandom_prepare()");
	draw_in_child();
	allocate();
	return 0;
}
