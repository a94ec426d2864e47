// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Guard pages, and the search for what should not have been left behind. */
#define _GNU_SOURCE
#include "guard.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A register of which a result took the lowest byte still holds seven bytes of a secret. */
#define WINDOW_LEN 6

unsigned char *vgt_guarded_alloc(size_t num_pages)
{
	size_t len = num_pages * VGT_PAGE_LEN;
	unsigned char *p =
		mmap(NULL, len + 2 * VGT_PAGE_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + VGT_PAGE_LEN, len, PROT_READ | PROT_WRITE) != 0)
		abort();
	return p + VGT_PAGE_LEN;
}

void vgt_guarded_free(unsigned char *p, size_t num_pages)
{
	munmap(p - VGT_PAGE_LEN, (num_pages + 2) * VGT_PAGE_LEN);
}

bool vgt_all_are(const void *p, size_t len, unsigned char value)
{
	const unsigned char *bytes = p;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

/* More than half of the bytes are the same: a small number, or where bytes were erased. */
static bool is_no_secret(const unsigned char *window)
{
	for (size_t i = 0; i < WINDOW_LEN / 2; i++) {
		size_t same = 0;

		for (size_t j = 0; j < WINDOW_LEN; j++)
			same += window[j] == window[i];
		if (same > WINDOW_LEN / 2)
			return true;
	}
	return false;
}

static uint16_t first_two(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Most places in @hay are ruled out by two bytes, before any window is compared. */
bool vgt_find_window(const void *hay, size_t hay_len, const void *needle, size_t needle_len,
		     size_t *at)
{
	const unsigned char *h = hay, *n = needle;
	bool starts[UINT16_MAX + 1] = { false };

	for (size_t j = 0; j + WINDOW_LEN <= needle_len; j++)
		if (!is_no_secret(n + j))
			starts[first_two(n + j)] = true;
	for (size_t i = 0; i + WINDOW_LEN <= hay_len; i++) {
		if (!starts[first_two(h + i)] || is_no_secret(h + i))
			continue;
		if (memmem(needle, needle_len, h + i, WINDOW_LEN)) {
			*at = i;
			return true;
		}
	}
	return false;
}
