// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A program with early.c in it or as its library: prints what that drew. */
#include <inttypes.h>
#include <stdio.h>

#include "early.h"

int main(void)
{
	const struct early_draws *draws = early_draws();

	if (early_answer_between() != EARLY_ANSWER || draws->below_bound >= EARLY_BOUND)
		return 1;
	printf("%" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx32 "\n", draws->by_getrandom,
	       draws->by_getentropy, draws->by_buf, draws->by_number);
	return 0;
}
