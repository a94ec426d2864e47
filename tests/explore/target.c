// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "target.h"

#include <string.h>

static const struct explore_target *const all[] = {
	&explore_target_image,
	&explore_target_inprocess,
	&explore_target_native,
	&explore_target_kernel,
};

const struct explore_target *explore_target = &explore_target_image;

const struct explore_target *explore_target_get(unsigned int n)
{
	return n < sizeof(all) / sizeof(all[0]) ? all[n] : NULL;
}

const struct explore_target *explore_target_find(const char *name)
{
	for (unsigned int n = 0; explore_target_get(n); n++)
		if (strcmp(all[n]->name, name) == 0)
			return all[n];
	return NULL;
}
