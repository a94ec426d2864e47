// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What /dev/vgetrandom answers to input that is wrong: every error that device.h names, and that
 * nothing is mapped after it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "child.h"
#include "job.h"
#include "maps.h"
#include "memory.h"

#define IOC_ALLOC_OF(len) \
	_IOC(_IOC_READ | _IOC_WRITE, VGETRANDOM_IOC_TYPE, _IOC_NR(VGETRANDOM_IOC_ALLOC), len)

static int fd;
static struct vgt_maps maps_before, maps_after;

/* The error of an ioctl, 0 for none; nothing may be mapped after an error. */
static int ioctl_error(unsigned long cmd, void *arg)
{
	int err;

	vgt_maps_read(&maps_before);
	err = ioctl(fd, cmd, arg) ? errno : 0;
	vgt_maps_read(&maps_after);
	if (err)
		job_check(vgt_maps_are_equal(&maps_before, &maps_after),
			  "nothing was mapped by an ioctl that failed: %s", strerror(err));
	return err;
}

static void expect(int expected, int actual, const char *what)
{
	job_check(expected == actual, "%s: expected %s, actual %s", what,
		  expected ? strerrorname_np(expected) : "success",
		  actual ? strerrorname_np(actual) : "success");
}

static void free_states(const struct vgetrandom_device_alloc *args)
{
	job_check(munmap((void *)(uintptr_t)args->address, args->bytes_allocated) == 0,
		  "the states can be unmapped: %s", strerror(errno));
}

static void check_reserved_members(void)
{
	static const struct vgetrandom_device_alloc wrong[] = {
		{ .num = 1, .flags = 1 },         { .num = 1, .flags = 1ULL << 63 },
		{ .num = 1, .size_per_each = 1 }, { .num = 1, .bytes_allocated = 1 },
		{ .num = 1, .address = 1 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct vgetrandom_device_alloc args = wrong[i];

		expect(EINVAL, ioctl_error(VGETRANDOM_IOC_ALLOC, &args), "a reserved member");
		job_check(memcmp(&args, &wrong[i], sizeof(args)) == 0,
			  "the structure is as it was");
	}
}

/* Longer and shorter structures: extensible, as copy_struct_from_user() has it. */
static void check_sizes(void)
{
	union {
		struct vgetrandom_device_alloc args;
		unsigned char bytes[2 * PAGE_LEN];
	} longer = { 0 };

	longer.args.num = 1;
	expect(0, ioctl_error(IOC_ALLOC_OF(sizeof(longer.args) + 8), &longer), "a zero tail");
	free_states(&longer.args);

	for (size_t at = 40; at < PAGE_LEN; at += at < 64 ? 1 : 331) {
		memset(&longer, 0, sizeof(longer));
		longer.bytes[at] = 1;
		expect(E2BIG, ioctl_error(IOC_ALLOC_OF(PAGE_LEN), &longer), "an unknown tail");
	}
	memset(&longer, 0, sizeof(longer));
	expect(0, ioctl_error(IOC_ALLOC_OF(PAGE_LEN), &longer), "a page");
	free_states(&longer.args);
	memset(&longer, 0, sizeof(longer));
	expect(E2BIG, ioctl_error(IOC_ALLOC_OF(PAGE_LEN + 1), &longer), "more than a page");
	for (size_t len = 0; len < VGETRANDOM_DEVICE_ALLOC_SIZE_VER0; len++)
		expect(EINVAL, ioctl_error(IOC_ALLOC_OF(len), &longer), "a short structure");
}

static void check_addresses(void)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE_LEN, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vgetrandom_device_alloc *last, *read_only;

	if (pages == MAP_FAILED || mprotect(pages + PAGE_LEN, PAGE_LEN, PROT_NONE) != 0)
		job_fail("mmap: %s", strerror(errno));
	last = (void *)(pages + PAGE_LEN - sizeof(*last) + 8);
	read_only = (void *)pages;
	expect(EFAULT, ioctl_error(VGETRANDOM_IOC_ALLOC, NULL), "NULL");
	expect(EFAULT, ioctl_error(VGETRANDOM_IOC_ALLOC, (void *)-8L), "a kernel address");
	expect(EFAULT, ioctl_error(VGETRANDOM_IOC_ALLOC, pages + PAGE_LEN), "no access");
	expect(EFAULT, ioctl_error(VGETRANDOM_IOC_ALLOC, last), "half of it no access");
	/* The states are there when the kernel finds out: they must be gone afterwards. */
	mprotect(pages, PAGE_LEN, PROT_READ);
	for (int i = 0; i < 100; i++)
		expect(EFAULT, ioctl_error(VGETRANDOM_IOC_ALLOC, read_only), "read-only");
	munmap(pages, 2 * PAGE_LEN);
}

