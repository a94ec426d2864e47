// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "use-provider.h"

#include <criterion/criterion.h>
#include <errno.h>

const enum vgetrandom_provider vgt_providers[VGT_NUM_PROVIDERS] = { VGETRANDOM_PROVIDER_NATIVE,
								    VGETRANDOM_PROVIDER_INPROCESS,
								    VGETRANDOM_PROVIDER_SYSCALL };

bool vgt_use_provider(enum vgetrandom_provider provider)
{
	if (vgetrandom_set_provider(provider) == 0) {
		cr_assert_eq(vgetrandom_get_provider(), provider);
		return true;
	}
	cr_assert_eq(errno, ENOTSUP);
	cr_assert_eq(provider, VGETRANDOM_PROVIDER_NATIVE, "%s does not work",
		     vgetrandom_provider_name(provider));
	return false;
}
