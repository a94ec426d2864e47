// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * userfaultfd: whoever serves the page faults of a state would decide what it is after a drop. And
 * write protection, which kernels from 6.7 allow for any mapping with WP_ASYNC, leaves a mark in
 * place of a page that is dropped: an access to it may be refused, but must not hang.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "child.h"
#include "conformance.h"
#include "job.h"

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

/* Returns the userfaultfd, or -1 with errno. */
static int register_range(void *p, size_t len, uint64_t features, uint64_t mode)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register range = { .range = { (uintptr_t)p, len }, .mode = mode };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &range) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool is_served_by_userfaultfd(void *p)
{
	int fd = register_range(p, PAGE_LEN, 0, UFFDIO_REGISTER_MODE_MISSING);

	if (fd < 0) {
		job_note("userfaultfd: %s", strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

/* The access was refused, and did not hang. */
static void pass(int signal)
{
	(void)signal;
	vgt_child_pass();
}

/* The kernel first, as a debugger would; then the process itself. */
static void touch(unsigned char *page)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { page, 1 };
	ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

	if (n == 1 && byte != 0 && byte != 1)
		vgt_child_fail("the kernel read %d from a dropped page", byte);
	signal(SIGBUS, pass);
	*(volatile unsigned char *)page = 2;
	if (*(volatile unsigned char *)page == 1)
		vgt_child_fail("what was written is not there");
}

struct protection {
	const struct memory *memory;
	bool *is_protected; /* shared with the parent */
};

/* Two pages are write-protected, of which the first is there. Both are dropped, then touched. */
static void protect_and_drop(void *arg)
{
	const struct protection *protection = arg;
	const struct memory *memory = protection->memory;
	struct uffdio_writeprotect wp = { .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	unsigned char *pages;
	size_t mapped_len;
	int fd;

	/* Then the module gives its own memory, on every kernel. */
	if (strcmp(memory->name, "module") == 0 && mlockall(MCL_FUTURE) != 0)
		vgt_child_fail("mlockall: %s", strerror(errno));
	pages = memory->map(2 * PAGE_LEN, &mapped_len);
	if (!pages)
		vgt_child_fail("no memory: %s", strerror(errno));
	fd = register_range(pages, mapped_len, UFFD_FEATURE_WP_ASYNC, UFFDIO_REGISTER_MODE_WP);
	if (fd < 0)
		return;
	pages[0] = 1;
	wp.range.start = (uintptr_t)pages;
	wp.range.len = mapped_len;
	if (ioctl(fd, UFFDIO_WRITEPROTECT, &wp) != 0)
		vgt_child_fail("UFFDIO_WRITEPROTECT: %s", strerror(errno));
	*protection->is_protected = true;
	if (madvise(pages, mapped_len, MADV_DONTNEED) != 0)
		vgt_child_fail("MADV_DONTNEED: %s", strerror(errno));
	touch(pages);
	touch(pages + PAGE_LEN);
}

static void check_write_protection(const struct memory *memory)
{
	struct protection protection = { memory, vgt_shared(sizeof(bool)) };
	char why[VGT_CHILD_WHY_SIZE];
	bool is_good = vgt_run_child(protect_and_drop, &protection, why);

	job_check(is_good, "a dropped page with write protection can be touched or is refused: %s",
		  why);
	job_note("userfaultfd WP_ASYNC: %s", *protection.is_protected ? "accepted" : "refused");
}

void check_page_faults(const struct memory *memory)
{
	size_t mapped_len;
	unsigned char *pages;
	bool is_served;

	/* The library's fallback is ordinary memory. */
	if (strcmp(memory->name, "inprocess") == 0)
		return;
	pages = memory_map(memory, PAGE_LEN, &mapped_len);
	is_served = is_served_by_userfaultfd(pages);
	/* 6.11 and 6.12 mean to refuse it, and compare what they have masked out before. */
	if (memory->is_native)
		job_check_known(!is_served, "userfaultfd takes droppable memory");
	else
		job_check(!is_served, "userfaultfd refuses the memory");
	munmap(pages, mapped_len);
	check_write_protection(memory);
}
