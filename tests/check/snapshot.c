// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Copies of a process in the middle of a call. A fork is nearly that; what it wipes is saved
 * before and put back after. That makes the time of a sweep grow with the boundaries, not with
 * their square.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inject.h"
#include "run.h"

#define RANGES_MAX 16
#define SAVED_MAX  (256 * 1024)

static struct check_range ranges[RANGES_MAX];
static unsigned int num_ranges;
static uint8_t saved[SAVED_MAX];

static size_t each(void (*copy)(uint8_t *save, uint8_t *p, size_t len))
{
	size_t offset = 0;

	for (unsigned int i = 0; i < num_ranges; i++) {
		size_t len = ranges[i].end - ranges[i].start;

		if (len > SAVED_MAX - offset)
			abort();
		copy(saved + offset, (uint8_t *)ranges[i].start, len);
		offset += len;
	}
	return offset;
}

static void save(uint8_t *to, uint8_t *p, size_t len)
{
	memcpy(to, p, len);
}

/* Pages of zeros are left alone: they need not even be there. */
static void put_back(uint8_t *from, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 64)
		if (memcmp(from + i, p + i, 64) != 0)
			memcpy(p + i, from + i, 64);
}

/* Returns 0 in the copy. */
static long copy_here(void)
{
	long pid;

	each(save);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		abort();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		each(put_back);
	}
	return pid;
}

bool check_snapshot(long num, bool maps_may_have_changed)
{
	struct check_snapshots *snapshots = check_process.run->snapshots;
	struct check_report *report = check_process.report;

	if (maps_may_have_changed)
		num_ranges = check_find_maps(" dp wf", ranges, RANGES_MAX);
	while (snapshots->has_next && snapshots->run.at[0] == num) {
		long pid;

		check_report_clear(report);
		pid = copy_here();
		if (pid == 0) {
			check_process.run = &snapshots->run;
			return true;
		}
		check_run_wait((int)pid, report);
		snapshots->ended(snapshots, report);
		snapshots->has_next = snapshots->next(snapshots, &snapshots->run);
	}
	return false;
}
