// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The providers' names. */
#include <vgetrandom/vgetrandom.h>

#include <errno.h>
#include <string.h>

static const char *const names[] = {
	[VGETRANDOM_PROVIDER_AUTO] = "auto",       [VGETRANDOM_PROVIDER_MODULE] = "module",
	[VGETRANDOM_PROVIDER_NATIVE] = "native",   [VGETRANDOM_PROVIDER_INPROCESS] = "inprocess",
	[VGETRANDOM_PROVIDER_SYSCALL] = "syscall",
};

#define NUM_NAMES (sizeof(names) / sizeof(names[0]))

const char *vgetrandom_provider_name(enum vgetrandom_provider provider)
{
	return (unsigned int)provider < NUM_NAMES ? names[provider] : NULL;
}

int vgetrandom_provider_by_name(const char *name, enum vgetrandom_provider *provider)
{
	for (unsigned int i = 0; i < NUM_NAMES; i++) {
		if (strcmp(name, names[i]) == 0) {
			*provider = i;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}
