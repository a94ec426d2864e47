// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* When a process counts as hanging, and when it only leaves the work to others. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wait.h"

/*
 * A limit that no test may reach is longer than a test may take; one that is waited for is the
 * shortest that makes sense. Work is counted in CPU time, so it takes at least as long as that.
 */
#define WORK_SECONDS (3 * SHORT)
#define SHORT        1.0
#define NEVER        3600.0
#define TIMEOUT      900

static double seconds_worked(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void work(void)
{
	while (seconds_worked() < WORK_SECONDS)
		;
}

static void work_for_ever(void)
{
	for (;;)
		seconds_worked();
}

static pid_t start_process(void (*body)(void))
{
	pid_t parent = getpid(), pid = fork();

	cr_assert(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		body();
	_exit(0);
}

static void leave_work_to_another(void)
{
	waitpid(start_process(work), NULL, 0);
}

static void leave_endless_work_to_another(void)
{
	waitpid(start_process(work_for_ever), NULL, 0);
}

static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void leave_all_asleep(void)
{
	start_process(sleep_for_ever);
	sleep_for_ever();
}

static bool wait_for(void (*body)(void), double idle_seconds, double sleep_seconds)
{
	int status;

	return check_wait_for(start_process(body), idle_seconds, sleep_seconds, &status);
}

Test(wait, process_that_leaves_the_work_to_another_may, .timeout = TIMEOUT)
{
	cr_assert(wait_for(leave_work_to_another, NEVER, SHORT));
}

Test(wait, process_that_does_nothing_itself_for_too_long_is_killed, .timeout = TIMEOUT)
{
	cr_assert_not(wait_for(leave_endless_work_to_another, SHORT, NEVER));
}

Test(wait, processes_that_all_sleep_are_killed, .timeout = TIMEOUT)
{
	cr_assert_not(wait_for(leave_all_asleep, NEVER, SHORT));
}
