// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Generators of other languages, each in a library with its loop: bench/languages, which bench/run
 * builds where the compiler is there.
 */
#define _GNU_SOURCE
#include "source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folder of the libraries, and of files that say why one is missing. */
#define VARIABLE "VGETRANDOM_BENCH_LANGUAGES"

static bench_loop_fn *thread_rng, *os_rng, *go_rand;

static const char *read_missing(const char *folder, const char *language)
{
	static char line[200];
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/missing-%s", folder, language);
	file = fopen(path, "re");
	if (!file)
		return "its library cannot be loaded from the folder that " VARIABLE " names";
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static const char *load(const char *language, const char *name, bench_loop_fn **loop)
{
	const char *folder = getenv(VARIABLE);
	char path[PATH_MAX];
	const char *const names[] = { path, NULL };
	void *lib;

	if (!folder || !folder[0])
		return "bench/run builds it and names its folder in the variable " VARIABLE;
	snprintf(path, sizeof(path), "%s/libbench_%s.so", folder, language);
	lib = bench_load(names);
	if (!lib)
		return read_missing(folder, language);
	return bench_find(lib, name, loop) ? NULL : "its library lacks the function";
}

const char *bench_rust_thread_rng_init(void)
{
	return load("rust", "bench_rust_thread_rng", &thread_rng);
}

const char *bench_rust_os_rng_init(void)
{
	return load("rust", "bench_rust_os_rng", &os_rng);
}

const char *bench_go_rand_init(void)
{
	return load("go", "bench_go_rand", &go_rand);
}

long long bench_rust_thread_rng_loop(unsigned char *buf, size_t len, long calls)
{
	return thread_rng(buf, len, calls);
}

long long bench_rust_os_rng_loop(unsigned char *buf, size_t len, long calls)
{
	return os_rng(buf, len, calls);
}

long long bench_go_rand_loop(unsigned char *buf, size_t len, long calls)
{
	return go_rand(buf, len, calls);
}
