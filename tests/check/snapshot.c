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
#include <time.h>
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

/* What runs of the same pass have in common: what was there before the copy. */
struct head {
	uint8_t report[offsetof(struct check_report, before)];
	uint8_t side[offsetof(struct check_side, outer)];
};

static void save_head(struct head *head)
{
	memcpy(head->report, check_process.report, sizeof(head->report));
	memcpy(head->side, check_process.side, sizeof(head->side));
}

static void restore_head(const struct head *head)
{
	memcpy(check_process.report, head->report, sizeof(head->report));
	memcpy(check_process.side, head->side, sizeof(head->side));
	/* Of a fork that was the second injection. */
	if (!check_process.report->forked)
		check_side_clear(&check_process.report->child);
}

/* The parent goes on undisturbed, and its outputs are compared with all of the child's. If it
 * fails, it takes this process with it. */
static void wait_for_parent(void)
{
	const struct timespec pause = { .tv_nsec = 20000 };
	const struct check_report *report = check_process.report;

	while (report->forked && check_process.side == &report->child &&
	       !__atomic_load_n(&report->parent.done, __ATOMIC_ACQUIRE))
		nanosleep(&pause, NULL);
}

static enum check_role copy_as_run(struct check_snapshots *snapshots)
{
	long pid = copy_here();

	if (pid == 0) {
		check_process.run = &snapshots->run;
		check_process.snapshots = NULL;
		check_process.is_pass = false;
		return CHECK_BE_RUN;
	}
	check_run_wait((int)pid, CHECK_IDLE_SECONDS, CHECK_SLEEP_SECONDS, check_process.report);
	snapshots->ended(snapshots->work, check_process.report);
	return CHECK_GO_ON;
}

static enum check_role copy_as_pass(struct check_snapshots *snapshots)
{
	static struct check_run run;
	long pid = copy_here();

	if (pid == 0) {
		snapshots->begin_pass(snapshots->work);
		/* Its second injection is not for this process. */
		run = snapshots->run;
		run.at[1] = CHECK_NOWHERE;
		check_process.run = &run;
		check_process.is_pass = true;
		return CHECK_BE_PASS;
	}
	check_pass_wait((int)pid);
	snapshots->skip_pass(snapshots->work);
	return CHECK_GO_ON;
}

enum check_role check_snapshot(long num, bool maps_may_have_changed)
{
	struct check_snapshots *s = check_process.snapshots;
	bool is_pass = check_process.is_pass;
	struct head head;

	if (maps_may_have_changed)
		num_ranges = check_find_maps(" dp wf", ranges, RANGES_MAX);
	while (s->has_next && s->run.at[is_pass] == num) {
		enum check_role role;

		if (is_pass) {
			wait_for_parent();
			save_head(&head);
			role = copy_as_run(s);
		} else {
			check_report_clear(check_process.report);
			role = s->run.at[1] == CHECK_NOWHERE ? copy_as_run(s) : copy_as_pass(s);
		}
		if (role != CHECK_GO_ON)
			return role;
		if (is_pass)
			restore_head(&head);
		s->has_next = s->next(s->work, &s->run);
	}
	return CHECK_GO_ON;
}
