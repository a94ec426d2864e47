// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The process of a run, from its fork to its report. Everything that the target does happens
 * in here, so whatever becomes of it, the tool goes on.
 */
#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "wait.h"

/* More than any call takes on a machine that is busy with other things. */
#define PASS_IDLE_SECONDS 600

struct check_process check_process;

void *check_shared_alloc(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

size_t check_nested_len(size_t size)
{
	size_t max = check_target_size_max();

	if (size < CHECK_NESTED_MIN)
		return CHECK_NESTED_MIN;
	if (size > CHECK_NESTED_MAX)
		size = CHECK_NESTED_MAX;
	return size < max ? size : max;
}

bool check_can_intercept(void)
{
	static enum { UNKNOWN, YES, NO } answer;
	int status = 0;
	pid_t pid;

	if (answer == UNKNOWN) {
		pid = fork();
		if (pid == 0)
			_exit(check_intercept() ? 0 : 1);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		answer = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? YES : NO;
	}
	return answer == YES;
}

/* Unlike random bytes the noise can be computed again; eight of it are never zero. */
static void fill_with_noise(uint8_t *buf, size_t len, uint8_t pattern)
{
	uint64_t x = pattern * 0x9e3779b97f4a7c15u + 0x1234567;

	for (size_t i = 0; i < len; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		buf[i] = (uint8_t)(x >> 56) | 1;
	}
}

static void draw_before(const struct check_run *run, struct check_report *report)
{
	unsigned int i = 0;

	for (size_t left = run->bytes_before, len; left; left -= len, i++) {
		len = left < CHECK_NEXT_LEN ? left : CHECK_NEXT_LEN;
		check_target_draw(report->before[i % CHECK_DRAWS_MAX], len);
	}
	/* The last may have been short, and then there is nothing in it to compare. */
	report->num_before = i < CHECK_DRAWS_MAX ? i : CHECK_DRAWS_MAX;
	if (i && run->bytes_before % CHECK_NEXT_LEN)
		report->num_before--;
}

/* What comes after the call: is the state all right again? */
static void draw_next(struct check_side *side)
{
	unsigned int kept = side->jumped ? CHECK_NEXT_CALLS : CHECK_NEXT_KEPT;
	uint8_t buf[CHECK_NEXT_LEN];

	for (unsigned int i = 0; i < CHECK_NEXT_CALLS; i++) {
		if (i == CHECK_RECOVERY_CALLS)
			check_process.num_syscalls = 0;
		if (!check_target_succeeded(check_target_draw(buf, sizeof(buf)), sizeof(buf)))
			side->next_failed = true;
		if (i >= kept)
			continue;
		/* The report is shared memory: whatever is written beyond it is believed. */
		if (side->num_next == CHECK_NEXT_CALLS)
			abort();
		memcpy(side->next[side->num_next++], buf, sizeof(buf));
	}
	side->late_syscalls = check_process.num_syscalls;
}

/* Both processes of a fork come here. The buffers are copied now, because until now they were
 * private. */
static void finish(uint64_t ret)
{
	struct check_side *side = check_process.side;
	int status;

	side->ret = ret;
	check_process.fail_with = 0;
	memcpy(side->outer, check_process.outer, check_process.run->call.size);
	memcpy(side->nested, check_process.nested, sizeof(side->nested));
	draw_next(side);
	if (check_process.run->visits)
		check_process.report->has_droppable =
			check_has_droppable(check_process.run->target);
	side->done = true;
	if (side == &check_process.report->parent && check_process.child > 0)
		while (waitpid((pid_t)check_process.child, &status, 0) < 0 && errno == EINTR)
			;
	_exit(0);
}

void check_silence(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static _Noreturn void run_here(const struct check_run *run, struct check_report *report)
{
	volatile uint64_t ret = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check_silence();
	check_process.run = run;
	check_process.report = report;
	check_process.snapshots = run->snapshots;
	check_process.side = &report->parent;
	/* Only here: a filter stays, and what this program starts must not have it. */
	if (check_can_intercept() && !check_intercept())
		abort();
	draw_before(run, report);
	memcpy(check_process.outer, report->pattern, run->call.size);
	if (sigsetjmp(check_before_call, 1) == 0)
		ret = check_step();
	check_step_abandon();
	/* Its copies have the results. */
	if (check_process.is_pass)
		check_process.snapshots->end_pass(check_process.snapshots->work, report->last_look);
	if (check_process.snapshots)
		_exit(0);
	finish(ret);
	abort();
}

void check_pass_wait(int pid)
{
	int status;

	check_wait_for(pid, PASS_IDLE_SECONDS, PASS_IDLE_SECONDS, &status);
}

void check_run_wait(int pid, double idle_seconds, double sleep_seconds, struct check_report *report)
{
	int status = 0;
	bool hung = !check_wait_for(pid, idle_seconds, sleep_seconds, &status);

	report->end = CHECK_ENDED;
	if (hung) {
		report->end = CHECK_HUNG;
	} else if (WIFSIGNALED(status)) {
		report->end = CHECK_CRASHED;
		report->signal = WTERMSIG(status);
	} else if (!report->parent.done || (report->forked && !report->child.done)) {
		report->end = CHECK_GAVE_UP;
	}
	if (report->end == CHECK_CRASHED && report->signal == SIGABRT)
		report->end = CHECK_GAVE_UP;
}

void check_side_clear(struct check_side *side)
{
	memset(side, 0, offsetof(struct check_side, outer));
}

void check_report_clear(struct check_report *report)
{
	size_t nested_len = report->nested_len;
	unsigned int num_before = report->num_before;

	memset(report, 0, offsetof(struct check_report, before));
	check_side_clear(&report->parent);
	check_side_clear(&report->child);
	report->nested_len = nested_len;
	report->num_before = num_before;
}

static pid_t start(const struct check_run *run, struct check_report *report)
{
	pid_t pid;

	check_report_clear(report);
	report->num_before = 0;
	report->nested_len = check_nested_len(run->call.size);
	fill_with_noise(report->pattern, run->call.size, run->pattern);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0)
		run_here(run, report);
	return pid;
}

void check_run(const struct check_run *run, struct check_report *report)
{
	check_run_wait(start(run, report), CHECK_IDLE_SECONDS, CHECK_SLEEP_SECONDS, report);
}

/* It waits for its copies, which have time limits of their own. */
void check_run_snapshots(const struct check_run *run, struct check_report *report)
{
	struct check_snapshots *snapshots = run->snapshots;
	pid_t pid;

	snapshots->run = *run;
	snapshots->run.snapshots = NULL;
	snapshots->has_next = snapshots->next(snapshots->work, &snapshots->run);
	if (!snapshots->has_next)
		return;
	pid = start(run, report);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
