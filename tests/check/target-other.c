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

/* Nobody can tell without dladdr1(), which musl has not. */
static bool is_data(const void *symbol)
{
#ifdef __GLIBC__
	const ElfW(Sym) *entry = NULL;
	Dl_info info;

	return dladdr1(symbol, &info, (void **)&entry, RTLD_DL_SYMENT) && entry &&
	       ELF64_ST_TYPE(entry->st_info) == STT_OBJECT;
#else
	(void)symbol;
	return false;
#endif
}

/* Returns false if it is data. */
static bool name_code(const void *function)
{
	Dl_info info;

	if (is_data(function))
		return false;
	if (!dladdr(function, &info) || !info.dli_fname)
		return true;
	check_name_image(strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1
						      : info.dli_fname,
			 info.dli_fbase);
	snprintf(check_function.path, sizeof(check_function.path), "%s", info.dli_fname);
	return true;
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
	if (!name_code(check_function.function)) {
		snprintf(reason, sizeof(reason), "%s is no function", symbol);
		return reason;
	}
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

static const char *find_convention(const char *name, enum check_convention *convention)
{
	static char reason[256];

	for (size_t i = 0; i < sizeof(conventions) / sizeof(conventions[0]); i++) {
		if (name && strcmp(name, conventions[i].name) != 0)
			continue;
		*convention = conventions[i].convention;
		return NULL;
	}
	snprintf(reason, sizeof(reason),
		 "there is no convention '%.100s'; choose getrandom, getentropy, arc4random_buf or "
		 "rand_bytes",
		 name);
	return reason;
}

/* PATH:SYMBOL[:CONVENTION] */
const char *check_lib_init(const char *argument)
{
	static char reason[512];
	char *path = strdup(argument);
	char *symbol = path ? strchr(path, ':') : NULL;
	char *convention_name = symbol ? strchr(symbol + 1, ':') : NULL;
	enum check_convention convention;
	const char *missing;

	if (convention_name)
		*convention_name++ = '\0';
	if (symbol)
		*symbol++ = '\0';
	if (!symbol || !*path || !*symbol)
		return "a path or a symbol is missing; write lib:PATH:SYMBOL[:CONVENTION]";
	missing = find_convention(convention_name, &convention);
	if (missing)
		return missing;
	missing = load(path, symbol, convention);
	if (!missing)
		return NULL;
	snprintf(reason, sizeof(reason),
		 "%s; name a shared library and a function that it exports (nm -D lists them)",
		 missing);
	return reason;
}
