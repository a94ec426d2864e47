/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A thread's use of the generator: its state, its mark of use, the call.
 */
#ifndef VGR_THREAD_H
#define VGR_THREAD_H

#include <stddef.h>
#include <sys/types.h>

/*
 * getrandom(2) by the provider in use: bytes written, or -errno. Leaves errno alone.
 */
ssize_t vgr_getrandom(void *buf, size_t len, unsigned int flags);

/*
 * Gives the calling thread a state of the provider in use.
 *
 * Returns 0 or -errno.
 */
int vgr_thread_attach(void);

#endif
