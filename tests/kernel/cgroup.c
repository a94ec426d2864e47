// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process in a memory cgroup of its own, without a limit, uses states. It is not killed by that,
 * and the pages are charged to the cgroup, also while a pipe holds them after they were unmapped.
 * With a limit, and alone in it, it does not wait for itself: its pages are dropped, or the
 * kernel kills it, as for ordinary memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"

#define CGROUP       "/sys/fs/cgroup/states"
#define PIPE_LEN     (16 * PAGE_LEN)
#define NUM_MAPPINGS 64
#define LIMIT        (16 << 20)

static long current_kb(void)
{
	char text[32] = "";
	FILE *file = fopen(CGROUP "/memory.current", "re");

	if (!file || !fgets(text, sizeof(text), file))
		vgt_child_fail("memory.current: %s", strerror(errno));
	fclose(file);
	return atol(text) / 1024;
}

static void set(const char *path, const char *text)
{
	if (!job_write(path, text))
		vgt_child_fail("%s: %s", path, strerror(errno));
}

static void enter_cgroup(void)
{
	set(CGROUP "/cgroup.procs", "0");
}

static unsigned char *touched(const struct memory *memory, size_t len, size_t *mapped_len)
{
	unsigned char *pages = memory->map(len, mapped_len);

	if (!pages)
		vgt_child_fail("no memory: %s", strerror(errno));
	for (size_t i = 0; i < len; i += PAGE_LEN)
		pages[i] = 1;
	return pages;
}

/* Returns how many of the pages a pipe holds now, after they were unmapped. */
static ssize_t hold_pages(unsigned char *pages, size_t mapped_len)
{
	struct iovec iov = { pages, PIPE_LEN };
	ssize_t len;
	int fds[2];

	if (pipe(fds) != 0)
		vgt_child_fail("pipe: %s", strerror(errno));
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_LEN);
	len = vmsplice(fds[1], &iov, 1, SPLICE_F_NONBLOCK);
	if (len < 0)
		vgt_child_fail("vmsplice: %s", strerror(errno));
	munmap(pages, mapped_len);
	return len / PAGE_LEN;
}

static void expect_charged(void *arg)
{
	long before, with_pages, held;
	ssize_t num_held = 0;
	size_t mapped_len;

	enter_cgroup();
	before = current_kb();
	for (size_t i = 0; i < NUM_MAPPINGS; i++)
		num_held += hold_pages(touched(arg, PIPE_LEN, &mapped_len), mapped_len);
	held = current_kb() - before;
	touched(arg, 4 << 20, &mapped_len);
	with_pages = current_kb() - before - held;
	printf("%zd pages are held, %ld KiB charged for them; for 4096 KiB mapped %ld KiB\n",
	       num_held, held, with_pages);
	fflush(stdout);
	/* The kernel's own memory cannot lie in the way: it only adds. */
	if (held < num_held * PAGE_LEN / 1024 * 9 / 10)
		vgt_child_fail("%ld KiB charged for %zd pages that are held", held, num_held);
	if (with_pages < 4096 * 9 / 10)
		vgt_child_fail("%ld KiB charged for 4096 KiB", with_pages);
}

static void use_more_than_limit(void *arg)
{
	size_t mapped_len;
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", LIMIT);
	set(CGROUP "/memory.max", limit);
	enter_cgroup();
	touched(arg, 2 * LIMIT, &mapped_len);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	char why[VGT_CHILD_WHY_SIZE];
	struct memory memory;
	bool is_good;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	if (mkdir(CGROUP, 0755) != 0 && errno != EEXIST)
		job_skip("no memory cgroup can be made: %s", strerror(errno));
	job_check(vgt_run_child(expect_charged, &memory, why),
		  "states in a cgroup without a limit: %s", why);
	is_good = vgt_run_child(use_more_than_limit, &memory, why);
	job_note("alone at the limit: %s", is_good ? "pages are dropped" : why);
	is_good = is_good || strstr(why, strsignal(SIGKILL));
	/* The kernel's own memory is not ours to judge: under load 6.12 has taken longer once. */
	job_check(is_good || memory.is_native, "alone at the limit it does not wait for itself: %s",
		  why);
	rmdir(CGROUP);
	job_finish("charged, also while held");
}
