// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The core on a port that fails at its n-th call, for every n: once, or from then on. Each is a
 * process that goes through everything the core does: what it draws is right,
 * vgetrandom_core_prepare() says what failed and leaves no states behind, and if the failure was a
 * passing one, all is well at the end.
 *
 * The linker puts the functions below between the core and libvgetrandom-port.a (--wrap).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

#define PREPARED_THREADS 200
#define OUTPUTS_MAX      4096

/* Longer than anything but the states that are prepared, and their bookkeeping. */
#define LONG_MAPPING_LEN 65536

/* Calls until a thread that got no state has tried again. */
#define CALLS_TO_RECOVER 300

static long fails_at, calls_left;
static bool fails_for_good;
static long num_failed, long_mappings;

static bool must_fail(void)
{
	bool fails = --calls_left == 0 || (fails_for_good && calls_left < 0);

	num_failed += fails;
	return fails;
}

#define DECLARE(type, name, ...)         \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

DECLARE(long, vgr_port_mmap, void *, size_t, int, int, int, long);
DECLARE(int, vgr_port_munmap, void *, size_t);
DECLARE(int, vgr_port_madvise, void *, size_t, int);
DECLARE(int, vgr_port_mprotect, void *, size_t, int);
DECLARE(int, vgr_port_mlock, const void *, size_t);
DECLARE(int, vgr_port_move, void *, void *, size_t);
DECLARE(long, vgr_port_getrandom, void *, size_t, unsigned int);

long __wrap_vgr_port_mmap(void *addr, size_t len, int prot, int flags, int fd, long offset)
{
	long ret = must_fail() ? -ENOMEM : __real_vgr_port_mmap(addr, len, prot, flags, fd, offset);

	if (ret > 0 && len >= LONG_MAPPING_LEN)
		long_mappings++;
	return ret;
}

/* Cannot fail: what it gets is what mmap returned. */
int __wrap_vgr_port_munmap(void *addr, size_t len)
{
	long_mappings -= len >= LONG_MAPPING_LEN;
	return __real_vgr_port_munmap(addr, len);
}

int __wrap_vgr_port_madvise(void *addr, size_t len, int advice)
{
	return must_fail() ? -EINVAL : __real_vgr_port_madvise(addr, len, advice);
}

int __wrap_vgr_port_mprotect(void *addr, size_t len, int prot)
{
	return must_fail() ? -EACCES : __real_vgr_port_mprotect(addr, len, prot);
}

int __wrap_vgr_port_mlock(const void *addr, size_t len)
{
	return must_fail() ? -EPERM : __real_vgr_port_mlock(addr, len);
}

int __wrap_vgr_port_move(void *from, void *to, size_t len)
{
	return must_fail() ? -EPERM : __real_vgr_port_move(from, to, len);
}

/* Its failures are the caller's to see, not the core's to hide: see tests/system/test_seed.c. */
long __wrap_vgr_port_getrandom(void *buf, size_t len, unsigned int flags)
{
	return __real_vgr_port_getrandom(buf, len, flags);
}

static _Noreturn void fail(const char *what, long expected, long actual)
{
	printf("call %ld of the port fails%s: %s: expected %ld, actual %ld\n", fails_at,
	       fails_for_good ? ", and all later ones" : "", what, expected, actual);
	exit(1);
}

static void expect(const char *what, long expected, long actual)
{
	if (expected != actual)
		fail(what, expected, actual);
}

/* The last 16 bytes, so that the end of a long read is there, too. */
static void draw(size_t len)
{
	static unsigned char outputs[OUTPUTS_MAX][16], buf[5000];
	static size_t num;

	memset(buf, 0, sizeof(buf));
	expect("bytes drawn", (long)len, vgetrandom_core_getrandom(buf, len, 0));
	memcpy(outputs[num], buf + len - 16, 16);
	for (size_t i = 0; i < num; i++)
		if (memcmp(outputs[i], outputs[num], 16) == 0)
			fail("an output came twice, number", -1, (long)num);
	if (++num == OUTPUTS_MAX)
		num = 0;
}

