// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Takes a new key if its process ID has changed. A child may have the ID of whoever took the
 * key, if that has ended, or in a PID namespace of its own. Caught by: the scenarios
 * pid-reuse and pid-namespace.
 */
#define _GNU_SOURCE
#include "sample.h"

#include <unistd.h>

static SAMPLE_THREAD struct sample s;

ssize_t sample_getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	if (!s.has_key || s.owner != getpid()) {
		if (sample_seed(&s) != 0)
			return -1;
		s.owner = getpid();
	}
	sample_take(&s, buf, len);
	return (ssize_t)len;
}
