// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A child takes the kernel's promise away, MADV_KEEPONFORK, and forks in a loop. Its children begin
 * with pages of zeros all the same, and its parent, which shares nothing with them but the
 * origin of the mapping, keeps its own pages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "memory.h"

#define NUM_PAGES 8
#define NUM_FORKS 200

static unsigned char *pages;

/* Exit status: what was wrong. */
static int fork_in_loop(void)
{
	int status;

	if (madvise(pages, NUM_PAGES * PAGE_LEN, MADV_KEEPONFORK) != 0)
		return errno == EINVAL ? 0 : 1;
	for (int i = 0; i < NUM_FORKS; i++) {
		pid_t pid;

		memset(pages, 0x55, NUM_PAGES * PAGE_LEN);
		pid = fork();
		if (pid < 0)
			return 2;
		if (pid == 0)
			_exit(pages_are_zero(pages, NUM_PAGES) ? 0 : 1);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return 3;
		/* The flag was set again, for the next child of this mapping. */
		madvise(pages, NUM_PAGES * PAGE_LEN, MADV_KEEPONFORK);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	size_t mapped_len, num_lost = 0;
	struct memory memory;
	int status;
	pid_t pid;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	pages = memory_map(&memory, NUM_PAGES * PAGE_LEN, &mapped_len);
	memset(pages, 0xaa, NUM_PAGES * PAGE_LEN);
	pid = fork();
	if (pid < 0)
		job_fail("fork: %s", strerror(errno));
	if (pid == 0)
		_exit(fork_in_loop());
	waitpid(pid, &status, 0);
	job_check(status == 0, "each of its children began with zeros: status %#x",
		  (unsigned int)status);
	for (size_t i = 0; i < NUM_PAGES; i++)
		num_lost += pages[i * PAGE_LEN] != 0xaa;
	job_check(num_lost == 0, "%zu of the parent's %d pages were dropped by it", num_lost,
		  NUM_PAGES);
	job_finish("%d forks took no page from the parent", NUM_FORKS);
}
