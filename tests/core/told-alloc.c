// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A kernel that tells the number of its system call vgetrandom_alloc(): the provider native gets
 * its states by it, and by mmap() from a kernel that tells none, and where the call is refused or
 * its answer cannot be memory.
 *
 * The kernel is this one, but for two functions between it and the core (--wrap): its vDSO function
 * tells a word more, and the port makes of the system call what each case wants. Nothing else is
 * another than on a real one, tests/kernel/run --kernel 6.12-ours. Exit status 77 where the kernel
 * has no such function.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/abi.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

#include "elf-symbol.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

#define MAP_TYPE_MASK 0x0f
#define NUMBER        600u
#define THREADS       150

#define DECLARE(type, name, ...)         \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

DECLARE(long, vgr_port_mmap, void *, size_t, int, int, int, long);
DECLARE(long, vgr_port_alloc, unsigned int, struct vgetrandom_alloc_args *, size_t);
DECLARE(const void *, vgr_elf_symbol, const void *, const char *, const char *);

/* What the kernel tells and does, and how that must end. */
static const struct telling {
	const char *name;
	__u32 word, state_len; /* 0: as long as they are */
	bool answers;          /* with this instead of memory */
	long answer;
	enum { ALL, TOO_LITTLE, PART_OF_A_PAGE } given; /* as it says */
	bool is_called, is_used;
} cases[] = {
	{ "tells nothing", .word = 0 },
	{ "tells a number", VGETRANDOM_ALLOC_TAG | NUMBER, .is_called = true, .is_used = true },
	{ "and long states", VGETRANDOM_ALLOC_TAG | NUMBER, 512, .is_called = true,
	  .is_used = true },
	{ "tells a number without the tag", .word = NUMBER },
	{ "with another tag", .word = (VGETRANDOM_ALLOC_TAG ^ 0x10000) | NUMBER },
	{ "tells the tag without a number", .word = VGETRANDOM_ALLOC_TAG },
	{ "does not know the call", VGETRANDOM_ALLOC_TAG | NUMBER, .answers = true,
	  .answer = -ENOSYS, .is_called = true },
	{ "forbids the call", VGETRANDOM_ALLOC_TAG | NUMBER, .answers = true, .answer = -EPERM,
	  .is_called = true },
	{ "answers 0", VGETRANDOM_ALLOC_TAG | NUMBER, .answers = true, .answer = 0,
	  .is_called = true },
	{ "answers the middle of a page", VGETRANDOM_ALLOC_TAG | NUMBER, .answers = true,
	  .answer = 0x7040, .is_called = true },
	{ "gives too little", VGETRANDOM_ALLOC_TAG | NUMBER, .given = TOO_LITTLE,
	  .is_called = true },
	{ "gives part of a page", VGETRANDOM_ALLOC_TAG | NUMBER, .given = PART_OF_A_PAGE,
	  .is_called = true },
};

static const struct telling *now;
static vgr_getrandom_fn *kernel_function;
static size_t kernel_state_len, num_calls, num_used, num_droppable;

static ssize_t tell(void *buf, size_t len, unsigned int flags, void *state, size_t state_len)
{
	ssize_t ret = kernel_function(buf, len, flags, state, state_len);
	struct vgetrandom_opaque_params *params = state;

	if (state_len == ~0UL && ret == 0) {
		params->reserved[VGETRANDOM_PARAMS_ALLOC] = now->word;
		kernel_state_len = params->size_of_opaque_state;
	}
	return ret;
}

const void *__wrap_vgr_elf_symbol(const void *image, const char *name, const char *version)
{
	const void *found = __real_vgr_elf_symbol(image, name, version);

	if (!found || image != (const void *)getauxval(AT_SYSINFO_EHDR) || !strstr(name, "random"))
		return found;
	kernel_function = (vgr_getrandom_fn *)found;
	return (const void *)tell;
}

long __wrap_vgr_port_mmap(void *addr, size_t len, int prot, int flags, int fd, long offset)
{
	num_droppable += (flags & MAP_TYPE_MASK) == MAP_DROPPABLE;
	return __real_vgr_port_mmap(addr, len, prot, flags, fd, offset);
}

