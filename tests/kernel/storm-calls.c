// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random calls to the device and to mappings of it. Addresses are touched by system calls only,
 * which answer EFAULT where the process would die.
 */
#define _GNU_SOURCE
#include "storm.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "memory.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define NUM_MAPPINGS 16
#define LEN_MAX      (1 << 20)

atomic_size_t *storm_num_allocs;

/*
 * What the threads of a process share. A thread may use what another one unmapped a moment ago, or
 * what has come in its place: that is a mapping of the storm, too, because nobody else maps or
 * unmaps once it began.
 */
static atomic_int fd;
/* Address and number of pages in one word, so that they always belong together. */
static atomic_uintptr_t mappings[NUM_MAPPINGS];

_Static_assert(LEN_MAX / PAGE_LEN < PAGE_LEN, "the number of pages is below the address");

static uint64_t below(struct storm *storm, uint64_t bound)
{
	return vgt_random_below(&storm->random, bound);
}

/* A number that may well be at an edge. */
static uint64_t number(struct storm *storm)
{
	static const uint64_t edges[] = { 0,
					  0,
					  0,
					  1,
					  2,
					  4095,
					  4096,
					  4097,
					  1 << 20,
					  INT64_MAX,
					  (uint64_t)-1,
					  (uint64_t)-4096,
					  1ULL << 32,
					  1ULL << 47 };

	if (below(storm, 4))
		return edges[below(storm, sizeof(edges) / sizeof(edges[0]))];
	return vgt_random_next(&storm->random) >> below(storm, 64);
}

static void unmap(uintptr_t mapping)
{
	if (mapping)
		munmap((void *)(mapping & ~(uintptr_t)(PAGE_LEN - 1)),
		       mapping % PAGE_LEN * PAGE_LEN);
}

static atomic_uintptr_t *slot(struct storm *storm)
{
	return &mappings[below(storm, NUM_MAPPINGS)];
}

/* Not what is huge: some calls touch every page of a mapping. */
static void keep(struct storm *storm, void *p, size_t len)
{
	if (len > LEN_MAX)
		munmap(p, len);
	else
		unmap(atomic_exchange(slot(storm), (uintptr_t)p | len / PAGE_LEN));
}

static void call_ioctl(struct storm *storm)
{
	unsigned int cmd = VGETRANDOM_IOC_ALLOC;
	struct vgetrandom_device_alloc args = { .num = below(storm, 40) };
	unsigned char *arg = storm->buffer + below(storm, 2 * PAGE_LEN);

	if (below(storm, 3) == 0)
		cmd = (unsigned int)vgt_random_next(&storm->random);
	else if (below(storm, 3) == 0)
		cmd = _IOC(_IOC_READ | _IOC_WRITE, VGETRANDOM_IOC_TYPE, 0, below(storm, 8192));
	if (below(storm, 4) == 0)
		args.num = number(storm);
	if (below(storm, 8) == 0)
		((uint64_t *)&args)[below(storm, 5)] = number(storm);
	if (below(storm, 3))
		arg = storm->buffer;
	if (below(storm, 20) == 0)
		arg = (unsigned char *)number(storm);
	if (arg == storm->buffer) {
		memset(arg, 0, PAGE_LEN);
		memcpy(arg, &args, sizeof(args));
	}
	if (ioctl(fd, cmd, arg) != 0 || arg != storm->buffer)
		return;
	memcpy(&args, arg, sizeof(args));
	atomic_fetch_add(storm_num_allocs, 1);
	keep(storm, (void *)(uintptr_t)args.address, args.bytes_allocated);
}

static void call_mmap(struct storm *storm)
{
	size_t len = below(storm, 2) ? PAGE_LEN * below(storm, 6) : number(storm);
	off_t offset = (off_t)(below(storm, 2) ? PAGE_LEN * below(storm, 6)
					       : number(storm) & ~(uint64_t)(PAGE_LEN - 1));
	/* Not MAP_FIXED, and not MAP_POPULATE of what may be huge. */
	int flags = (int)below(storm, 4) | (below(storm, 4) ? 0 : MAP_LOCKED) |
		    (below(storm, 8) ? 0 : MAP_GROWSDOWN) | (below(storm, 8) ? 0 : MAP_NORESERVE);
	void *p = mmap(NULL, len, (int)below(storm, 8), flags, fd, offset);

	if (p != MAP_FAILED)
		keep(storm, p, (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1));
}

