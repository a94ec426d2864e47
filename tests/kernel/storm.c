// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Random calls to the device and to mappings of it: a million of them must do no harm. What harm is
 * shows in the kernel's log, and in memory that does not come back.
 *
 * Processes of some thousand calls (storm-calls.c) each, several at a time, end with whatever they
 * have mapped, and in the middle of a call of another thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
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
#include "reseed.h"
#include "storm.h"

#define CALLS_PER_PROCESS 4000
#define NUM_AT_A_TIME     3
#define THREADS_MAX       16
#define DROP_CACHES       "/proc/sys/vm/drop_caches"

/* Of all processes: what shows that they go on, however slow the machine is. */
static atomic_size_t *num_calls_done;

/* Threads of each process. */
static size_t num_threads;

/* The process that has the kernel reclaim and reseed, or 0. */
static pid_t disturber;

/* Threads of this process that are ready, because all must be before the first call. */
static atomic_size_t num_ready;

static atomic_size_t num_calls;

static void prepare(struct storm *storm)
{
	storm->zero_fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	storm->buffer = mmap(NULL, 3 * PAGE_LEN, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (storm->zero_fd < 0 || storm->buffer == MAP_FAILED)
		_exit(5);
	mprotect(storm->buffer + 2 * PAGE_LEN, PAGE_LEN, PROT_NONE);
}

/* The first that finds all calls made ends the process, whatever the others are at. */
static void *run_thread(void *arg)
{
	struct storm *storm = arg;

	prepare(storm);
	atomic_fetch_add(&num_ready, 1);
	while (atomic_load(&num_ready) != num_threads)
		sched_yield();
	while (atomic_fetch_add(&num_calls, 1) < CALLS_PER_PROCESS) {
		storm_call(storm);
		atomic_fetch_add(num_calls_done, 1);
	}
	_exit(0);
}

static void run(uint64_t seed)
{
	const struct rlimit address_space = { 64 << 20, 64 << 20 };
	struct vgt_random random = { seed, seed };
	bool may_lock = vgt_random_below(&random, 2);
	struct storm storms[THREADS_MAX];
	pthread_attr_t small;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* All that is mapped after mlockall() is touched at once: then it must not be huge. */
	if (may_lock)
		setrlimit(RLIMIT_AS, &address_space);
	if (!storm_open())
		_exit(5);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (size_t i = 0; i < num_threads; i++)
		storms[i] = (struct storm){ .random = { seed, vgt_random_next(&random) },
					    .may_lock = may_lock };
	for (size_t i = 1; i < num_threads; i++)
		if (pthread_create(&thread, &small, run_thread, &storms[i]) != 0)
			_exit(6);
	run_thread(&storms[0]);
}

/* Meanwhile the kernel reclaims what it can, and reseeds. */
static pid_t start_disturber(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* From now on not a word of it in the log. */
	if (!job_write(DROP_CACHES, "4"))
		_exit(1);
	for (;;) {
		/* Objects that can be freed. */
		if (!job_write(DROP_CACHES, "2") || !vgt_reseed_kernel())
			_exit(1);
		usleep(1000);
	}
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
	if (pid == disturber)
		job_fail("the process that reclaims and reseeds ended: status %#x",
			 (unsigned int)status);
	--*num_running;
	job_check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process ended well: %#x",
		  (unsigned int)status);
}

static void run_processes(size_t num_calls_wanted)
{
	size_t num_running = 0, num_planned = 0;
	struct vgt_random random;

	vgt_random_init(&random);
	job_note("seed %#llx", (unsigned long long)random.seed);
	for (; num_planned < num_calls_wanted; num_planned += CALLS_PER_PROCESS) {
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
	}
	while (num_running)
		wait_for_one(&num_running);
}

/*
 * The kernel frees some of it later, when nobody can look at it any more, and some when a CPU's own
 * list of free pages is emptied.
 */
static void check_memory(long before_kb, long lost_kb_max)
{
	long after_kb = meminfo_kb("MemAvailable:"), most_kb = after_kb;
	struct job_progress progress = { 0 };

	while (before_kb - most_kb >= lost_kb_max && job_goes_on(&progress, (size_t)most_kb)) {
		job_wait_for_kernel();
		after_kb = meminfo_kb("MemAvailable:");
		most_kb = after_kb > most_kb ? after_kb : most_kb;
	}
	job_check(before_kb - most_kb < lost_kb_max, "memory came back: %ld kB before, %ld after",
		  before_kb, most_kb);
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--calls", "1000000" },
		/* A kernel that checks itself keeps some of what was freed. */
		{ "--lost-kb", "8192" },
		/* In each process; with more than one the kernel reclaims and reseeds meanwhile. */
		{ "--threads", "1" },
		{ NULL, NULL },
	};
	long before_kb;

	job_start(argc, argv, options);
	num_threads = job_number(&options[2]);
	if (num_threads == 0 || num_threads > THREADS_MAX)
		job_fail("--threads: expected 1 to %d", THREADS_MAX);
	num_calls_done = vgt_shared(sizeof(*num_calls_done));
	storm_num_allocs = vgt_shared(sizeof(*storm_num_allocs));
	if (access(VGETRANDOM_DEVICE_PATH, R_OK) != 0)
		job_skip("no " VGETRANDOM_DEVICE_PATH ": %s", strerror(errno));
	before_kb = meminfo_kb("MemAvailable:");
	if (num_threads > 1)
		disturber = start_disturber();
	run_processes(job_number(&options[0]));
	if (disturber) {
		kill(disturber, SIGKILL);
		waitpid(disturber, NULL, 0);
	}
	check_memory(before_kb, (long)job_number(&options[1]));
	job_note("%zu of them allocated states", atomic_load(storm_num_allocs));
	job_check(atomic_load(storm_num_allocs) > atomic_load(num_calls_done) / 100,
		  "more than one call in a hundred allocates states");
	job_finish("%zu random calls", atomic_load(num_calls_done));
}
