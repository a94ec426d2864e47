/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is equal of configurations. Two that differ only in *which* fresh random words they hold go
 * on alike, so sources are named by the order in which their words are met. What the words have to
 * do with each other is kept: which keystream comes of which key, what was handed out, what is too
 * old.
 */
#ifndef EXPLORE_CANON_H
#define EXPLORE_CANON_H

#include "explore.h"

struct explore_canon {
	uint64_t hash[2];
};

/* Of explore_now. Forgets what was handed out and cannot come again. */
struct explore_canon explore_canon_now(void);

/* Before words get other sources. */
void explore_canon_clear(void);

/* A generation that neither memory nor registers hold. */
uint64_t explore_unused_generation(void);

#endif
