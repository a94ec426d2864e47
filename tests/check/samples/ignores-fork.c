// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Seeds itself once. After a fork parent and child have the same key. Caught by: fork. */
#define _GNU_SOURCE
#include "sample.h"

static SAMPLE_THREAD struct sample s;

ssize_t sample_getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	if (!s.has_key && sample_seed(&s) != 0)
		return -1;
	sample_take(&s, buf, len);
	return (ssize_t)len;
}
