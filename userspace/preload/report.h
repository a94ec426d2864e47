/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The line that a process writes at its end, see report.c.
 */
#ifndef VGR_REPORT_H
#define VGR_REPORT_H

#include <stdint.h>

/*
 * Write it; set by `vgetrandom run --stats`. The value is the process ID of the command, which
 * always writes a line; processes below it only if they drew something. With --stats=FILE the
 * device and inode number of that file follow, and its path: "PID:DEVICE:INODE:PATH".
 */
#define VGR_STATS_VARIABLE "VGETRANDOM_PRELOAD_STATS"

/* At load, while there is one thread. */
void vgr_report_begin(void);

/* What the shim drew for itself, not for the program. */
void vgr_report_except(uint64_t calls, uint64_t bytes);

#endif
