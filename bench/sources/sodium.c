// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libsodium's randombytes_buf() with each of its two generators: the one that asks the system
 * for every byte (its default), and its internal one, Salsa20 with a key per thread.
 *
 * The generator is the process's: each source chooses its own before a slice. The internal one
 * ends the process that uses it after a fork.
 */
#include "source.h"

#include <stddef.h>
#include <stdio.h>

static struct {
	int (*init)(void);
	int (*set_implementation)(const void *implementation);
	void (*buf)(void *buf, size_t len);
	const char *(*implementation_name)(void);
	const void *internal, *system;
} sodium;

static const void *in_use;

const char *bench_sodium_init(void)
{
	static const char *const names[] = { "libsodium.so.26", "libsodium.so.23", NULL };
	void *lib = bench_load(names);

	if (!lib)
		return "there is no libsodium.so; install the Debian package libsodium23";
	if (!bench_find(lib, "sodium_init", &sodium.init) ||
	    !bench_find(lib, "randombytes_set_implementation", &sodium.set_implementation) ||
	    !bench_find(lib, "randombytes_buf", &sodium.buf) ||
	    !bench_find(lib, "randombytes_implementation_name", &sodium.implementation_name) ||
	    !bench_find(lib, "randombytes_internal_implementation", &sodium.internal) ||
	    !bench_find(lib, "randombytes_sysrandom_implementation", &sodium.system))
		return "its libsodium lacks one of the two generators";
	/* 1: somebody else has initialized it. */
	return sodium.init() >= 0 ? NULL : "libsodium does not start";
}

static const char *use(const void *implementation)
{
	if (in_use == implementation)
		return NULL;
	in_use = implementation;
	return sodium.set_implementation(implementation) == 0
		       ? NULL
		       : "libsodium refuses to change its generator";
}

const char *bench_sodium_internal_enter(uint32_t chacha)
{
	(void)chacha;
	return use(sodium.internal);
}

const char *bench_sodium_system_enter(uint32_t chacha)
{
	(void)chacha;
	return use(sodium.system);
}

void bench_sodium_ran(char *text)
{
	snprintf(text, BENCH_RAN_LEN, "%s", sodium.implementation_name());
}

long long bench_sodium_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP((sodium.buf(buf, len), (long long)len));
}
