// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What mmap() of /dev/vgetrandom gives and what it refuses, and what a mapping stays.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "job.h"
#include "memory.h"

static int fd;
static size_t image_len;

struct attempt {
	const char *what;
	size_t offset, len;
	int prot, flags, err; /* err 0: works */
};

static void try_map(const struct attempt *attempt)
{
	void *p =
		mmap(NULL, attempt->len, attempt->prot, attempt->flags, fd, (off_t)attempt->offset);
	int err = p == MAP_FAILED ? errno : 0;

	job_check(err == attempt->err, "%s: expected %s, actual %s", attempt->what,
		  attempt->err ? strerrorname_np(attempt->err) : "success",
		  err ? strerrorname_np(err) : "success");
	if (p != MAP_FAILED)
		munmap(p, attempt->len);
}

static void check_attempts(void)
{
	const int r = PROT_READ, rx = PROT_READ | PROT_EXEC, rw = PROT_READ | PROT_WRITE;
	const size_t page = PAGE_LEN;
	const struct attempt attempts[] = {
		{ "the data page", 0, page, r, MAP_SHARED, 0 },
		{ "the image", page, image_len, rx, MAP_SHARED, 0 },
		{ "the first page of the image", page, page, rx, MAP_SHARED, 0 },
		{ "the image to read", page, image_len, r, MAP_SHARED, 0 },
		{ "both at once", 0, image_len + page, r, MAP_SHARED, EINVAL },
		{ "two pages of data", 0, 2 * page, r, MAP_SHARED, EINVAL },
		{ "more than the image", page, image_len + page, rx, MAP_SHARED, EINVAL },
		{ "the middle of the image", 2 * page, page, rx, MAP_SHARED, EINVAL },
		{ "beyond the end", image_len + page, page, r, MAP_SHARED, EINVAL },
		{ "far beyond the end", 1UL << 40, page, r, MAP_SHARED, EINVAL },
		{ "the data page private", 0, page, r, MAP_PRIVATE, EINVAL },
		{ "the image private", page, image_len, rx, MAP_PRIVATE, EINVAL },
		{ "the data page to execute", 0, page, rx, MAP_SHARED, EACCES },
		{ "the data page to write", 0, page, rw, MAP_SHARED, EACCES },
		{ "the image to write", page, image_len, rw, MAP_SHARED, EACCES },
		{ "the image for everything", page, image_len, rw | rx, MAP_SHARED, EACCES },
	};

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		try_map(&attempts[i]);
}

static void check_protection(unsigned char *p, size_t len, bool may_exec, const char *what)
{
	job_check(mprotect(p, len, PROT_READ | PROT_WRITE) != 0 && errno == EACCES,
		  "%s cannot be made writable", what);
	job_check((mprotect(p, len, PROT_READ | PROT_EXEC) == 0) == may_exec,
		  "%s can be made executable: %s", what, may_exec ? "yes" : "no");
	job_check(mprotect(p, len, PROT_READ) == 0, "%s can be made less: %s", what,
		  strerror(errno));
}

static unsigned char *map(size_t offset, size_t len)
{
	unsigned char *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, (off_t)offset);

	if (p == MAP_FAILED)
		job_fail("mmap: %s", strerror(errno));
	return p;
}

/* The one way to write to pages that may not be written to: as a debugger. */
static void check_debugger(unsigned char *p, const char *what)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	unsigned char before = *(volatile unsigned char *)p, byte = before ^ 0xff;

	if (mem < 0)
		job_fail("/proc/self/mem: %s", strerror(errno));
	job_check(pwrite(mem, &byte, 1, (off_t)(uintptr_t)p) != 1, "a debugger cannot write to %s",
		  what);
	job_check(*(volatile unsigned char *)p == before, "%s is as it was", what);
	close(mem);
}

/* Opened for writing, too, nothing more is allowed than for reading. */
static void check_opened_for_writing(void)
{
	int read_only = fd;

	fd = open(VGETRANDOM_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		job_fail("open for writing: %s", strerror(errno));
	check_attempts();
	close(fd);
	fd = read_only;
}

static void check_mremap(unsigned char *p, size_t len, const char *what)
{
	void *other = mremap(p, len, len + PAGE_LEN, MREMAP_MAYMOVE);

	job_check(other == MAP_FAILED && errno == EFAULT, "%s cannot grow", what);
	other = mremap(p, 0, len, MREMAP_MAYMOVE);
	job_check(other == MAP_FAILED, "%s cannot be had twice by mremap()", what);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { NULL, NULL } };
	unsigned char *data, *image;

	job_start(argc, argv, options);
	fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	image_len = (size_t)lseek(fd, 0, SEEK_END) - PAGE_LEN;
	job_check(image_len > 0 && image_len % PAGE_LEN == 0, "an image of whole pages: %zu",
		  image_len);
	check_attempts();
	check_opened_for_writing();

	data = map(0, PAGE_LEN);
	image = map(PAGE_LEN, image_len);
	job_check(memcmp(image, "\177ELF", 4) == 0, "the image is an ELF file");
	job_check(((struct vgetrandom_rng_data *)data)->generation != 0, "there is a generation");
	for (size_t i = sizeof(struct vgetrandom_rng_data); i < PAGE_LEN; i++)
		job_check(data[i] == 0, "the rest of the data page is zero, also byte %zu", i);
	/* Not the generation in front, which the kernel may change meanwhile. */
	check_debugger(data + PAGE_LEN - 1, "the data page");
	check_debugger(image, "the image");
	check_mremap(data, PAGE_LEN, "the data page");
	check_mremap(image, image_len, "the image");
	check_protection(data, PAGE_LEN, false, "the data page");
	check_protection(image, image_len, true, "the image");
	/* The descriptor is not needed any more. */
	close(fd);
	job_check(((volatile struct vgetrandom_rng_data *)data)->generation != 0,
		  "the data page outlives the descriptor");
	munmap(data, PAGE_LEN);
	munmap(image, image_len);
	job_finish("%u checks", job_num_checks());
}
