// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The floor: what it costs to write that many bytes, or to read and write them, without making
 * any. Called through pointers that the compiler cannot see through, for it knows both.
 */
#include "source.h"

#include <string.h>

#include "bench.h"

/* As long as the longest buffer: a part of it that was read before is in no cache then either. */
static unsigned char *copied;

static void *(*volatile set)(void *s, int c, size_t n) = memset;
static void *(*volatile copy)(void *to, const void *from, size_t n) = memcpy;

const char *bench_memory_init(void)
{
	if (!copied)
		copied = bench_buffer(BENCH_MAX_BUF_LEN);
	return copied ? NULL : "there is no memory for a second buffer";
}

long long bench_memset_loop(unsigned char *buf, size_t len, long calls)
{
	void *(*f)(void *s, int c, size_t n) = set;

	BENCH_LOOP((f(buf, 0x5a, len), (long long)len));
}

long long bench_memcpy_loop(unsigned char *buf, size_t len, long calls)
{
	void *(*f)(void *to, const void *from, size_t n) = copy;

	BENCH_LOOP((f(buf, copied, len), (long long)len));
}
