// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random calls to the device and to mappings of it: a million of them must do no harm. What harm is
 * shows in the kernel's log, and in memory that does not come back.
 *
 * Processes of some thousand calls (storm-calls.c) each, several at a time, end with whatever they
 * have mapped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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
#include "storm.h"

#define CALLS_PER_PROCESS 4000
#define NUM_AT_A_TIME     3
#define NUM_GRACE_PERIODS 1000

/* Of all processes: what shows that they go on, however slow the machine is. */
static atomic_size_t *num_calls_done;

static void run(uint64_t seed)
{
	const struct rlimit address_space = { 64 << 20, 64 << 20 };
	struct storm storm = { .random = { seed, seed } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* All that is mapped after mlockall() is touched at once, be it huge: then it must not be.
	 */
	storm.may_lock = vgt_random_below(&storm.random, 2);
	if (storm.may_lock)
		setrlimit(RLIMIT_AS, &address_space);
	storm.fd = open(VGETRANDOM_DEVICE_PATH, O_RDONLY);
	storm.zero_fd = open("/dev/zero", O_RDWR);
	storm.buffer = mmap(NULL, 3 * PAGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	if (storm.fd < 0 || storm.zero_fd < 0 || storm.buffer == MAP_FAILED)
		_exit(5);
	mprotect(storm.buffer + 2 * PAGE_LEN, PAGE_LEN, PROT_NONE);
	for (int i = 0; i < CALLS_PER_PROCESS; i++, atomic_fetch_add(num_calls_done, 1))
		storm_call(&storm);
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
