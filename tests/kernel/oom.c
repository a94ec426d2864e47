// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * There is no memory for the page of a state, and it is touched: in a memory cgroup at its limit,
 * in which the kernel may kill nobody. The process that draws must not be killed; it waits, and
 * once there is memory again it has its bytes. (An ordinary page does the same; with
 * somebody to kill, the kernel kills that one.) No page is had beyond the limit, and the module's
 * memory keeps neither the processor busy nor the kernel waiting, when that is who touches it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"
#include "process.h"

#define CGROUP    "/sys/fs/cgroup/oom"
#define LIMIT     (16 << 20)
#define NUM_PAGES 256
#define NUM_CALLS 32 /* each of which has the kernel reclaim in vain, which takes time */
#define WAIT_US   (1500 * 1000)
#define NUM_TRIES 20

/* What is freed between two looks at the limit, if anything is. */
#define NUM_SPARE 16

enum phase { STARTING, READY, DRAWING, DREW, DONE };

struct shared {
	_Atomic int drawer, filler, reader;
	atomic_size_t num_drawn, num_called, num_refused, filled_len;
	unsigned char outputs[NUM_PAGES][32];
};

static void set(const char *path, const char *text)
{
	if (!job_write(path, text))
		job_skip("%s cannot be set: %s", path, strerror(errno));
}

static void become_unkillable_in_cgroup(void)
{
	set("/proc/self/oom_score_adj", "-1000");
	set(CGROUP "/cgroup.procs", "0");
}

static void wait_for(_Atomic int *phase, int wanted)
{
	while (atomic_load(phase) < wanted)
		usleep(1000);
}

/*
 * Returns a page that is not there, in a mapping of its own. Everything else that a draw from it
 * needs is there: the draws from the pages before and after it leave the page table that it shares
 * with one of them, this process's stack, and the page of the output. If one of those were missing,
 * the process would wait for that, which is up to the kernel and not to the module.
 */
static unsigned char *map_missing_page(const struct memory *memory, unsigned char *output)
{
	size_t mapped_len;
	unsigned char *pages = memory_map(memory, 3 * PAGE_LEN, &mapped_len);

	memory_draw(memory, pages, output, 32);
	memory_draw(memory, pages + 2 * PAGE_LEN, output, 32);
	memset(output, 0, 32);
	return pages + PAGE_LEN;
}

/* Draws from states on pages that are not there. */
static void draw(const struct memory *memory, struct shared *shared)
{
	unsigned char *states[NUM_PAGES];

	for (size_t i = 0; i < NUM_PAGES; i++)
		states[i] = map_missing_page(memory, shared->outputs[i]);
	become_unkillable_in_cgroup();
	atomic_store(&shared->drawer, READY);
	wait_for(&shared->drawer, DRAWING);
	for (size_t i = 0; i < NUM_PAGES; i++) {
		memory_draw(memory, states[i], shared->outputs[i], 32);
		atomic_fetch_add(&shared->num_drawn, 1);
	}
	atomic_store(&shared->drawer, DREW);
	wait_for(&shared->drawer, DONE);
	_exit(0);
}

/* Has the kernel write to such pages. */
static void have_kernel_write(const struct memory *memory, struct shared *shared)
{
	size_t mapped_len;
	unsigned char *pages = memory_map(memory, (NUM_CALLS + 2) * PAGE_LEN, &mapped_len);

	/* As in map_missing_page(): what the calls need besides is there. */
	if (syscall(SYS_getrandom, pages, 32, 0) != 32 ||
	    syscall(SYS_getrandom, pages + (NUM_CALLS + 1) * PAGE_LEN, 32, 0) != 32)
		job_fail("getrandom: %s", strerror(errno));
	pages += PAGE_LEN;
	become_unkillable_in_cgroup();
	atomic_store(&shared->reader, READY);
	wait_for(&shared->reader, DRAWING);
	for (size_t i = 0; i < NUM_CALLS; i++) {
		if (syscall(SYS_getrandom, pages + i * PAGE_LEN, 32, 0) != 32)
			atomic_fetch_add(&shared->num_refused, 1);
		atomic_fetch_add(&shared->num_called, 1);
	}
	atomic_store(&shared->reader, DREW);
	wait_for(&shared->reader, DONE);
	_exit(0);
}

/* Takes memory up to the limit, where it hangs in a page fault until it is killed. */
static void fill(struct shared *shared)
{
	unsigned char *p = mmap(NULL, 2 * LIMIT, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	become_unkillable_in_cgroup();
	atomic_store(&shared->filler, READY);
	for (size_t i = 0; i < 2 * LIMIT; i += PAGE_LEN) {
		p[i] = 1;
		atomic_store(&shared->filled_len, i);
	}
	_exit(2);
}

static pid_t start(void (*run)(const struct memory *, struct shared *), const struct memory *memory,
		   struct shared *shared)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		job_fail("fork: %s", strerror(errno));
	if (pid == 0)
		run(memory, shared);
	return pid;
}

static void wait_until_ready(_Atomic int *phase, pid_t pid)
{
	int status;

	while (atomic_load(phase) < READY) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			job_fail("a process ended with status %#x", (unsigned int)status);
		usleep(1000);
	}
}

static void fill_process(const struct memory *memory, struct shared *shared)
{
	(void)memory;
	fill(shared);
}

/* How often the kernel had to do without a page in the cgroup. */
static unsigned long num_without_memory(void)
{
	FILE *events = fopen(CGROUP "/memory.events", "re");
	unsigned long num = 0;
	char line[64];

	if (!events)
		job_fail("memory.events: %s", strerror(errno));
	while (fgets(line, sizeof(line), events))
		sscanf(line, "oom %lu", &num);
	fclose(events);
	return num;
}

