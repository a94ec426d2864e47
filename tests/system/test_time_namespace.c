// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A child in a new time namespace has another vDSO data page. The library's clock and the
 * age of its keys go on working, and draws stay out of the kernel. A plain program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "draw.h"
#include "outputs.h"
#include "quiet.h"
#include "seccomp.h"
#include "system.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define SKIPPED   77
#define FORWARD_S 1000000
#define DRAWS     1000

static struct outputs seen;
static unsigned char (*drawn)[16];

static void draw(int from, int to)
{
	for (int i = from; i < to; i++)
		if (vgetrandom(drawn[i], 16, 0) != 16)
			_exit(1);
}

static long seconds_of(clockid_t clock)
{
	struct timespec now;

	syscall(SYS_clock_gettime, clock, &now);
	return now.tv_sec;
}

/* Whether the library's clock tells a time that the kernel's has just then. */
static bool clock_is_the_kernels(void)
{
	long before = seconds_of(CLOCK_MONOTONIC_COARSE);
	struct vgr_port_timespec now;

	return vgr_inprocess.clock(VGR_CLOCK, &now) == 0 && now.s >= before &&
	       now.s <= seconds_of(CLOCK_MONOTONIC_COARSE);
}

/* In the new namespace; exit status: what was wrong. */
static __attribute__((noreturn)) void run_child(long monotonic_before)
{
	/* However long the fork took. */
	long forward = seconds_of(CLOCK_MONOTONIC) - monotonic_before;
	uint64_t reseeds;

	if (forward < FORWARD_S || forward >= 2 * FORWARD_S)
		_exit(2);
	intercept_getrandom(NULL);
	draw(DRAWS, 2 * DRAWS);
	if (num_getrandom_calls != calls_for_key())
		_exit(3);
	if (vgetrandom_get_provider() != VGETRANDOM_PROVIDER_INPROCESS)
		_exit(0);
	if (!clock_is_the_kernels())
		_exit(4);
	/* The parent's key was of another time; the child's is of this one. */
	reseeds = stats_now().reseeds;
	if (reseeds != 1)
		_exit(5);
	/* As if it were of the parent's namespace, and looked at in another second. */
	vgr_get_slot()->seeded_at = (uint32_t)monotonic_before;
	vgr_get_slot()->looked_at--;
	draw(2 * DRAWS, 3 * DRAWS);
	_exit(stats_now().reseeds != reseeds + 1 ? 6 : 0);
}

static int write_offset(void)
{
	static const char offset[] = "monotonic 1000000 0\nboottime 1000000 0\n";
	int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : write(fd, offset, sizeof(offset) - 1);

	if (fd >= 0)
		close(fd);
	return len == sizeof(offset) - 1 ? 0 : -1;
}

/* Parent and child at once. Returns the child's status as waitpid() gives it. */
static int fork_and_draw(void)
{
	long monotonic = seconds_of(CLOCK_MONOTONIC);
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		run_child(monotonic);
	draw(DRAWS / 2, DRAWS);
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static void check(enum vgetrandom_provider provider)
{
	static const char *const wrong[] = {
		"",
		"a draw failed",
		"the monotonic clock was not set ahead: not in the namespace",
		"draws went to the kernel, or not even one for a key",
		"the library's clock is not that of the namespace",
		"the child did not take one key of its own",
		"the key was not replaced although it is of another time",
	};
	struct vgt_quiet quiet = { 0 };
	int status;

	if (!use_provider(provider)) {
		printf("skipped %s: not on this kernel\n", vgetrandom_provider_name(provider));
		return;
	}
	draw(0, DRAWS / 2);
	do {
		vgt_quiet_begin(&quiet);
		status = fork_and_draw();
	} while (!vgt_quiet_end(&quiet));
	if (status != 0) {
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		printf("%s: %s\n", vgetrandom_provider_name(provider),
		       status > 0 && status <= 6 ? wrong[status] : "the child was killed");
		exit(1);
	}
	for (int i = 0; i < (provider == VGETRANDOM_PROVIDER_INPROCESS ? 3 : 2) * DRAWS; i++) {
		if (!outputs_add(&seen, drawn[i], 16)) {
			printf("parent and child: %s\n", seen.why);
			exit(1);
		}
	}
	printf("%s: %d draws in a time namespace\n", vgetrandom_provider_name(provider), DRAWS);
}

int main(void)
{
	drawn = mmap(NULL, 3 * DRAWS * 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	outputs_init(&seen, 6 * 3 * DRAWS);
	if (drawn == MAP_FAILED || !vgt_seccomp_works()) {
		printf("skipped: there is no seccomp\n");
		return SKIPPED;
	}
	/* Of the children from now on. */
	if (unshare(CLONE_NEWTIME) != 0 || write_offset() != 0) {
		printf("skipped: no time namespace can be made here (%s)\n", strerror(errno));
		return SKIPPED;
	}
	check(VGETRANDOM_PROVIDER_INPROCESS);
	check(VGETRANDOM_PROVIDER_NATIVE);
	return 0;
}
