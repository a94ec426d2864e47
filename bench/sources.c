// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table of sources. To add one: a loop, an init that says why it may be missing, and a
 * row at the end. Order here is order in the table.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "inprocess.h"

static const char *syscall_init(void)
{
	char byte;

	if (syscall(SYS_getrandom, &byte, sizeof(byte), 0) == sizeof(byte))
		return NULL;
	return "the kernel has no getrandom system call, or a filter forbids it";
}

static long long syscall_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(syscall(SYS_getrandom, buf, len, 0));
}

static long long libc_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(getrandom(buf, len, 0));
}

/* The provider is the process's: each source of the library chooses its own before a slice. */
static const char *use_provider(enum vgetrandom_provider provider)
{
	static char reason[128];

	if (vgetrandom_get_provider() == provider || vgetrandom_set_provider(provider) == 0)
		return NULL;
	snprintf(reason, sizeof(reason), "the library's provider %s does not work here: %s",
		 vgetrandom_provider_name(provider), strerror(errno));
	return reason;
}

static const char *library_inprocess_enter(uint32_t chacha)
{
	const char *failed = use_provider(VGETRANDOM_PROVIDER_INPROCESS);

	return failed ? failed : bench_image_enter(chacha);
}

static const char *library_inprocess_init(void)
{
	return library_inprocess_enter(vgr_cpu_chacha_level());
}

static const char *library_native_init(void)
{
	return use_provider(VGETRANDOM_PROVIDER_NATIVE);
}

static const char *library_native_enter(uint32_t chacha)
{
	(void)chacha;
	return use_provider(VGETRANDOM_PROVIDER_NATIVE);
}

static long long library_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(vgetrandom(buf, len, 0));
}

const struct bench_source bench_sources[] = {
	{
		.name = BENCH_NAME_SYSCALL,
		.what = "syscall(SYS_getrandom), what all is compared with",
		.init = syscall_init,
		.loop = syscall_loop,
	},
	{
		.name = "libc",
		.what = "getrandom() of the C library",
		.init = syscall_init,
		.loop = libc_loop,
	},
	{
		.name = "kernel-vdso",
		.what = "the raw function of the kernel's own vDSO",
		.init = bench_kernel_vdso_init,
		.loop = bench_kernel_vdso_loop,
	},
	{
		.name = "vdso",
		.what = "the raw function of our image, embedded in the library",
		.has_chacha = true,
		.init = bench_image_init,
		.enter = bench_image_enter,
		.loop = bench_image_loop,
	},
	{
		.name = "vdso-refill",
		.what = "the same, when every call finds the batch read up",
		.has_chacha = true,
		.if_named = true,
		.init = bench_image_init,
		.enter = bench_image_enter,
		.loop = bench_image_refill_loop,
	},
	{
		.name = "vdso-reseed",
		.what = "the same, when every call needs a new key from the kernel",
		.has_chacha = true,
		.if_named = true,
		.init = bench_image_init,
		.enter = bench_image_enter,
		.loop = bench_image_reseed_loop,
	},
	{
		.name = "vgetrandom",
		.what = "vgetrandom() of the library, provider inprocess",
		.has_chacha = true,
		.init = library_inprocess_init,
		.enter = library_inprocess_enter,
		.loop = library_loop,
	},
	{
		.name = "vgetrandom-native",
		.what = "vgetrandom() of the library, provider native",
		.init = library_native_init,
		.enter = library_native_enter,
		.loop = library_loop,
	},
	{
		.name = "openssl-chacha20",
		.what = "OpenSSL's ChaCha20 keystream alone: the limit, not a generator",
		.init = bench_openssl_init,
		.loop = bench_openssl_loop,
	},
};

const unsigned int bench_num_sources = sizeof(bench_sources) / sizeof(bench_sources[0]);

_Static_assert(sizeof(bench_sources) / sizeof(bench_sources[0]) <= BENCH_MAX_SOURCES,
	       "raise BENCH_MAX_SOURCES");

const struct bench_source *bench_source_by_name(const char *name, size_t name_len)
{
	for (unsigned int i = 0; i < bench_num_sources; i++) {
		const char *known = bench_sources[i].name;

		if (strlen(known) == name_len && memcmp(known, name, name_len) == 0)
			return &bench_sources[i];
	}
	return NULL;
}
