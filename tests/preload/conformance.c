// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The C library's functions for random bytes, by the shim: run with it preloaded. Return values and
 * errno are compared with the system call's, for every combination of flags; the functions of the
 * arc4random family, which an older C library does not have, are looked up by name.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ERRNO_MARK  4711
#define GRND_BITS   4 /* one more than there are */
#define UNIFORM_MAX 6

static void fail(const char *what, long expected, long actual)
{
	printf("%s: expected %ld, actual %ld\n", what, expected, actual);
	exit(1);
}

static void expect(const char *what, long expected, long actual)
{
	if (expected != actual)
		fail(what, expected, actual);
}

static void *lookup(const char *name)
{
	void *function = dlsym(RTLD_DEFAULT, name);
	Dl_info info;

	if (!function || !dladdr(function, &info) || !strstr(info.dli_fname, "-preload.so")) {
		printf("%s is not the shim's\n", name);
		exit(1);
	}
	return function;
}

/* 0 or more, or -errno; and errno must stay as it is on success. */
static long result_of(long ret)
{
	int err = errno;

	if (ret >= 0 && err != ERRNO_MARK)
		fail("errno after success", ERRNO_MARK, err);
	return ret < 0 ? -err : ret;
}

static long by_shim(void *buf, size_t len, unsigned int flags)
{
	/* The compiler need not know that it is NULL, which the libc's header forbids. */
	__asm__("" : "+r"(buf));
	errno = ERRNO_MARK;
	return result_of(getrandom(buf, len, flags));
}

static long by_kernel(void *buf, size_t len, unsigned int flags)
{
	errno = ERRNO_MARK;
	return result_of(syscall(SYS_getrandom, buf, len, flags));
}

static void compare_getrandom(void)
{
	static const size_t lens[] = { 0, 1, 4, 31, 32, 33, 255, 256, 257, 4096, 100000 };
	static unsigned char buf[100000];
	static const unsigned int odd_flags[] = { 0x10, 0x80000000, 0xffffffff };
	char what[64];

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (unsigned int flags = 0; flags < (1u << GRND_BITS) + 3; flags++) {
			unsigned int f = flags < (1u << GRND_BITS)
						 ? flags
						 : odd_flags[flags - (1u << GRND_BITS)];

			snprintf(what, sizeof(what), "getrandom(%zu, %#x)", lens[i], f);
			expect(what, by_kernel(buf, lens[i], f), by_shim(buf, lens[i], f));
		}
	}
	expect("getrandom(NULL, 16)", -EFAULT, by_shim(NULL, 16, 0));
	expect("getrandom(NULL, 0)", by_kernel(NULL, 0, 0), by_shim(NULL, 0, 0));
	/* Reads of more than that are shortened; with a NULL buffer they fail all the same. */
	expect("getrandom(NULL, SIZE_MAX)", -EFAULT, by_shim(NULL, SIZE_MAX, 0));
}

static void check_getentropy(void)
{
	unsigned char buf[512];

	for (size_t len = 0; len <= sizeof(buf); len++) {
		memset(buf, 0, sizeof(buf));
		errno = ERRNO_MARK;
		expect("getentropy", len <= 256 ? 0 : -EIO, result_of(getentropy(buf, len)));
		for (size_t i = len <= 256 ? len : 0; i < sizeof(buf); i++)
			expect("a byte that getentropy must not touch", 0, buf[i]);
	}
	errno = ERRNO_MARK;
	/* The compiler may know that it must not be NULL. */
	expect("getentropy(NULL)", -EFAULT,
	       result_of(getentropy(*(void *volatile *)&(void *){ 0 }, 16)));
}

/* Bytes at the end of buffers of all lengths are filled: each is not always the same. */
static void check_filling(void (*fill)(void *buf, size_t len), const char *name)
{
	unsigned char buf[600];

	for (size_t len = 1; len < sizeof(buf); len++) {
		bool first_differs = false, last_differs = false;

		for (int i = 0; i < 8; i++) {
			unsigned char first = buf[0], last = buf[len - 1];

			fill(buf, len);
			first_differs |= i && first != buf[0];
			last_differs |= i && last != buf[len - 1];
		}
		if (!first_differs || !last_differs)
			fail(name, (long)len, 0);
	}
}

static void fill_by_getrandom(void *buf, size_t len)
{
	expect("getrandom", (long)len, by_shim(buf, len, 0));
}

static void check_arc4random(void)
{
	uint32_t (*arc4random)(void) = (uint32_t(*)(void))(uintptr_t)lookup("arc4random");
	uint32_t (*uniform)(uint32_t) =
		(uint32_t(*)(uint32_t))(uintptr_t)lookup("arc4random_uniform");
	void (*buf)(void *, size_t) = (void (*)(void *, size_t))(uintptr_t)lookup("arc4random_buf");
	unsigned int seen = 0, bits = 0;

	check_filling(buf, "arc4random_buf");
	buf(NULL, 0);
	for (int i = 0; i < 1000; i++)
		bits |= arc4random();
	expect("bits of arc4random", UINT32_MAX, bits);
	for (uint32_t bound = 0; bound < 100; bound++)
		for (int i = 0; i < 100; i++)
			if (uniform(bound) >= (bound ? bound : 1))
				fail("arc4random_uniform", bound, -1);
	for (int i = 0; i < 1000; i++)
		seen |= 1u << uniform(UNIFORM_MAX);
	expect("numbers of arc4random_uniform", (1 << UNIFORM_MAX) - 1, seen);
	errno = ERRNO_MARK;
	(void)arc4random();
	expect("errno after arc4random", ERRNO_MARK, errno);
}

int main(void)
{
	lookup("getrandom");
	lookup("getentropy");
	compare_getrandom();
	check_getentropy();
	check_filling(fill_by_getrandom, "getrandom");
	check_arc4random();
	printf("as the C library's\n");
	return 0;
}