static void check_numbers(void)
{
	static const struct {
		uint64_t num;
		int err;
	} cases[] = {
		{ 0, 0 },
		{ 1, 0 },
		{ 5, 0 },
		{ 1000, 0 },
		{ UINT64_MAX, EOVERFLOW },
		{ UINT64_MAX / 2, EOVERFLOW },
		{ 1ULL << 56, EOVERFLOW },
		{ 1ULL << 42, ENOMEM },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vgetrandom_device_alloc args = { .num = cases[i].num };
		int err = ioctl_error(VGETRANDOM_IOC_ALLOC, &args);

		job_note("%#llx states", (unsigned long long)cases[i].num);
		expect(cases[i].err, err, "a number of states");
		if (err)
			continue;
		job_check(args.num >= cases[i].num && args.num > 0, "never fewer: %llu of %llu",
			  (unsigned long long)args.num, (unsigned long long)cases[i].num);
		job_check(args.num * args.size_per_each <= args.bytes_allocated &&
				  args.bytes_allocated % PAGE_LEN == 0 &&
				  PAGE_LEN % args.size_per_each == 0 &&
				  args.size_per_each % 64 == 0 && args.flags == 0,
			  "whole pages, no state across two of them or in another's line");
		free_states(&args);
	}
}

static void check_other_calls(void)
{
	struct vgetrandom_device_alloc args = { .num = 1 };
	char byte = 0;

	expect(ENOTTY, ioctl_error(_IO(VGETRANDOM_IOC_TYPE, 0), &args), "the wrong direction");
	expect(ENOTTY, ioctl_error(_IOR(VGETRANDOM_IOC_TYPE, 0, args), &args), "reading only");
	expect(ENOTTY, ioctl_error(_IOW(VGETRANDOM_IOC_TYPE, 0, args), &args), "writing only");
	expect(ENOTTY, ioctl_error(_IOWR(VGETRANDOM_IOC_TYPE, 1, args), &args), "another number");
	expect(ENOTTY, ioctl_error(_IOWR(0xe6, 0, args), &args), "another type");
	expect(ENOTTY, ioctl_error(0x5401 /* TCGETS */, &args), "a terminal's");
	expect(EINVAL, read(fd, &byte, 1) < 0 ? errno : 0, "read()");
	/* Opened for reading only. */
	expect(EBADF, write(fd, &byte, 1) < 0 ? errno : 0, "write()");
}

/* Who may do all this: anybody. */
static void open_as_nobody(void *unused)
{
	struct vgetrandom_device_alloc args = { .num = 1 };
	struct rlimit none = { 0, 0 };
	int other;

	(void)unused;
	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || setresgid(65534, 65534, 65534) != 0 ||
	    setresuid(65534, 65534, 65534) != 0)
		vgt_child_fail("cannot become nobody: %s", strerror(errno));
	other = open(VGETRANDOM_DEVICE_PATH, O_RDONLY);
	if (other < 0)
		vgt_child_fail("open: %s", strerror(errno));
	if (ioctl(other, VGETRANDOM_IOC_ALLOC, &args) != 0)
		vgt_child_fail("ioctl: %s", strerror(errno));
	other = open(VGETRANDOM_DEVICE_PATH, O_RDWR);
	if (other < 0)
		vgt_child_fail("open for writing: %s", strerror(errno));
	if (write(other, "", 1) != -1 || errno != EINVAL)
		vgt_child_fail("write: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { NULL, NULL } };
	char why[VGT_CHILD_WHY_SIZE];
	struct stat info;

	job_start(argc, argv, options);
	fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	job_check(fstat(fd, &info) == 0 && (info.st_mode & 07777) == 0666, "mode 0666: actual %o",
		  info.st_mode & 07777);
	check_reserved_members();
	check_sizes();
	check_addresses();
	check_numbers();
	check_other_calls();
	job_check(vgt_run_child(open_as_nobody, NULL, why), "anybody may use it: %s", why);
	job_finish("%u checks", job_num_checks());
}
