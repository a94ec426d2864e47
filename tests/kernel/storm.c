// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random calls to the device and to mappings of it: a million of them must do no harm. What harm is
 * shows in the kernel's log, and in memory that does not come back.
 *
 * Processes of some thousand calls each, several at a time, end with whatever they have mapped.
 * Addresses are touched by system calls only, which answer EFAULT where the process would die.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "child.h"
#include "job.h"
#include "memory.h"
#include "random.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define CALLS_PER_PROCESS 4000
#define NUM_AT_A_TIME     3
#define NUM_MAPPINGS      16
#define NUM_GRACE_PERIODS 1000
#define LEN_MAX           (1 << 20)

/* Of all processes: what shows that they go on, however slow the machine is. */
static atomic_size_t *num_calls_done;

struct storm {
	struct vgt_random random;
	int fd, zero_fd;
	bool may_lock;
	struct {
		unsigned char *p;
		size_t len;
	} mappings[NUM_MAPPINGS];
	unsigned char *buffer; /* two pages, and one that cannot be touched */
};

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

static size_t slot(struct storm *storm)
{
	return below(storm, NUM_MAPPINGS);
}

static void forget(struct storm *storm, size_t i)
{
	if (storm->mappings[i].p)
		munmap(storm->mappings[i].p, storm->mappings[i].len);
	storm->mappings[i].p = NULL;
}

/* Not what is huge: some calls touch every page of a mapping. */
static void keep(struct storm *storm, void *p, size_t len)
{
	size_t i = slot(storm);

	if (len > LEN_MAX) {
		munmap(p, len);
		return;
	}
	forget(storm, i);
	storm->mappings[i].p = p;
	storm->mappings[i].len = len;
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
	if (ioctl(storm->fd, cmd, arg) != 0 || arg != storm->buffer)
		return;
	memcpy(&args, arg, sizeof(args));
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
	void *p = mmap(NULL, len, (int)below(storm, 8), flags, storm->fd, offset);

	if (p != MAP_FAILED)
		keep(storm, p, (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1));
}

/* Reads or writes by the kernel's hand. */
static void touch(struct storm *storm, unsigned char *p, size_t len)
{
	size_t at = len ? below(storm, len) : 0;
	ssize_t unused;

	if (below(storm, 2))
		unused = read(storm->zero_fd, p + at, 1 + below(storm, 64));
	else
		unused = access((char *)p + at, F_OK);
	(void)unused;
}

/* No advice that would poison a page of the machine (100 and above). */
static void call_mapping(struct storm *storm)
{
	size_t i = slot(storm);
	unsigned char *p = storm->mappings[i].p, *part, *moved;
	size_t len = storm->mappings[i].len, part_len, moved_len;

	if (!p)
		return;
	part = p + (below(storm, 2) ? 0 : below(storm, len / PAGE_LEN) * PAGE_LEN);
	part_len = below(storm, 2) ? len - (size_t)(part - p) : PAGE_LEN;
	switch (below(storm, 12)) {
	case 0:
		forget(storm, i);
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
		close(storm->fd);
		storm->fd = open(VGETRANDOM_DEVICE_PATH, below(storm, 2) ? O_RDONLY : O_RDWR);
		break;
	case 1:
		lseek(storm->fd, (off_t)number(storm), (int)below(storm, 6));
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
		fallocate(storm->fd, 0, 0, PAGE_LEN);
		break;
	case 6:
		if (write(storm->fd, storm->buffer, below(storm, 100)) > 0 ||
		    read(storm->fd, storm->buffer, below(storm, 100)) > 0)
			_exit(3);
		break;
	default:
		if (ftruncate(storm->fd, (off_t)number(storm)) == 0)
			_exit(4);
	}
}

static void run(uint64_t seed)
{
	const struct rlimit address_space = { 64 << 20, 64 << 20 };
	struct storm storm = { .random = { seed, seed } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* All that is mapped after mlockall() is touched at once, be it huge: then it must not be.
	 */
	storm.may_lock = below(&storm, 2);
	if (storm.may_lock)
		setrlimit(RLIMIT_AS, &address_space);
	storm.fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY);
	storm.zero_fd = open("/dev/zero", O_RDWR);
	storm.buffer = mmap(NULL, 3 * PAGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	if (storm.fd < 0 || storm.zero_fd < 0 || storm.buffer == MAP_FAILED)
		_exit(5);
	mprotect(storm.buffer + 2 * PAGE_LEN, PAGE_LEN, PROT_NONE);
	for (int i = 0; i < CALLS_PER_PROCESS; i++, atomic_fetch_add(num_calls_done, 1)) {
		switch (below(&storm, 5)) {
		case 0:
		case 1:
			call_ioctl(&storm);
			break;
		case 2:
			call_mmap(&storm);
			break;
		case 3:
			call_mapping(&storm);
			break;
		default:
			call_other(&storm);
		}
	}
	_exit(0);
}

static void wait_for_one(size_t *num_running)
{
	struct job_progress progress = { 0 };
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
		if (!job_goes_on(&progress, atomic_load(num_calls_done)))
			job_fail("a call does not return");
		usleep(1000);
	}
	if (pid < 0)
		job_fail("wait: %s", strerror(errno));
	--*num_running;
	job_check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process ended well: %#x",
		  (unsigned int)status);
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--calls", "1000000" },
		/* A kernel that checks itself keeps some of what was freed. */
		{ "--lost-kb", "8192" },
		{ NULL, NULL },
	};
	size_t num_running = 0, num_calls = 0, wanted;
	struct vgt_random random;
	long before_kb, after_kb = 0, lost_kb_max;

	job_start(argc, argv, options);
	wanted = job_number(&options[0]);
	lost_kb_max = (long)job_number(&options[1]);
	num_calls_done = vgt_shared(sizeof(*num_calls_done));
	if (access(VGETRANDOM_DEVICE_PATH, R_OK) != 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	vgt_random_init(&random);
	job_note("seed %#llx", (unsigned long long)random.seed);
	before_kb = meminfo_kb("MemAvailable:");
	while (num_calls < wanted) {
		uint64_t seed = vgt_random_next(&random) | 1;

		if (num_running == NUM_AT_A_TIME)
			wait_for_one(&num_running);
		fflush(NULL);
		switch (fork()) {
		case -1:
			job_fail("fork: %s", strerror(errno));
		case 0:
			run(seed);
		}
		num_running++;
		num_calls += CALLS_PER_PROCESS;
	}
	while (num_running)
		wait_for_one(&num_running);
	/* The kernel frees some of it later, when nobody can look at it any more. */
	for (int i = 0; i < NUM_GRACE_PERIODS; i++) {
		after_kb = meminfo_kb("MemAvailable:");
		if (before_kb - after_kb < lost_kb_max)
			break;
		job_wait_for_kernel();
	}
	job_check(before_kb - after_kb < lost_kb_max, "memory came back: %ld kB before, %ld after",
		  before_kb, after_kb);
	job_finish("%zu random calls", num_calls);
}
