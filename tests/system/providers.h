/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Criterion tests that are run for each provider that has states.
 */
#ifndef VGS_PROVIDERS_H
#define VGS_PROVIDERS_H

#include <criterion/criterion.h>

#include "system.h"

/* Defines the tests @name_inprocess and @name_native of what static void @name(void) does. */
#define TEST_EACH_PROVIDER(suite, name)                       \
	static void name(void);                               \
	Test(suite, name##_inprocess)                         \
	{                                                     \
		need_provider(VGETRANDOM_PROVIDER_INPROCESS); \
		name();                                       \
	}                                                     \
	Test(suite, name##_native)                            \
	{                                                     \
		need_provider(VGETRANDOM_PROVIDER_NATIVE);    \
		name();                                       \
	}                                                     \
	static void name(void)

static inline void need_provider(enum vgetrandom_provider provider)
{
	if (!use_provider(provider))
		cr_skip_test("this kernel has no provider %s", vgetrandom_provider_name(provider));
}

static inline void need_droppable(void)
{
	if (!droppable_works())
		cr_skip_test("this kernel has no MAP_DROPPABLE");
}

#endif
