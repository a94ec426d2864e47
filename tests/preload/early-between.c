// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A library that needs the answer when it is relocated. */
#include "early.h"

int early_answer_between(void)
{
	return early_answer();
}
