// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The part of oracle.h that needs no libsodium. */
#include "oracle.h"

#include <stdio.h>

#include "arch.h"

static vgr_chacha20_fn *const versions[] = VGR_CHACHA_VERSIONS;

static const char *const names[] = VGR_CHACHA_LEVEL_NAMES;

#define NUM_LEVELS (sizeof(names) / sizeof(names[0]))

_Static_assert(NUM_LEVELS == sizeof(versions) / sizeof(versions[0]), "a version for each level");

vgr_chacha20_fn *vgt_chacha20_of_level(uint32_t level)
{
	return versions[level < NUM_LEVELS ? level : NUM_LEVELS - 1];
}

const char *vgt_level_name(uint32_t level)
{
	return level < NUM_LEVELS ? names[level] : "unknown level";
}

static size_t hex(char *to, size_t size, const unsigned char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 3 < size; i++)
		n += (size_t)snprintf(to + n, size - n, "%02x", p[i]);
	return n;
}

const char *vgt_difference(const void *expected, const void *actual, size_t len)
{
	static char text[160];
	const unsigned char *e = expected, *a = actual;
	size_t i = 0, shown, n;

	while (i < len && e[i] == a[i])
		i++;
	if (i == len)
		return "equal";
	shown = len - i < 16 ? len - i : 16;
	n = (size_t)snprintf(text, sizeof(text), "at byte %zu of %zu: expected ", i, len);
	n += hex(text + n, sizeof(text) - n, e + i, shown);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ", actual ");
	hex(text + n, sizeof(text) - n, a + i, shown);
	return text;
}
