/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The line that a process writes at its end, see report.c.
 */
#ifndef VGR_REPORT_H
#define VGR_REPORT_H

/*
 * Write it; set by `vgetrandom run --stats`. The value is the process ID of the command, which
 * always writes a line; processes below it only if they drew something. With --stats=FILE the
 * device and inode number of that file follow, and its path: "PID:DEVICE:INODE:PATH".
 */
#define VGR_STATS_VARIABLE "VGETRANDOM_PRELOAD_STATS"

struct vgetrandom_stats;

/*
 * At load, while there is one thread. What happened since @before was no call of the program's.
 */
void vgr_report_begin(const struct vgetrandom_stats *before);

#endif
