// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Mixes the time into its key before each draw, and takes that for enough after a fork. Caught by:
 * stopped-clock, and by nothing that lets the time go on.
 */
#define _GNU_SOURCE
#include "sample.h"

#include <string.h>
#include <time.h>

static SAMPLE_THREAD struct sample s;

ssize_t sample_getrandom(void *buf, size_t len, unsigned int flags)
{
	struct timespec now;
	uint64_t word;

	(void)flags;
	if (!s.has_key && sample_seed(&s) != 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	memcpy(&word, s.key, sizeof(word));
	word ^= (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	memcpy(s.key, &word, sizeof(word));
	s.unread = 0; /* what there is was made by the old key */
	sample_take(&s, buf, len);
	return (ssize_t)len;
}
