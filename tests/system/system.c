// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See system.h. */
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "boundary.h"
#include "provider.h"
#include "seccomp.h"
#include "state.h"
#include "thread.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE_LEN 4096

volatile unsigned int num_getrandom_calls;

static answer_fn *answer_of;
static int urandom_fd;

bool use_provider(enum vgetrandom_provider provider)
{
	return vgetrandom_set_provider(provider) == 0;
}

struct vgetrandom_stats stats_now(void)
{
	struct vgetrandom_stats stats;

	vgetrandom_stats(&stats, sizeof(stats));
	return stats;
}

void raw_init(struct raw *raw)
{
	struct vgetrandom_alloc_args args = { .num = 1 };

	if (!use_provider(VGETRANDOM_PROVIDER_INPROCESS))
		abort();
	raw->getrandom = vgr_provider()->getrandom;
	raw->state_len = sizeof(struct vgr_state);
	raw->state = vgetrandom_alloc(&args, sizeof(args));
	if (!raw->state)
		abort();
}

uint64_t generation(void)
{
	return __atomic_load_n(&vgr_inprocess_rng_data()->generation, __ATOMIC_ACQUIRE);
}

/*
 * In this process only: what is written to is a private copy, text or not. Where the image's code
 * is linked in, its data page is a variable.
 */
void change_generation(void)
{
	struct vgetrandom_rng_data *data =
		(struct vgetrandom_rng_data *)(uintptr_t)vgr_inprocess_rng_data();
	bool is_text = vgr_inprocess_image();

	if (is_text && mprotect(data, PAGE_LEN, PROT_READ | PROT_WRITE) != 0)
		abort();
	__atomic_fetch_add(&data->generation, 1, __ATOMIC_RELEASE);
	if (is_text)
		mprotect(data, PAGE_LEN, PROT_READ);
}

atomic_long fake_now = 1000000, fake_wall_ahead = 1700000000;
long fake_wall_step;

VGS_STAND_IN static int fake_clock(int clock, struct vgr_port_timespec *now)
{
	if (clock != VGR_CLOCK)
		abort();
	*now = (struct vgr_port_timespec){ .s = atomic_load(&fake_now) };
	return 0;
}

VGS_STAND_IN static long read_fake_wall(long *seconds)
{
	(void)seconds;
	return atomic_load(&fake_now) + atomic_fetch_add(&fake_wall_ahead, fake_wall_step);
}

void use_fake_clock(void)
{
	unsigned char byte;

	if (!use_provider(VGETRANDOM_PROVIDER_INPROCESS))
		abort();
	vgr_inprocess.clock = fake_clock;
	vgr_inprocess.seconds = read_fake_wall;
	/* A key of another time is replaced; then the two agree. */
	if (vgetrandom(&byte, 1, 0) != 1)
		abort();
}

unsigned int calls_for_key(void)
{
	return vgr_provider()->freshness == VGR_FRESH_BY_JUDGE ? 2 : 1;
}

unsigned int renewals_max(void)
{
	return vgr_provider()->freshness == VGR_FRESH_BY_CLOCK ? 1 : 0;
}

void *state_of_this_thread(void)
{
	const struct vgr_slot *slot = vgr_get_slot();

	return slot ? slot->opaque : NULL;
}

bool droppable_works(void)
{
	void *p = mmap(NULL, PAGE_LEN, PROT_READ, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, PAGE_LEN);
	return true;
}

static bool are_gone(void *p, size_t len)
{
	unsigned char present[256];

	if (len > sizeof(present) * PAGE_LEN || mincore(p, len, present) != 0)
		abort();
	for (size_t page = 0; page < len / PAGE_LEN; page++)
		if (present[page] & 1)
			return false;
	return true;
}

bool stay_on_cpu(unsigned int number)
{
	cpu_set_t allowed, one;
	int count;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return false;
	count = CPU_COUNT(&allowed);
	for (int cpu = 0, i = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || i++ != (int)number % count)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return sched_setaffinity(0, sizeof(one), &one) == 0;
	}
	return false;
}

/*
 * A new page waits in a list of the CPU that it was first touched on, and only a madvise() there
 * finds it: this thread may have moved since. So each CPU is tried.
 */
bool drop_pages(void *p, size_t len)
{
	cpu_set_t allowed;
	bool gone = false;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		abort();
	for (unsigned int i = 0; i < 100 && !gone; i++) {
		if (madvise(p, len, MADV_PAGEOUT) != 0)
			break;
		gone = are_gone(p, len);
		if (!gone && sched_setaffinity(0, sizeof(allowed), &allowed) == 0)
			(void)stay_on_cpu(i);
	}
	(void)sched_setaffinity(0, sizeof(allowed), &allowed);
	return gone;
}

static void visit_droppable(void (*visit)(void *arg, uintptr_t start, uintptr_t end), void *arg)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start = 0, end = 0, new_start, new_end;
	char line[512], r;

	if (!smaps)
		abort();
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx %c", &new_start, &new_end, &r) == 3) {
			start = new_start;
			end = new_end;
		} else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " dp")) {
			visit(arg, start, end);
		}
	}
	fclose(smaps);
}

static void count(void *arg, uintptr_t start, uintptr_t end)
{
	struct droppable *droppable = arg;

	droppable->num++;
	droppable->len += end - start;
}

struct droppable count_droppable(void)
{
	struct droppable droppable = { 0 };

	visit_droppable(count, &droppable);
	return droppable;
}

static void keep(void *arg, uintptr_t start, uintptr_t end)
{
	struct ranges *ranges = arg;

	if (ranges->num == sizeof(ranges->range) / sizeof(ranges->range[0]))
		abort();
	ranges->range[ranges->num].p = (void *)start;
	ranges->range[ranges->num++].len = end - start;
}

void find_droppable(struct ranges *ranges)
{
	ranges->num = 0;
	visit_droppable(keep, ranges);
}

void zero_ranges(const struct ranges *ranges)
{
	for (unsigned int i = 0; i < ranges->num; i++)
		memset(ranges->range[i].p, 0, ranges->range[i].len);
}

static void on_getrandom(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	size_t len = (size_t)regs[REG_RSI];
	long answer = answer_of ? answer_of(len, (unsigned int)regs[REG_RDX]) : (long)len;
	int saved_errno = errno;

	(void)signal;
	(void)info;
	__atomic_fetch_add(&num_getrandom_calls, 1, __ATOMIC_RELAXED);
	if (answer > 0 && read(urandom_fd, (void *)regs[REG_RDI], (size_t)answer) != answer)
		abort();
	regs[REG_RAX] = answer;
	errno = saved_errno;
}

void intercept_getrandom(answer_fn *answer)
{
	struct sigaction action = { .sa_sigaction = on_getrandom, .sa_flags = SA_SIGINFO };
	struct vgt_rule rule = { .nr = SYS_getrandom, .arg = -1, .action = SECCOMP_RET_TRAP };

	answer_of = answer;
	urandom_fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (urandom_fd < 0 || sigaction(SIGSYS, &action, NULL) != 0)
		abort();
	num_getrandom_calls = 0;
	vgt_seccomp_install(&rule, 1);
}

long raw_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

bool ended_well(long pid)
{
	int status;

	while (waitpid((pid_t)pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
