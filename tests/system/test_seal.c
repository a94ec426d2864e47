// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The text of the program, and with it the data page of the image, is sealed (mseal(2), as
 * hardened loaders do): before the library starts, or after the first draw. Draws go on without
 * system calls, and keys are replaced. A plain program, which starts itself once more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "draw.h"
#include "maps.h"
#include "outputs.h"
#include "system.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

#define SKIPPED 77
#define MINUTES 20
#define DRAWS   500

static char sealed_at_start[] = "sealed-at-start";
static int seal_error = -1;

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

/* The mapping that the data page lies in, as the loader made it. */
static void seal_text(void)
{
	struct vgt_vma vma;

	seal_error = ENOENT;
	if (vgt_vma_of(vgr_inprocess_rng_data(), &vma))
		seal_error = syscall(SYS_mseal, vma.start, vma.end - vma.start, 0) ? errno : 0;
}

/* Before any constructor. */
static void seal_at_start(int argc, char **argv, char **env)
{
	(void)env;
	if (argc > 1 && strcmp(argv[1], sealed_at_start) == 0)
		seal_text();
}

static __attribute__((section(".preinit_array"), used)) void (*at_start)(int, char **,
									 char **) = seal_at_start;

static void check_seal(const char *when)
{
	void *page = (void *)(uintptr_t)vgr_inprocess_rng_data();

	if (seal_error == ENOSYS) {
		printf("skipped: this kernel has no mseal(2)\n");
		exit(SKIPPED);
	}
	if (seal_error || mprotect(page, 4096, PROT_NONE) == 0)
		fail("%s: expected the data page to be sealed, errno %d", when, seal_error);
}

/* One system call a minute, which brings another key. */
static void draw_for_minutes(const char *when)
{
	struct vgetrandom_stats before, after;
	static struct outputs seen;
	unsigned char buf[16];

	outputs_init(&seen, 4 * MINUTES * DRAWS);
	intercept_getrandom(NULL);
	use_fake_clock();
	before = stats_now();
	num_getrandom_calls = 0;
	for (int i = 0; i < MINUTES * DRAWS; i++) {
		if (i % DRAWS == 0)
			atomic_fetch_add(&fake_now, VGR_RESEED_INTERVAL_S);
		if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf) ||
		    !outputs_add(&seen, buf, sizeof(buf)))
			fail("%s: draw %d: %s", when, i, seen.why);
	}
	after = stats_now();
	if (after.reseeds - before.reseeds != MINUTES || num_getrandom_calls != MINUTES)
		fail("%s: expected %d keys by as many system calls, actual %lu by %u", when,
		     MINUTES, (unsigned long)(after.reseeds - before.reseeds), num_getrandom_calls);
	outputs_free(&seen);
}

/* In a child each, which ends with status 0, 1 or 77. */
static int status_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

static void run_sealed_after_a_draw(void)
{
	unsigned char byte;

	if (!use_provider(VGETRANDOM_PROVIDER_INPROCESS) || vgetrandom(&byte, 1, 0) != 1)
		fail("expected the provider inprocess to work");
	seal_text();
	check_seal("after a draw");
	/* A second start, at another level, is refused and harmless. */
	if (vgr_inprocess_start(VGETRANDOM_CHACHA_GENERIC) == 0 &&
	    vgr_cpu_chacha_level() != VGETRANDOM_CHACHA_GENERIC)
		fail("expected the level to stay");
	draw_for_minutes("sealed after a draw");
	exit(0);
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status;

	if (argc > 1) {
		check_seal("at the start");
		if (!use_provider(VGETRANDOM_PROVIDER_INPROCESS))
			fail("expected the provider inprocess to start");
		draw_for_minutes("sealed at the start");
		return 0;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char *const again[] = { argv[0], sealed_at_start, NULL };

		execv("/proc/self/exe", again);
		_exit(1);
	}
	status = status_of(pid);
	if (status)
		return status;
	pid = fork();
	if (pid == 0)
		run_sealed_after_a_draw();
	return status_of(pid);
}