/* kernel-side/linux/alloc.c, as far as this matters here. */
static long allocate(struct vgetrandom_alloc_args *args)
{
	size_t stride = now->state_len ? now->state_len : 256;
	size_t len = (args->num * stride + 4095) & ~(size_t)4095;
	size_t needed = args->num * kernel_state_len & ~(size_t)4095;
	long p = __real_vgr_port_mmap(NULL, len, PROT_READ | PROT_WRITE,
				      MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);

	if (p < 0)
		return p;
	args->num = len / stride;
	args->size_per_each = stride;
	args->bytes_allocated = now->given == TOO_LITTLE ? needed - 4096 : len;
	args->bytes_allocated += now->given == PART_OF_A_PAGE ? 64 : 0;
	num_used++;
	return p;
}

long __wrap_vgr_port_alloc(unsigned int number, struct vgetrandom_alloc_args *args, size_t args_len)
{
	num_calls++;
	if (number != NUMBER || args_len != sizeof(*args) || args->flags || args->size_per_each ||
	    args->bytes_allocated) {
		printf("a kernel that %s gets number %u, %zu bytes of arguments\n", now->name,
		       number, args_len);
		_exit(1);
	}
	if (!now->answers)
		return allocate(args);
	args->bytes_allocated = 1 << 20;
	return now->answer;
}

static void expect(const char *what, bool good)
{
	if (good)
		return;
	printf("a kernel that %s: %s; %zu calls, %zu mappings of them, %zu by mmap()\n", now->name,
	       what, num_calls, num_used, num_droppable);
	exit(1);
}

static void draw(void)
{
	static unsigned char before[5000];
	unsigned char buf[5000];

	expect("draws", vgetrandom_core_getrandom(buf, sizeof(buf), 0) == (ssize_t)sizeof(buf));
	expect("bytes differ", memcmp(buf, before, sizeof(buf)) != 0);
	memcpy(before, buf, sizeof(buf));
	expect("draws a little", vgetrandom_core_getrandom(buf, 16, 0) == 16);
}

static void *draw_in_thread(void *barrier)
{
	unsigned char buf[64];

	if (vgetrandom_core_getrandom(buf, sizeof(buf), 0) != (ssize_t)sizeof(buf))
		_exit(1);
	/* All states are in use at once. */
	pthread_barrier_wait(barrier);
	vgetrandom_core_thread_exit();
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_in_thread, &barrier) != 0)
			_exit(1);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* After it the process may be in a filter that allows none of both. */
static void expect_prepared(void)
{
	size_t calls, mappings;
	struct vgetrandom_stats stats;
	int status = 1;

	expect("prepares", vgetrandom_core_prepare(THREADS) == 0);
	calls = num_calls;
	mappings = num_droppable;
	run_threads();
	if (fork() == 0) {
		draw();
		_exit(num_calls != calls || num_droppable != mappings);
	}
	wait(&status);
	expect("a child of a prepared process allocates nothing", status == 0);
	expect("nor do its threads", num_calls == calls && num_droppable == mappings);
	vgetrandom_core_stats(&stats);
	expect("each of which has a state", stats.fallback_no_state == 0);
}

static void live(void)
{
	vgetrandom_core_configure(VGETRANDOM_PROVIDER_NATIVE, VGETRANDOM_CHACHA_BEST);
	vgetrandom_core_init();
	draw();
	if (vgetrandom_core_get_provider() != VGETRANDOM_PROVIDER_NATIVE)
		exit(now == cases ? 77 : 1);
	expect(now->is_called ? "the call is made" : "no call is made",
	       now->is_called == !!num_calls);
	expect_prepared();
	if (now->is_used)
		expect("all states come by the call",
		       num_calls >= 2 && num_used == num_calls && num_droppable == 0);
	else
		expect("all states come by mmap()", num_droppable >= 2);
	exit(0);
}

int main(int argc, char **argv, char **environment)
{
	int status = 0;

	(void)argc;
	(void)argv;
	while (*environment)
		environment++;
	vgr_port_set_auxv((const unsigned long *)(environment + 1));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) && status == 0; i++) {
		now = &cases[i];
		fflush(stdout);
		if (fork() == 0)
			live();
		wait(&status);
	}
	if (!WIFEXITED(status))
		printf("a kernel that %s: status %#x\n", now->name, (unsigned int)status);
	else if (WEXITSTATUS(status) == 77)
		printf("skipped: the kernel's vDSO has no getrandom()\n");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
