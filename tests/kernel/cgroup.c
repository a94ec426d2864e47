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
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"

#define CGROUP       "/sys/fs/cgroup/states"
#define PIPE_LEN     (16 * PAGE_LEN)
#define NUM_MAPPINGS 256
#define MAPPED_LEN   (16 << 20)
#define LIMIT        (16 << 20)
#define BEYOND       (4 << 20)

/* How many pages the process at the limit has touched. */
static atomic_size_t *num_touched;

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
	for (size_t i = 0; i < len; i += PAGE_LEN) {
		pages[i] = 1;
		atomic_fetch_add(num_touched, 1);
	}
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
	touched(arg, MAPPED_LEN, &mapped_len);
	with_pages = current_kb() - before - held;
	printf("%zd pages are held, %ld KiB charged for them; for %d KiB mapped %ld KiB\n",
	       num_held, held, MAPPED_LEN >> 10, with_pages);
	fflush(stdout);
	/*
	 * The kernel's own memory cannot lie in the way: it only adds. But each CPU may have up to
	 * 64 pages charged in advance, at either reading.
	 */
	if (held < num_held * PAGE_LEN / 1024 * 9 / 10)
		vgt_child_fail("%ld KiB charged for %zd pages that are held", held, num_held);
	if (with_pages < (MAPPED_LEN >> 10) * 9 / 10)
		vgt_child_fail("%ld KiB charged for %d KiB", with_pages, MAPPED_LEN >> 10);
}

static void use_more_than_limit(void *arg)
{
	size_t mapped_len;
	char limit[16];

	snprintf(limit, sizeof(limit), "%d", LIMIT);
	set(CGROUP "/memory.max", limit);
	enter_cgroup();
	touched(arg, LIMIT + BEYOND, &mapped_len);
}

/* Returns the status of @pid, or kills it and returns -1 if it does not go on. */
static int wait_while_it_goes_on(pid_t pid)
{
	struct job_progress progress = { 0 };
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (!job_goes_on(&progress, atomic_load(num_touched))) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		usleep(10 * 1000);
	}
	return status;
}

static void check_alone_at_limit(struct memory *memory)
{
	char why[VGT_CHILD_WHY_SIZE] = "";
	struct vgt_child child;
	int status;

	atomic_store(num_touched, 0);
	if (vgt_fork(&child) == 0) {
		alarm(0);
		use_more_than_limit(memory);
		vgt_child_pass();
	}
	status = wait_while_it_goes_on(child.pid);
	if (read(child.report_fd, why, sizeof(why) - 1) > 0)
		job_fail("no limit: %s", why);
	close(child.report_fd);
	job_note("alone at the limit: %s",
		 status == 0 ? "pages are dropped" : (status < 0 ? "stuck" : "killed"));
	/* The kernel's own memory is not ours to judge. */
	job_check(status == 0 ||
			  (status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
			  (status < 0 && memory->is_native),
		  "alone at the limit it does not wait for itself: status %#x after %zu pages",
		  (unsigned int)status, atomic_load(num_touched));
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	char why[VGT_CHILD_WHY_SIZE];
	struct memory memory;

	job_start(argc, argv, options);
	num_touched = vgt_shared(sizeof(*num_touched));
	memory_open(&memory, options[0].value);
	if (mkdir(CGROUP, 0755) != 0 && errno != EEXIST)
		job_skip("no memory cgroup can be made: %s", strerror(errno));
	job_check(vgt_run_child(expect_charged, &memory, why),
		  "states in a cgroup without a limit: %s", why);
	check_alone_at_limit(&memory);
	rmdir(CGROUP);
	job_finish("charged, also while held");
}