static void draw_all_sizes(void)
{
	static const size_t lens[] = { 16, 32, 100, 5000 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		draw(lens[i]);
}

/* Threads run one after the other: the port's counts have no lock. */
static void *draw_in_thread(void *unused)
{
	draw_all_sizes();
	vgetrandom_core_thread_exit();
	draw(16);
	return unused;
}

static void run_thread(void)
{
	pthread_t thread;

	expect("pthread_create", 0, pthread_create(&thread, NULL, draw_in_thread, NULL));
	pthread_join(thread, NULL);
}

static void prepare(void)
{
	long failed_before = num_failed;
	int err = vgetrandom_core_prepare(PREPARED_THREADS);

	/* A refused MAP_DROPPABLE, for one, is an answer: there are other ways. */
	if (err && num_failed == failed_before)
		fail("vgetrandom_core_prepare() with nothing failing", 0, err);
	/* After another error they are there, for the next time. */
	if (err == -ENOMEM || err == -EOPNOTSUPP)
		expect("mappings of states left by a failed prepare", 0, long_mappings);
}

static void expect_states(const char *what, void (*draws)(void), long without)
{
	struct vgetrandom_stats before, after;

	vgetrandom_core_stats(&before);
	draws();
	vgetrandom_core_stats(&after);
	expect(what, without, (long)(after.fallback_no_state - before.fallback_no_state));
}

static void draw_until_retry(void)
{
	for (int i = 0; i < CALLS_TO_RECOVER; i++)
		draw(16);
	expect_states("calls without a state after many", draw_all_sizes, 0);
}

/* A thread's last draw comes after its end. */
static void expect_recovery(enum vgetrandom_provider provider)
{
	/* The provider syscall never has one. */
	long without = provider == VGETRANDOM_PROVIDER_SYSCALL ? 0 : 1;

	expect("vgetrandom_core_prepare() in the end", 0,
	       vgetrandom_core_prepare(PREPARED_THREADS));
	expect_states("calls without a state in the end", draw_all_sizes, 0);
	expect_states("calls of a thread without a state", run_thread, without);
}

/* Everything that the core does in a process. */
static _Noreturn void live(enum vgetrandom_provider provider, long n, bool for_good)
{
	calls_left = fails_at = n;
	fails_for_good = for_good;
	vgetrandom_core_configure(provider, VGETRANDOM_CHACHA_BEST);
	vgetrandom_core_init();
	draw_all_sizes();
	run_thread();
	if (num_failed && !for_good)
		draw_until_retry();
	prepare();
	draw_all_sizes();
	run_thread();
	if (!for_good)
		expect_recovery(provider);
	exit(calls_left > 0 ? 77 : 0);
}

/* Returns how many calls the port gets. */
static long fail_everywhere(enum vgetrandom_provider provider, bool for_good)
{
	for (long n = 1;; n++) {
		int status = 0;

		fflush(stdout);
		if (fork() == 0)
			live(provider, n, for_good);
		wait(&status);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			return n - 1;
		if (status != 0) {
			printf("provider %d, call %ld: status %#x\n", provider, n,
			       (unsigned int)status);
			exit(1);
		}
	}
}

int main(int argc, char **argv, char **environment)
{
	static const enum vgetrandom_provider providers[] = {
		VGETRANDOM_PROVIDER_AUTO,
		VGETRANDOM_PROVIDER_NATIVE,
		VGETRANDOM_PROVIDER_INPROCESS,
		VGETRANDOM_PROVIDER_SYSCALL,
	};

	(void)argc;
	(void)argv;
	while (*environment)
		environment++;
	vgr_port_set_auxv((const unsigned long *)(environment + 1));
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		long once = fail_everywhere(providers[i], false);
		long for_good = fail_everywhere(providers[i], true);

		printf("provider %d: right with a failure at each of %ld calls of the port, and "
		       "from each of %ld on\n",
		       providers[i], once, for_good);
	}
	return 0;
}
