// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libgcrypt's gcry_randomize() at the level that session keys are made with.
 */
#include "source.h"

/* GCRY_STRONG_RANDOM and GCRYCTL_INITIALIZATION_FINISHED of gcrypt.h */
#define STRONG_RANDOM           1
#define INITIALIZATION_FINISHED 38

static struct {
	const char *(*check_version)(const char *wanted);
	unsigned int (*control)(int command, ...);
	void (*randomize)(void *buf, size_t len, int level);
} gcrypt;

const char *bench_gcrypt_init(void)
{
	static const char *const names[] = { "libgcrypt.so.20", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libgcrypt.so.20; install the Debian package libgcrypt20";
	if (!bench_find(lib, "gcry_check_version", &gcrypt.check_version) ||
	    !bench_find(lib, "gcry_control", &gcrypt.control) ||
	    !bench_find(lib, "gcry_randomize", &gcrypt.randomize))
		return "its libgcrypt has no gcry_randomize()";
	if (!gcrypt.check_version(NULL) || gcrypt.control(INITIALIZATION_FINISHED, 0) != 0)
		return "libgcrypt does not start";
	return NULL;
}

long long bench_gcrypt_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP((gcrypt.randomize(buf, len, STRONG_RANDOM), (long long)len));
}
