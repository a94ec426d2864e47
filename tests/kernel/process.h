/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What another process has done until now, as /proc/PID tells; 0 if it is gone.
 */
#ifndef VGK_PROCESS_H
#define VGK_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

/* How often it gave up its processor. */
size_t process_sleeps(pid_t pid);

/* Its page faults that ended without an error: each is a try to get a page. */
size_t process_faults(pid_t pid);

#endif
