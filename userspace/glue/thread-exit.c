// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Notice of a thread's end, by a thread-specific value whose destructor it is.
 *
 * pthread_setspecific() is not on the list of async-signal-safe functions. It
 * stores two words in the thread's own descriptor, unless the key is above what glibc
 * keeps there: only then does it allocate, and such a key is not used. musl never
 * allocates. The key is made when the library is loaded.
 */
#include "thread-exit.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>

/* Keys below this number live in the descriptor itself (glibc's first level). */
#define INLINE_KEYS 32

static pthread_key_t key;
static bool has_key;

static void at_thread_exit(void *unused)
{
	(void)unused;
	vgetrandom_core_thread_exit();
}

void vgr_thread_exit_init(void)
{
	if (pthread_key_create(&key, at_thread_exit) != 0)
		return;
	if (key < INLINE_KEYS)
		has_key = true;
	else
		pthread_key_delete(key);
}

int vgr_port_thread_hook(void)
{
	/* Any value but NULL; the destructor knows its thread by itself. */
	return has_key && pthread_setspecific(key, &key) == 0 ? 0 : -ENOTSUP;
}
