// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * For a test: getrandom(2) after a lock that is held for an instruction or two. A handler's call
 * that comes there waits for ever.
 */
#define _GNU_SOURCE
#include <sys/random.h>
#include <sys/types.h>
#include <unistd.h>

__attribute__((visibility("default"))) ssize_t stuck_getrandom(void *buf, size_t len,
							       unsigned int flags);

static volatile int is_locked;

ssize_t stuck_getrandom(void *buf, size_t len, unsigned int flags)
{
	while (is_locked)
		pause();
	is_locked = 1;
	is_locked = 0;
	return getrandom(buf, len, flags);
}
