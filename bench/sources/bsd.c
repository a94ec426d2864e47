// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libbsd's arc4random_buf(): OpenBSD's generator, one for the process, behind a lock. Its own, not
 * the C library's function of the same name.
 */
#include "source.h"

static void (*buffer)(void *buf, size_t len);

const char *bench_bsd_init(void)
{
	static const char *const names[] = { "libbsd.so.0", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libbsd.so.0; install the Debian package libbsd0";
	return bench_find(lib, "arc4random_buf", &buffer) ? NULL
							  : "its libbsd has no arc4random_buf()";
}

long long bench_bsd_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP((buffer(buf, len), (long long)len));
}
