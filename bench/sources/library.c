// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Our library, by provider. The provider is the process's: each of these sources chooses its own
 * before a slice.
 */
#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <vgetrandom/vgetrandom.h>

#include "inprocess.h"

static const char *use_provider(enum vgetrandom_provider provider)
{
	static char reason[128];

	if (vgetrandom_get_provider() == provider || vgetrandom_set_provider(provider) == 0)
		return NULL;
	snprintf(reason, sizeof(reason), "the library's provider %s does not work here: %s",
		 vgetrandom_provider_name(provider), strerror(errno));
	return reason;
}

const char *bench_inprocess_enter(uint32_t chacha)
{
	const char *failed = use_provider(VGETRANDOM_PROVIDER_INPROCESS);

	return failed ? failed : bench_image_enter(chacha);
}

const char *bench_inprocess_init(void)
{
	return bench_inprocess_enter(vgr_cpu_chacha_level());
}

const char *bench_native_enter(uint32_t chacha)
{
	const char *failed = use_provider(VGETRANDOM_PROVIDER_NATIVE);

	return failed ? failed : bench_image_enter(chacha);
}

const char *bench_native_init(void)
{
	return bench_native_enter(vgr_cpu_chacha_level());
}

const char *bench_module_init(void)
{
	return use_provider(VGETRANDOM_PROVIDER_MODULE);
}

const char *bench_module_enter(uint32_t chacha)
{
	(void)chacha;
	return bench_module_init();
}

const char *bench_provider_syscall_init(void)
{
	return use_provider(VGETRANDOM_PROVIDER_SYSCALL);
}

const char *bench_provider_syscall_enter(uint32_t chacha)
{
	(void)chacha;
	return bench_provider_syscall_init();
}

long long bench_library_loop(unsigned char *buf, size_t len, long calls)
{
	BENCH_LOOP(vgetrandom(buf, len, 0));
}
