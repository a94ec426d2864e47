// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The bar is redrawn in place, a few times a second. */
#define _GNU_SOURCE
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "terminal.h"

#define BAR_LEN        40
#define TEXT_LEN       30 /* of what stands around the bar */
#define REDRAW_SECONDS 0.1

static struct {
	bool shown;
	unsigned long num_steps, done;
	double started_at, drawn_at;
} progress;

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void vgr_progress_start(unsigned long num_steps)
{
	progress.shown = isatty(STDERR_FILENO) == 1;
	progress.num_steps = num_steps;
	progress.done = 0;
	progress.started_at = now_seconds();
}

static void draw(double now)
{
	double part = (double)progress.done / (double)progress.num_steps;
	double left = (now - progress.started_at) * (1 - part) / part;
	int columns = (int)vgr_terminal_columns(stderr);
	int bar_len = columns > BAR_LEN + TEXT_LEN ? BAR_LEN : columns - TEXT_LEN;
	int filled = (int)(part * bar_len);

	fprintf(stderr, "\r");
	/* A line that the terminal breaks would stay: where a bar has no room there is none. */
	if (bar_len > 0)
		fputc('[', stderr);
	for (int i = 0; i < bar_len; i++)
		fputc(i < filled ? '#' : '.', stderr);
	fprintf(stderr, "%s%3.0f%%, %.0f s left \033[K", bar_len > 0 ? "] " : "", part * 100, left);
	fflush(stderr);
	progress.drawn_at = now;
}

void vgr_progress_set(unsigned long done)
{
	double now;

	progress.done = done;
	if (!progress.shown || !done)
		return;
	now = now_seconds();
	if (now - progress.drawn_at >= REDRAW_SECONDS)
		draw(now);
}

void vgr_progress_step(void)
{
	vgr_progress_set(progress.done + 1);
}

void vgr_progress_clear(void)
{
	if (!progress.shown)
		return;
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
	progress.drawn_at = 0;
}
