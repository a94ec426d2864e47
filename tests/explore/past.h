/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The words that must not come again, in explore_now.past.
 */
#ifndef EXPLORE_PAST_H
#define EXPLORE_PAST_H

#include "config.h"

void explore_past_add(uint32_t word, uint32_t owner);

/* The whole keystream of @source. */
void explore_past_add_source(uint32_t source, uint32_t owner);

/* Whether @word is there, of an owner for whom @counts says so; whose it is. */
bool explore_past_has(uint32_t word, uint32_t excused, uint32_t *owner);

/* What was @from's is @to's. */
void explore_past_give(uint32_t from, uint32_t to);

#endif
