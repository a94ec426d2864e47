// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Libraries that are loaded at run time, so that the benchmark needs none of them to be built or
 * started. Their functions are declared where they are used, as their manuals have them.
 */
#define _GNU_SOURCE
#include "source.h"

#include <dlfcn.h>

void *bench_load(const char *const *names)
{
	void *lib = NULL;

	for (; !lib && *names; names++)
		lib = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
	return lib;
}

bool bench_find(void *lib, const char *name, void *function)
{
	void *address = dlsym(lib, name);

	*(void **)function = address;
	return address;
}
