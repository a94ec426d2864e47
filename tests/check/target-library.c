// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom() of the library, by provider. The library is linked statically, so that its
 * state can be found where the library itself looks for it.
 */
#define _GNU_SOURCE
#include "target.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <vgetrandom/vgetrandom.h>

#include "code.h"
#include "inprocess.h"
#include "thread.h"

static const char *use_provider(enum vgetrandom_provider provider)
{
	static char reason[128];

	if (vgetrandom_set_provider(provider) != 0) {
		snprintf(reason, sizeof(reason), "the library's provider %s does not work here",
			 vgetrandom_provider_name(provider));
		return reason;
	}
	check_function.function = (const void *)vgetrandom;
	check_function.convention = CHECK_GETRANDOM;
	return NULL;
}

const char *check_vgetrandom_init(const char *argument)
{
	(void)argument;
	check_name_image("vgetrandom-vdso.so", vgr_inprocess_image());
	check_find_chacha20(vgr_inprocess_image());
	return use_provider(VGETRANDOM_PROVIDER_INPROCESS);
}

const char *check_vgetrandom_native_init(const char *argument)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);

	(void)argument;
	if (vdso)
		check_name_image("vdso", vdso);
	return use_provider(VGETRANDOM_PROVIDER_NATIVE);
}

const char *check_module_init(const char *argument)
{
	(void)argument;
	return use_provider(VGETRANDOM_PROVIDER_MODULE);
}

void *check_thread_state(void)
{
	return vgr_thread()->seats[vgr_engine()->provider].state;
}
