// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A memory cgroup that is full, so that the kernel drops what it may. A process of its own is in
 * the group; the one that made it removes it when that has ended, however it ended.
 */
#define _GNU_SOURCE
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "inject.h"

#define PAGE_LEN     4096
#define DRAWS        8
#define LIMIT_BYTES  "16777216"
#define FILL_LEN     (30ul << 20)
#define FILL_ROUNDS  30
#define REMOVE_TRIES 6000
#define RANGES_MAX   64

/* In a mount that nobody else sees. procs: the file that takes the processes. */
struct group {
	char top[64], path[128];
	const char *procs;
};

static bool write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return done;
}

/* The kernel needs a moment to see that the last process is gone. */
static void remove_group(struct group *group)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < REMOVE_TRIES && rmdir(group->path) != 0 && errno == EBUSY; i++)
		nanosleep(&pause, NULL);
}

/* The name is a new one: another run's group may be there. */
static bool make_in(struct group *group, const char *limit, const char *procs)
{
	snprintf(group->path, sizeof(group->path), "%s/vgetrandom-check.XXXXXX", group->top);
	group->procs = procs;
	if (!mkdtemp(group->path))
		return false;
	if (write_file(group->path, limit, LIMIT_BYTES))
		return true;
	remove_group(group);
	return false;
}

/* Version 2, else version 1. */
static bool make_group(struct group *group)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return false;
	if (mount("none", group->top, "cgroup2", 0, NULL) == 0) {
		write_file(group->top, "cgroup.subtree_control", "+memory");
		if (make_in(group, "memory.max", "cgroup.procs"))
			return true;
		umount2(group->top, MNT_DETACH);
	}
	return mount("none", group->top, "cgroup", 0, "memory") == 0 &&
	       make_in(group, "memory.limit_in_bytes", "tasks");
}

/* Pages of a file can be given up, so the group is always full and never out of memory. */
static void press(int fd)
{
	char *p = mmap(NULL, FILL_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return;
	for (size_t i = 0; i < FILL_LEN; i += PAGE_LEN)
		p[i]++;
	munmap(p, FILL_LEN);
}

static uintptr_t page_of_state(const struct check_target *target)
{
	uintptr_t state = target->state ? (uintptr_t)target->state() : 0;

	return state & ~(uintptr_t)(PAGE_LEN - 1);
}

/* Whether the kernel may drop it: before Linux 6.11, and with MADV_WIPEONFORK alone, it may not. */
static bool is_droppable(uintptr_t page)
{
	struct check_range ranges[RANGES_MAX];
	unsigned int num = check_find_maps(" dp", ranges, RANGES_MAX);

	for (unsigned int i = 0; i < num; i++)
		if (page >= ranges[i].start && page < ranges[i].end)
			return true;
	return false;
}

static bool is_dropped(uintptr_t page)
{
	unsigned char present;

	return page && mincore((void *)page, PAGE_LEN, &present) == 0 && !(present & 1);
}

static void draw_under_pressure(const struct check_target *target, struct check_outputs *o, int fd)
{
	unsigned int drops = 0;
	uintptr_t page;

	for (int i = 0; i < FILL_ROUNDS; i++) {
		check_draw_outputs(o, DRAWS);
		press(fd);
		drops += is_dropped(page_of_state(target));
	}
	check_draw_outputs(o, DRAWS);
	page = page_of_state(target);
	if (!page)
		return;
	if (!is_droppable(page))
		snprintf(o->note, sizeof(o->note),
			 "a memory cgroup that is full; the state cannot be dropped here");
	else if (drops == 0)
		check_fail(o, "the page was never gone: the memory pressure did nothing");
	else
		snprintf(o->note, sizeof(o->note),
			 "a memory cgroup that is full: %u of %d times the page was gone", drops,
			 FILL_ROUNDS);
}

static void run_in_group(const struct group *group, const struct check_target *target,
			 struct check_outputs *o)
{
	char file[] = "/var/tmp/vgetrandom-check.XXXXXX";
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!write_file(group->path, group->procs, "0")) {
		check_skip(o, "no process can be put into a memory cgroup here");
		return;
	}
	fd = mkstemp(file);
	unlink(file);
	if (fd < 0 || ftruncate(fd, (off_t)FILL_LEN) != 0)
		check_skip(o, "no space for a file that fills the memory");
	else
		draw_under_pressure(target, o, fd);
}

void check_scenario_pressure(const struct check_target *target, struct check_outputs *o)
{
	struct group group = { .top = "/tmp/vgetrandom-check.XXXXXX" };
	int status = 0;
	pid_t pid;

	if (!mkdtemp(group.top)) {
		check_skip(o, "no folder can be made in /tmp");
		return;
	}
	if (make_group(&group)) {
		pid = fork();
		if (pid == 0) {
			run_in_group(&group, target, o);
			_exit(0);
		}
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		remove_group(&group);
	} else {
		check_skip(o, "no memory cgroup can be made here (needs root and the controller)");
	}
	umount2(group.top, MNT_DETACH);
	rmdir(group.top);
	/* A crash in there is one of the scenario. */
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
}
