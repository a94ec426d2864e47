// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A library that draws as soon as its code runs: with EARLY_IFUNC in an IFUNC resolver, while the
 * dynamic linker has not relocated what was loaded before it, the shim included; else in a
 * constructor, which comes before the shim's, as curl and wget do through gnutls.
 */
#include "early.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* More than getentropy(3) gives. Not a constant, of which the compiler would warn. */
static volatile size_t refused_len = 257;

static struct early_draws draws;

/* No library function: with EARLY_IFUNC there may be none yet. */
static void draw(void)
{
	if (getrandom(&draws.by_getrandom, sizeof(draws.by_getrandom), 0) !=
		    sizeof(draws.by_getrandom) ||
	    getentropy(&draws.by_getentropy, sizeof(draws.by_getentropy)) != 0)
		__builtin_trap();
	arc4random_buf(&draws.by_buf, sizeof(draws.by_buf));
	draws.by_number = arc4random();
	draws.below_bound = arc4random_uniform(EARLY_BOUND);
	/* Refused, and there is no errno yet. */
	if (getrandom(draws.unused, sizeof(draws.unused), ~0U) != -1 ||
	    getentropy(draws.unused, refused_len) != -1)
		__builtin_trap();
}

#ifdef EARLY_IFUNC
static int answer(void)
{
	return EARLY_ANSWER;
}

static __attribute__((used)) int (*resolve(void))(void)
{
	draw();
	return answer;
}

int early_answer(void) __attribute__((ifunc("resolve")));
#else
static __attribute__((constructor(101))) void draw_at_load(void)
{
	draw();
}

int early_answer(void)
{
	return EARLY_ANSWER;
}
#endif

const struct early_draws *early_draws(void)
{
	return &draws;
}
