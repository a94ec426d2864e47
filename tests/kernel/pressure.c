// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See pressure.h. */
#define _GNU_SOURCE
#include "pressure.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"

/* How far beyond what there is, in MiB. */
#define BEYOND_MB 48

/*
 * What the process that is killed in the end takes of it. Whoever is under pressure may need some
 * of that while there is no such process, and must not be killed instead.
 */
#define LAST_MB 40

/* So much of that must be free again before the next one, or so long is waited for it. */
#define FREE_MB  16
#define FREED_MS 3000

/* Killed before anybody else, if memory is asked for before it is free. */
#define NUM_DECOYS 4

static size_t meminfo_mb(const char *field)
{
	return (size_t)meminfo_kb(field) / 1024;
}

/* How willingly the kernel kills this process. */
static void set_oom_score_adj(const char *text)
{
	if (!job_write("/proc/self/oom_score_adj", text))
		job_fail("oom_score_adj: %s", strerror(errno));
}

static unsigned char *map_memory(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	return p;
}

static void use_memory(size_t len, atomic_uint *num_rounds)
{
	unsigned char *p = map_memory(len);

	/* Not all the same, or the kernel need not write them. */
	for (uint64_t round = 1;; round++, atomic_fetch_add(num_rounds, 1))
		for (size_t i = 0; i < len; i += PAGE_LEN)
			*(volatile uint64_t *)(p + i) = round + i;
}

static void fill_memory(size_t len)
{
	unsigned char *p = map_memory(len);

	for (size_t i = 0; i < len; i += PAGE_LEN)
		p[i] = 1;
}

static void die_with_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/*
 * Memory of a process that is gone may be freed a moment later, by somebody who had a reference to
 * its address space (the aging of the multi-generational LRU has). Until then the kernel would kill
 * whoever else it may. sysinfo() needs no memory.
 */
static void wait_until_free(void)
{
	struct sysinfo info;

	for (int ms = 0; ms < FREED_MS; ms++) {
		if (sysinfo(&info) != 0 || info.freeram * info.mem_unit >= (size_t)FREE_MB << 20)
			return;
		usleep(1000);
	}
}

static void fill_the_last(void)
{
	set_oom_score_adj("1000");
	fill_memory((LAST_MB + BEYOND_MB) << 20);
}

static void be_a_decoy(void)
{
	set_oom_score_adj("999");
	for (;;)
		pause();
}

static pid_t start(void (*run)(void))
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	die_with_parent(parent);
	run();
	_exit(0);
}

/* Most of it stays in use, so that the rest is quickly used up. */
static void fill_again_and_again(size_t mb)
{
	pid_t decoys[NUM_DECOYS] = { 0 }, filler = 0, ended = 0;

	set_oom_score_adj("-1000");
	if (mb > LAST_MB)
		fill_memory((mb - LAST_MB) << 20);
	for (;;) {
		for (size_t i = 0; i < NUM_DECOYS; i++)
			if (decoys[i] == ended)
				decoys[i] = start(be_a_decoy);
		if (filler == ended)
			filler = start(fill_the_last);
		ended = waitpid(-1, NULL, 0);
		wait_until_free();
	}
}

void pressure_begin(struct pressure *pressure, enum pressure_kind kind)
{
	size_t available_mb = meminfo_mb("MemAvailable:"), swap_mb = meminfo_mb("SwapFree:");
	pid_t parent = getpid();

	if (kind == PRESSURE_SWAP && swap_mb < 2 * BEYOND_MB)
		job_fail("pressure needs %d MiB of swap, there are %zu", 2 * BEYOND_MB, swap_mb);
	if (kind == PRESSURE_FILL && swap_mb)
		job_fail("memory can only be filled without swap, and there are %zu MiB", swap_mb);
	job_note("%zu MiB are available", available_mb);
	fflush(NULL);
	pressure->kind = kind;
	pressure->num_rounds = vgt_shared(sizeof(*pressure->num_rounds));
	pressure->pid = fork();
	if (pressure->pid < 0)
		job_fail("fork: %s", strerror(errno));
	if (pressure->pid > 0)
		return;
	die_with_parent(parent);
	if (kind == PRESSURE_FILL)
		fill_again_and_again(available_mb);
	set_oom_score_adj("1000");
	use_memory((available_mb + BEYOND_MB) << 20, pressure->num_rounds);
}

void pressure_end(struct pressure *pressure)
{
	int status = 0;

	if (waitpid(pressure->pid, &status, WNOHANG) == pressure->pid)
		job_fail("the process that fills memory ended with %#x", (unsigned int)status);
	kill(pressure->pid, SIGKILL);
	waitpid(pressure->pid, &status, 0);
}
