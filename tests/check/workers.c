// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Processes that share work. They never call the target themselves, only their children do, so
 * every run begins with a target that was never used. Each stays on one CPU, with its children:
 * the kernel drops a page on demand only if the CPU that asks is the one that it was last
 * put to use on.
 */
#define _GNU_SOURCE
#include "workers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

void check_stay_on_cpu(unsigned int number)
{
	cpu_set_t allowed, one;
	int count;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return;
	count = CPU_COUNT(&allowed);
	for (int cpu = 0, i = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || i++ != (int)number % count)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		/* Without it fewer drops are real, and they are counted. */
		(void)sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static _Noreturn void work(unsigned int number, size_t *next, size_t num,
			   void (*unit)(const void *arg, size_t i), const void *arg)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check_stay_on_cpu(number);
	while ((i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < num)
		unit(arg, i);
	_exit(0);
}

void check_share_work(unsigned int jobs, size_t num, void (*unit)(const void *arg, size_t i),
		      const void *arg, void (*tick)(void))
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	size_t *next = check_shared_alloc(sizeof(*next));
	unsigned int running = 0;

	for (; running < jobs; running++) {
		pid_t pid = fork();

		if (pid < 0)
			abort();
		if (pid == 0)
			work(running, next, num, unit, arg);
	}
	while (running) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid > 0)
			running--;
		else if (pid == 0)
			nanosleep(&pause, NULL);
		else if (errno != EINTR)
			break;
		if (tick)
			tick();
	}
}
