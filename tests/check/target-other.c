// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Everybody else's generators, loaded when asked for: nothing is linked to, so nothing is
 * missing where a library is not installed.
 */
#define _GNU_SOURCE
#include "target.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum check_convention convention;
} conventions[] = {
	{ "getrandom", CHECK_GETRANDOM },
	{ "getentropy", CHECK_GETENTROPY },
	{ "arc4random_buf", CHECK_BUF },
	{ "rand_bytes", CHECK_RAND_BYTES },
};

static void name_code(const void *function)
{
	struct link_map *map = NULL;
	Dl_info info;

	if (!dladdr1(function, &info, (void **)&map, RTLD_DL_LINKMAP) || !info.dli_fname)
		return;
	check_name_image(strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1
						      : info.dli_fname,
			 info.dli_fbase);
	snprintf(check_function.path, sizeof(check_function.path), "%s", info.dli_fname);
}

/* @path NULL: what this program is linked to anyway. */
static const char *load(const char *path, const char *symbol, enum check_convention convention)
{
	static char reason[256];
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		snprintf(reason, sizeof(reason), "%s", dlerror());
		return reason;
	}
	check_function.function = dlsym(library, symbol);
	check_function.convention = convention;
	if (!check_function.function) {
		snprintf(reason, sizeof(reason), "%s has no function %s",
			 path ? path : "the C library", symbol);
		return reason;
	}
	name_code(check_function.function);
	return NULL;
}

const char *check_libc_init(const char *argument)
{
	(void)argument;
	return load(NULL, "getrandom", CHECK_GETRANDOM);
}

const char *check_libc_getentropy_init(const char *argument)
{
	(void)argument;
	return load(NULL, "getentropy", CHECK_GETENTROPY);
}

const char *check_libc_arc4random_init(const char *argument)
{
	(void)argument;
	return load(NULL, "arc4random_buf", CHECK_BUF);
}

const char *check_openssl_init(const char *argument)
{
	(void)argument;
	return load("libcrypto.so.3", "RAND_bytes", CHECK_RAND_BYTES);
}

const char *check_libsodium_init(const char *argument)
{
	(void)argument;
	return load("libsodium.so.23", "randombytes_buf", CHECK_BUF);
}

const char *check_libbsd_init(const char *argument)
{
	(void)argument;
	return load("libbsd.so.0", "arc4random_buf", CHECK_BUF);
}

/* PATH:SYMBOL[:CONVENTION] */
const char *check_lib_init(const char *argument)
{
	static char reason[256];
	char *path = strdup(argument);
	char *symbol = path ? strchr(path, ':') : NULL;
	char *convention;

	if (!symbol)
		return "write lib:PATH:SYMBOL, with ':getentropy' or the like behind it";
	*symbol++ = '\0';
	convention = strchr(symbol, ':');
	if (convention)
		*convention++ = '\0';
	for (size_t i = 0; i < sizeof(conventions) / sizeof(conventions[0]); i++)
		if (!convention || strcmp(convention, conventions[i].name) == 0)
			return load(path, symbol, conventions[i].convention);
	snprintf(reason, sizeof(reason),
		 "there is no convention '%s'; choose getrandom, getentropy, arc4random_buf or "
		 "rand_bytes",
		 convention);
	return reason;
}
