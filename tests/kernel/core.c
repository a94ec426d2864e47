// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Memory for states is never in a core file. The same mark lies in states and in ordinary
 * memory; the process dumps core, and its parent looks for both. For a place where
 * /proc/sys/kernel/core_pattern is ours to set: a guest, as root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "mark.h"
#include "memory.h"

#define NUM_PAGES     16
#define LEN           (NUM_PAGES * (size_t)PAGE_LEN)
#define CORE          "/tmp/core"

#define STATE_SEED    0x5717e
#define ORDINARY_SEED 0x0121da

static void set(const char *path, const char *text)
{
	if (!job_write(path, text))
		job_skip("%s cannot be set: %s", path, strerror(errno));
}

/* The process that dumps. A fork of it would have no states to dump. */
static void dump_core(const struct memory *memory)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	size_t mapped_len;
	unsigned char *states, *ordinary;

	if (setrlimit(RLIMIT_CORE, &limit) != 0)
		_exit(1);
	states = memory_map(memory, LEN, &mapped_len);
	ordinary = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ordinary == MAP_FAILED)
		_exit(1);
	mark_fill(states, LEN, STATE_SEED);
	mark_fill(ordinary, LEN, ORDINARY_SEED);
	kill(getpid(), SIGABRT);
}

static const unsigned char *map_core(size_t *len)
{
	int fd = open(CORE, O_RDONLY | O_CLOEXEC);
	struct stat info;
	void *p;

	if (fd < 0 || fstat(fd, &info) != 0)
		job_fail("there is no core file: %s", strerror(errno));
	*len = (size_t)info.st_size;
	p = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		job_fail("mmap: %s", strerror(errno));
	close(fd);
	return p;
}

/* @filter: every kind of memory that can be dumped, also what is shared and what is huge. */
static void check_filter(const struct memory *memory, const char *filter)
{
	size_t len, num_ordinary, num_state;
	const unsigned char *core;
	int status = 0;
	pid_t pid;

	unlink(CORE);
	set("/proc/self/coredump_filter", filter);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		dump_core(memory);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
	    !WCOREDUMP(status))
		job_fail("the process did not dump core: status %#x", (unsigned int)status);
	core = map_core(&len);
	num_ordinary = mark_count_pages(core, len, ORDINARY_SEED);
	num_state = mark_count_pages(core, len, STATE_SEED);
	job_note("filter %s: %zu bytes, %zu ordinary pages, %zu pages of states", filter, len,
		 num_ordinary, num_state);
	job_check(num_ordinary >= NUM_PAGES, "the %d ordinary pages are in the core file: %zu are",
		  NUM_PAGES, num_ordinary);
	job_check(num_state == 0, "no page of a state is in the core file: %zu are", num_state);
	munmap((void *)core, len);
	unlink(CORE);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	struct memory memory;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	set("/proc/sys/kernel/core_pattern", CORE);
	check_filter(&memory, "0x33");
	check_filter(&memory, "0x1ff");
	job_finish("%d ordinary pages in the core file, none of a state", NUM_PAGES);
}
