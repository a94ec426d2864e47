/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_THREAD_EXIT_H
#define VGR_THREAD_EXIT_H

#include <stdbool.h>

/*
 * Sees to it that vgr_thread_exit() is called when the calling thread ends. Async-signal-safe and
 * without malloc().
 *
 * Returns whether that could be done.
 */
bool vgr_thread_exit_hook(void);

/* In thread.c: gives back what the calling thread holds. */
void vgr_thread_exit(void);

#endif
