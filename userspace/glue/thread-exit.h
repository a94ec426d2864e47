/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef VGR_THREAD_EXIT_H
#define VGR_THREAD_EXIT_H

/* Makes the key whose destructor tells of a thread's end; before that no thread gets a state. */
void vgr_thread_exit_init(void);

#endif
