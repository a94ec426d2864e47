/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A progress bar with the time left: on stderr, and only if that is a terminal, so that logs
 * stay clean. One at a time.
 */
#ifndef VGR_PROGRESS_H
#define VGR_PROGRESS_H

/* Steps should last about as long as each other: hence the time left. */
void vgr_progress_start(unsigned long num_steps);
void vgr_progress_step(void);

/* So many steps are done in all. */
void vgr_progress_set(unsigned long done);

/* Makes room for a line of output; the next step draws the bar again. */
void vgr_progress_clear(void);

#endif
