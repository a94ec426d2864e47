// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See sweep.h. */
#include "sweep.h"

#include "quiet.h"

#define BOUNDARIES_MIN 200

/* A batch is exhausted in 31. */
#define CALLS_MAX      80
#define LONG_CALLS_MAX 6

const size_t lens[NUM_LENS] = { 4, 32, 200, 5000 };

struct one_call call;
struct boundaries found;
unsigned char nested_buf[64];
size_t nested_len;

void nest(void)
{
	if (call.victim->draw(nested_buf, sizeof(nested_buf)) == sizeof(nested_buf))
		nested_len = sizeof(nested_buf);
}

int calls_max(void)
{
	return call.len > 512 ? LONG_CALLS_MAX : CALLS_MAX;
}

/*
 * Not of a call in which the kernel reseeded: on native that makes two calls of it, and what ends
 * the call lies in its middle, too.
 */
bool sweep_find(const struct victim *victim, size_t len)
{
	struct vgt_quiet quiet = { 0 };

	call.victim = victim;
	call.len = len;
	do {
		vgt_quiet_begin(&quiet);
		found.num = 0;
		victim->wipe();
		for (size_t i = 0; i < (len < 32 || len > 512 ? 3 : 1 + 1024 / len); i++)
			boundaries_find(&found, make_one_call, &call);
	} while (!vgt_quiet_end(&quiet));
	return found.num > BOUNDARIES_MIN;
}
