// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The providers' names. */
#include <vgetrandom/vgetrandom.h>

#include <errno.h>
#include <string.h>

#include "provider.h"

const char *vgetrandom_provider_name(enum vgetrandom_provider provider)
{
	if (provider == VGETRANDOM_PROVIDER_AUTO)
		return "auto";
	return (unsigned int)provider < VGR_NUM_PROVIDERS ? vgr_providers[provider]->name : NULL;
}

int vgetrandom_provider_by_name(const char *name, enum vgetrandom_provider *provider)
{
	for (unsigned int i = 0; i < VGR_NUM_PROVIDERS; i++) {
		if (strcmp(name, vgetrandom_provider_name(i)) == 0) {
			*provider = i;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}
