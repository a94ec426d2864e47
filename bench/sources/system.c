// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the kernel and the C library of this process give: the system call, the functions over
 * it, and the device.
 */
#define _GNU_SOURCE
#include "source.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* getentropy(3) gives no more at once. */
#define GETENTROPY_MAX 256

static void (*arc4random_buffer)(void *buf, size_t len);
static int urandom_fd = -1;

const char *bench_syscall_init(void)
{
	char byte;

	if (syscall(SYS_getrandom, &byte, sizeof(byte), 0) == sizeof(byte))
		return NULL;
	return "the kernel has no getrandom system call, or a filter forbids it";
}

long long bench_syscall_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(syscall(SYS_getrandom, buf, len, 0));
}

long long bench_libc_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(getrandom(buf, len, 0));
}

/* Of the C library that this process really runs, whatever its command line wanted. */
void bench_libc_ran(char *text)
{
	snprintf(text, BENCH_RAN_LEN, "glibc %s", gnu_get_libc_version());
}

const char *bench_getentropy_init(void)
{
	char byte;

	if (getentropy(&byte, sizeof(byte)) == 0)
		return NULL;
	return "getentropy() of the C library fails";
}

/* More than it gives at once is asked for in parts, as its users have to. */
static inline long long getentropy_all(unsigned char *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t part = len - done < GETENTROPY_MAX ? len - done : GETENTROPY_MAX;

		if (getentropy(buf + done, part) != 0)
			return 0;
		done += part;
	}
	return (long long)len;
}

long long bench_getentropy_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(getentropy_all(buf, len));
}

/* Not all C libraries have it, hence no direct call. */
const char *bench_arc4random_init(void)
{
	if (bench_find(RTLD_DEFAULT, "arc4random_buf", &arc4random_buffer))
		return NULL;
	return "the C library has no arc4random_buf() (glibc 2.36 and newer have)";
}

long long bench_arc4random_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP((arc4random_buffer(buf, len), (long long)len));
}

const char *bench_urandom_init(void)
{
	static char reason[128];

	urandom_fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (urandom_fd >= 0)
		return NULL;
	snprintf(reason, sizeof(reason), "cannot open /dev/urandom: %s", strerror(errno));
	return reason;
}

long long bench_urandom_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(read(urandom_fd, buf, len));
}