/*
 * Until nothing more can be had: the kernel says so many times, and there is no progress between.
 * It is the filler that is refused, so it has run meanwhile, however busy the host is.
 */
static void wait_until_full(struct shared *shared)
{
	struct job_progress progress = { 0 };
	unsigned long num_at_change = 0, num = 0;
	size_t before = 0;

	wait_for(&shared->filler, READY);
	while (num < num_at_change + NUM_TRIES) {
		size_t filled_len = atomic_load(&shared->filled_len);

		usleep(10 * 1000);
		num = num_without_memory();
		if (filled_len != before)
			num_at_change = num;
		before = filled_len;
		if (!job_goes_on(&progress, filled_len + num))
			job_fail("the cgroup has %zu KiB and is not full", before / 1024);
	}
	job_note("the cgroup is full after %zu KiB", before / 1024);
}

static void check_outputs(const struct shared *shared)
{
	for (size_t i = 0; i < NUM_PAGES; i++) {
		static const unsigned char zero[8];

		job_check(memcmp(shared->outputs[i], zero, sizeof(zero)) != 0,
			  "output %zu is not zero", i);
		for (size_t k = 0; k < i; k++)
			job_check(memcmp(shared->outputs[i], shared->outputs[k], 32) != 0,
				  "outputs %zu and %zu differ", k, i);
	}
}

static void make_cgroup(void)
{
	char limit[16];

	if (mkdir(CGROUP, 0755) != 0 && errno != EEXIST)
		job_skip("no memory cgroup can be made: %s", strerror(errno));
	snprintf(limit, sizeof(limit), "%d", LIMIT);
	set(CGROUP "/memory.max", limit);
	set(CGROUP "/memory.swap.max", "0");
}

/* Until @phase is DREW, or @num, which counts what is done until then, does not change. */
static void wait_until_drew(_Atomic int *phase, atomic_size_t *num)
{
	struct job_progress progress = { 0 };

	while (atomic_load(phase) < DREW && job_goes_on(&progress, atomic_load(num)))
		usleep(10 * 1000);
}

/*
 * However little it gets done on a busy host: a thread that spins tries again without a sleep. The
 * looks at the sleeps come first and last, so a delay between two looks can only add sleeps.
 */
static void check_that_it_sleeps(pid_t drawer)
{
	size_t sleeps = process_sleeps(drawer), start = process_faults(drawer), faults = start;
	struct job_progress progress = { 0 };

	while (faults < start + NUM_TRIES && job_goes_on(&progress, faults)) {
		usleep(10 * 1000);
		faults = process_faults(drawer);
	}
	sleeps = process_sleeps(drawer) - sleeps;
	faults -= start;
	job_check(faults >= NUM_TRIES, "it tries to get a page");
	job_check(sleeps >= faults / 2, "it sleeps while it waits: %zu times in %zu tries", sleeps,
		  faults);
	job_note("slept %zu times in %zu tries", sleeps, faults);
}

/* Returns how many states drew. */
static size_t watch_at_limit(const struct memory *memory, struct shared *shared, pid_t drawer)
{
	bool is_own = strcmp(memory->name, "module") == 0 && !memory->is_native;
	int status = 0;
	size_t num_drawn;

	atomic_store(&shared->drawer, DRAWING);
	usleep(WAIT_US);
	num_drawn = atomic_load(&shared->num_drawn);
	job_note("%zu of %d states drew while there was no memory", num_drawn, NUM_PAGES);
	job_check(num_drawn <= NUM_SPARE, "no page beyond the limit: %zu states drew", num_drawn);
	job_check(waitpid(drawer, &status, WNOHANG) == 0,
		  "the drawing process was not killed: status %#x", (unsigned int)status);
	if (!is_own)
		return num_drawn;
	check_that_it_sleeps(drawer);
	atomic_store(&shared->reader, DRAWING);
	wait_until_drew(&shared->reader, &shared->num_called);
	job_check(atomic_load(&shared->reader) == DREW, "the kernel does not wait for a page");
	job_note("%zu of %d system calls were refused", atomic_load(&shared->num_refused),
		 NUM_CALLS);
	job_check(atomic_load(&shared->num_refused) >= NUM_CALLS - NUM_SPARE,
		  "without memory a system call on a state is refused: %zu of %d",
		  atomic_load(&shared->num_refused), NUM_CALLS);
	return num_drawn;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	struct shared *shared = vgt_shared(sizeof(*shared));
	pid_t drawer, reader, filler;
	struct memory memory;
	size_t num_drawn;
	int status;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	make_cgroup();
	drawer = start(draw, &memory, shared);
	reader = start(have_kernel_write, &memory, shared);
	wait_until_ready(&shared->drawer, drawer);
	wait_until_ready(&shared->reader, reader);
	filler = start(fill_process, &memory, shared);
	wait_until_full(shared);
	num_drawn = watch_at_limit(&memory, shared, drawer);

	kill(filler, SIGKILL);
	job_check(waitpid(filler, &status, 0) == filler && WIFSIGNALED(status),
		  "the process that fills memory was waiting, too: status %#x",
		  (unsigned int)status);
	wait_until_drew(&shared->drawer, &shared->num_drawn);
	job_check(atomic_load(&shared->drawer) == DREW,
		  "it went on once there was memory: %zu of %d", atomic_load(&shared->num_drawn),
		  NUM_PAGES);
	if (atomic_load(&shared->drawer) == DREW)
		check_outputs(shared);
	end(drawer);
	end(reader);
	rmdir(CGROUP);
	job_finish("%zu drew at the limit, the next waited, all drew when there was memory",
		   num_drawn);
}
