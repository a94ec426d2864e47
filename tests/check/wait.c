// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See wait.h. What processes do is read from /proc; without it only time tells. */
#define _GNU_SOURCE
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* More than any call takes, stepped through. */
#define BUSY_SECONDS 40
#define POLL_MS      500
#define DEPTH_MAX    4

double check_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of its own, not of its children. */
static double seconds_used(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Returns false, with an empty @text, if there is no such file. */
static bool read_proc(const char *format, pid_t pid, char *text, size_t size)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), format, (int)pid, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, size - 1);
	text[len > 0 ? len : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return len >= 0;
}

/* The state comes after the name, which is in parentheses and may hold anything. */
static bool is_asleep(pid_t pid)
{
	char text[512];
	const char *end;

	if (!read_proc("/proc/%d/stat", pid, text, sizeof(text)))
		return false;
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == 'S';
}

/*
 * Adds to @used what @pid and those below it have used; returns whether all are asleep. Who has
 * something to do and gets no processor is not.
 */
static bool look_at_all(pid_t pid, unsigned int depth, double *used)
{
	char text[512], *next = text, *end;
	bool asleep = is_asleep(pid);
	long child;

	*used += seconds_used(pid);
	if (depth == DEPTH_MAX || !read_proc("/proc/%d/task/%d/children", pid, text, sizeof(text)))
		return false;
	for (; (child = strtol(next, &end, 10)) > 0 && end != next; next = end)
		asleep = look_at_all((pid_t)child, depth + 1, used) && asleep;
	return asleep;
}

bool check_wait_for(pid_t pid, double idle_seconds, double sleep_seconds, int *status)
{
	struct pollfd poll_fd = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	double used = 0, used_by_all = 0, used_at = check_seconds(), awake_at = used_at;
	bool hangs = false;

	while (!hangs && poll(&poll_fd, 1, POLL_MS) <= 0) {
		double now = check_seconds(), used_now = seconds_used(pid), all_now = 0;

		if (!look_at_all(pid, 0, &all_now) || all_now != used_by_all)
			awake_at = now;
		if (used_now > used)
			used_at = now;
		used = used_now;
		used_by_all = all_now;
		hangs = used > BUSY_SECONDS || now - used_at > idle_seconds ||
			now - awake_at > sleep_seconds;
	}
	close(poll_fd.fd);
	if (hangs)
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return !hangs;
}
