/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* For unit tests: a fault by its name; fails the test if there is none. */
#ifndef VGR_CHECK_FAULT_NAMED_H
#define VGR_CHECK_FAULT_NAMED_H

#include <criterion/criterion.h>
#include <string.h>

#include "faults.h"

static inline const struct check_fault *fault_named(const char *name)
{
	for (unsigned int i = 0; i < check_num_faults; i++)
		if (check_fault_is_named(&check_faults[i], name, strlen(name)))
			return &check_faults[i];
	cr_assert_fail("no fault %s", name);
	return NULL;
}

#endif
