// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Parent and child draw in the same instant: the vDSO's clocks stand still, for everybody in this
 * process, and so does the counter that programs read. A generator that tells the two by the time
 * alone gives both the same, once in a while on a running clock and always on this one.
 */
#define _GNU_SOURCE
#include "scenarios.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check-arch.h"
#include "elf-symbol.h"

#define ROUNDS 50
#define DRAWS  8

static struct timespec now;

static int stopped_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = now;
	return 0;
}

static int stopped_gettimeofday(struct timeval *time, struct timezone *zone)
{
	if (time)
		*time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	if (zone)
		*zone = (struct timezone){ 0 };
	return 0;
}

static time_t stopped_time(time_t *time)
{
	if (time)
		*time = now.tv_sec;
	return now.tv_sec;
}

/* The C library has looked up the vDSO's functions long ago, so these become a jump to ours. */
static bool replace(int mem_fd, const char *name, const void *with)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	uintptr_t function = (uintptr_t)vgr_elf_symbol(vdso, name, CHECK_VDSO_VERSION);
	uint8_t jump[CHECK_JUMP_LEN];

	check_make_jump(jump, with);
	return function &&
	       pwrite(mem_fd, jump, sizeof(jump), (off_t)function) == (ssize_t)sizeof(jump);
}

static bool stop_clocks(void)
{
	int mem_fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	bool done;

	clock_gettime(CLOCK_REALTIME, &now);
	done = mem_fd >= 0 && replace(mem_fd, "__vdso_clock_gettime", (void *)stopped_gettime) &&
	       replace(mem_fd, "__vdso_gettimeofday", (void *)stopped_gettimeofday) &&
	       replace(mem_fd, "__vdso_time", (void *)stopped_time);
	if (mem_fd >= 0)
		close(mem_fd);
	return done && check_stop_counter();
}

/* That it worked is not taken for granted. */
static bool have_clocks_stopped(void)
{
	struct timespec first, second;
	struct timeval day;

	clock_gettime(CLOCK_MONOTONIC, &first);
	usleep(1000);
	clock_gettime(CLOCK_MONOTONIC, &second);
	gettimeofday(&day, NULL);
	return first.tv_sec == second.tv_sec && first.tv_nsec == second.tv_nsec &&
	       day.tv_sec == now.tv_sec && time(NULL) == now.tv_sec;
}

void check_scenario_stopped_clock(const struct check_target *target, struct check_outputs *o)
{
	(void)target;
	if (!stop_clocks() || !have_clocks_stopped()) {
		check_skip(o, "the clocks of this kernel's vDSO cannot be stopped");
		return;
	}
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid;

		check_draw_outputs(o, 1);
		pid = fork();
		check_draw_outputs(o, DRAWS);
		if (pid == 0)
			_exit(0);
		check_wait_child(pid);
	}
}
