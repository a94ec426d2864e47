/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Types shared by vgetrandom.h and core.h. Needs neither a libc nor kernel headers.
 */
#ifndef VGETRANDOM_TYPES_H
#define VGETRANDOM_TYPES_H

#include <stdint.h>

/*
 * Where the random bytes come from.
 *
 * AUTO:      the first of the others, in this order, that works here
 * MODULE:    the image and the memory of /dev/vgetrandom
 * NATIVE:    the image inside this library; the kernel's own vDSO function (Linux 6.11) decides
 *            after each draw whether it counts
 * INPROCESS: the image inside this library, with a new key every minute
 * SYSCALL:   getrandom(2)
 */
enum vgetrandom_provider {
	VGETRANDOM_PROVIDER_AUTO,
	VGETRANDOM_PROVIDER_MODULE,
	VGETRANDOM_PROVIDER_NATIVE,
	VGETRANDOM_PROVIDER_INPROCESS,
	VGETRANDOM_PROVIDER_SYSCALL,
};

/*
 * What happened in this process since it started or was forked. Each counter is summed
 * over all threads while they keep running, so the result is approximate.
 *
 * calls:              calls to any function that draws
 * bytes:              bytes delivered
 * fallback_busy:      calls that used the system call because they interrupted another one
 * fallback_no_state:  calls that used it because there was no memory for a state, or no
 *                     provider yet
 * fallback_refresh:   calls that used it because the key was no longer fresh twice in a row, or
 *                     could not be renewed
 * reseeds:            keys fetched from the kernel, not the kernel's own reseeds (not counted
 *                     where only the image knows the layout of states: a module of another
 *                     version, a kernel's function that generates)
 * wipes:              of these, keys fetched because a page drop or a fork had wiped the state
 * states_abandoned:   states abandoned after a signal handler left a call by siglongjmp()
 */
struct vgetrandom_stats {
	uint64_t calls;
	uint64_t bytes;
	uint64_t fallback_busy;
	uint64_t fallback_no_state;
	uint64_t fallback_refresh;
	uint64_t reseeds;
	uint64_t wipes;
	uint64_t states_abandoned;
};

#endif
