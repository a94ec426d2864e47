/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef EARLY_H
#define EARLY_H

#include <stdint.h>

#define EARLY_ANSWER 42
#define EARLY_BOUND  (UINT32_C(1) << 30)

/* What was drawn before main(), by each function of the C library. */
struct early_draws {
	uint64_t by_getrandom;
	uint64_t by_getentropy;
	uint64_t by_buf;
	uint32_t by_number;
	uint32_t below_bound;
	unsigned char unused[1];
};

const struct early_draws *early_draws(void);

/* Always EARLY_ANSWER; the reason why a resolver runs. */
int early_answer(void);

/* The same, in a library between: it is relocated after that one and before the shim. */
int early_answer_between(void);

#endif
