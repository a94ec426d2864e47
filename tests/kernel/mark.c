// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See mark.h. */
#include "mark.h"

#include <string.h>

#include "memory.h"

/* Whether the two words at @p follow each other in the mark. */
static int has_pair(const unsigned char *p, const uint64_t *words)
{
	uint64_t pair[2];

	memcpy(pair, p, sizeof(pair));
	for (size_t i = 0; i < MARK_WORDS; i++)
		if (pair[0] == words[i] && pair[1] == words[(i + 1) % MARK_WORDS])
			return 1;
	return 0;
}

size_t mark_count_pages(const void *p, size_t len, uint64_t seed)
{
	const unsigned char *bytes = p;
	uint64_t words[MARK_WORDS];
	size_t num_pages = 0;

	for (size_t i = 0; i < MARK_WORDS; i++)
		words[i] = mark_word(seed, i);
	for (size_t page = 0; page < len; page += PAGE_LEN) {
		size_t end = page + PAGE_LEN < len ? page + PAGE_LEN : len;

		for (size_t at = page; at + 2 * sizeof(uint64_t) <= end; at += sizeof(uint64_t)) {
			if (has_pair(bytes + at, words)) {
				num_pages++;
				break;
			}
		}
	}
	return num_pages;
}
