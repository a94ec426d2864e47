// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * aarch64: see other-calls.h. A 64-bit program cannot make a call of a 32-bit one there;
 * other-abi.c is one that does.
 */
#include "other-calls.h"

void check_other_calls(long number)
{
	(void)number;
}
