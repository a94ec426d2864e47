/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How a configuration becomes a number (canon.h): all that it consists of is emitted in a fixed
 * order, random words by the names that their sources get when they are first met. One at a time.
 */
#ifndef EXPLORE_NAMING_H
#define EXPLORE_NAMING_H

#include "words.h"

#define EXPLORE_FIRST_GENERATION 0x1001
#define EXPLORE_NAMES_MAX        512

enum { TAG_WORD = 1, TAG_OTHER, TAG_PART, TAG_KEY, TAG_AGE, TAG_PAST, TAG_MEMORY };

struct explore_naming {
	uint64_t hash[2], sum[2];
	bool keeps_names;
	uint32_t num;
	uint32_t source[EXPLORE_NAMES_MAX];
	uint64_t live[EXPLORE_NAMES_MAX][EXPLORE_SOURCE_WORDS / 64];
	bool makes_all[EXPLORE_NAMES_MAX]; /* its keystream is being made */
	uint32_t last;
	uint32_t generations; /* bit n: EXPLORE_FIRST_GENERATION + n was met */
};

extern struct explore_naming explore_naming;

static inline uint64_t explore_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 29;
	x *= 0x9e3779b97f4a7c15u;
	return x ^ x >> 32;
}

static inline void explore_emit(uint64_t value)
{
	explore_naming.hash[0] = (explore_naming.hash[0] ^ value) * 0x9e3779b97f4a7c15u;
	explore_naming.hash[0] ^= explore_naming.hash[0] >> 31;
	explore_naming.hash[1] = (explore_naming.hash[1] + value) * 0xc2b2ae3d27d4eb4fu;
	explore_naming.hash[1] ^= explore_naming.hash[1] >> 29;
}

/* What has no order. */
static inline void explore_emit_unordered(uint64_t value)
{
	explore_naming.sum[0] += explore_mix(value);
	explore_naming.sum[1] += explore_mix(value ^ 0x5851f42d4c957f2du);
}

/* The name of @source, or explore_naming.num if it was not met. */
uint32_t explore_name_find(uint32_t source);

/* The same, which is met now. */
uint32_t explore_name(uint32_t source);

void explore_emit_word(uint32_t word);
void explore_emit_memory(const uint8_t *memory, size_t len);

/* What is in memory.h: first of all, so that its names depend on nothing else. */
void explore_emit_memories(void);

/* When all was met: what was handed out, what is forgotten; and what the names have in common. */
void explore_emit_past(void);
void explore_emit_names(void);

#endif