/* Reads or writes by the kernel's hand. */
static void touch(struct storm *storm, unsigned char *p, size_t len)
{
	size_t at = below(storm, len), most = len - at < 64 ? len - at : 64;
	ssize_t unused;

	/* Not beyond the end, where another thread's buffer may be. */
	if (below(storm, 2))
		unused = read(storm->zero_fd, p + at, 1 + below(storm, most));
	else
		unused = access((char *)p + at, F_OK);
	(void)unused;
}

/* No advice that would poison a page of the machine (100 and above). */
static void call_mapping(struct storm *storm)
{
	atomic_uintptr_t *at = slot(storm);
	uintptr_t mapping = atomic_load(at);
	unsigned char *p = (unsigned char *)(mapping & ~(uintptr_t)(PAGE_LEN - 1)), *part, *moved;
	size_t len = mapping % PAGE_LEN * PAGE_LEN, part_len, moved_len;

	if (!mapping)
		return;
	part = p + (below(storm, 2) ? 0 : below(storm, len / PAGE_LEN) * PAGE_LEN);
	part_len = below(storm, 2) ? len - (size_t)(part - p) : PAGE_LEN;
	switch (below(storm, 12)) {
	case 0:
		unmap(atomic_exchange(at, 0));
		break;
	case 1:
		munmap(part, part_len);
		break;
	case 2:
		mprotect(part, part_len, (int)below(storm, 8));
		break;
	case 3:
		madvise(part, part_len, (int)below(storm, 26));
		break;
	case 4:
		part_len = below(storm, 3) ? part_len : 0;
		moved_len = below(storm, 2) ? part_len : PAGE_LEN * below(storm, 8);
		moved = mremap(part, part_len, moved_len,
			       MREMAP_MAYMOVE | (below(storm, 2) ? MREMAP_DONTUNMAP : 0));
		if (moved != MAP_FAILED)
			keep(storm, moved, moved_len);
		break;
	case 5:
		mlock(part, part_len);
		break;
	case 6:
		remap_file_pages(part, part_len, 0, below(storm, 4), 0);
		break;
	case 7:
		msync(part, part_len, MS_SYNC);
		break;
	default:
		touch(storm, p, len);
	}
}

static void call_other(struct storm *storm)
{
	switch (below(storm, 8)) {
	case 0:
		close(fd);
		fd = open(VGETRANDOM_DEVICE_PATH, below(storm, 2) ? O_RDONLY : O_RDWR);
		break;
	case 1:
		lseek(fd, (off_t)number(storm), (int)below(storm, 6));
		break;
	case 2:
		touch(storm, storm->buffer, 2 * PAGE_LEN);
		break;
	case 3:
		/* Not so often: it walks the whole address space. */
		if (storm->may_lock && below(storm, 20) == 0)
			mlockall((int)below(storm, 8));
		break;
	case 4:
		if (below(storm, 200) == 0 && fork() == 0)
			_exit(0);
		break;
	case 5:
		fallocate(fd, 0, 0, PAGE_LEN);
		break;
	case 6:
		if (write(fd, storm->buffer, below(storm, 100)) > 0 ||
		    read(fd, storm->buffer, below(storm, 100)) > 0)
			_exit(3);
		break;
	default:
		if (ftruncate(fd, (off_t)number(storm)) == 0)
			_exit(4);
	}
}

bool storm_open(void)
{
	fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY);
	return fd >= 0;
}

void storm_call(struct storm *storm)
{
	switch (below(storm, 5)) {
	case 0:
	case 1:
		call_ioctl(storm);
		break;
	case 2:
		call_mmap(storm);
		break;
	case 3:
		call_mapping(storm);
		break;
	default:
		call_other(storm);
	}
}
