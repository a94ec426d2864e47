// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What all that was found out means for a program, in a line: how fast it is, and what to do. */
#define _GNU_SOURCE
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A UUID, a key of AES-128. */
#define TYPICAL_LEN 16

/* A round is shorter than a time slice; the median of them is one that nobody disturbed. */
#define ROUNDS   21
#define CALLS    200
#define NS_PER_S 1000000000L

typedef ssize_t draw_fn(void *buf, size_t len, unsigned int flags);

static ssize_t draw_by_syscall(void *buf, size_t len, unsigned int flags)
{
	return syscall(SYS_getrandom, buf, len, flags);
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static double ns_per_call(draw_fn *draw)
{
	unsigned char buf[TYPICAL_LEN];
	long ns[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		ns[i] = now_ns();
		for (int j = 0; j < CALLS; j++)
			(void)!draw(buf, sizeof(buf), 0);
		ns[i] = now_ns() - ns[i];
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return (double)ns[ROUNDS / 2] / CALLS;
}

/* A provider before it in the order is better; auto would have taken it. */
static bool is_best(const struct probe *probe)
{
	for (unsigned int i = PROBE_FIRST_PROVIDER; i < probe->chosen; i++)
		if (probe->providers[i].works)
			return false;
	return true;
}

static const char *what_to_do(const struct probe *probe)
{
	if (!is_best(probe))
		return "unset VGETRANDOM_PROVIDER to get a better one";
	switch (probe->chosen) {
	case VGETRANDOM_PROVIDER_MODULE:
	case VGETRANDOM_PROVIDER_NATIVE:
		return probe_has_vm_generation_device()
			       ? "nothing is left to do"
			       : "nothing is left to do, unless this is a VM that is cloned: then give "
				 "it a VM generation ID device";
	case VGETRANDOM_PROVIDER_INPROCESS:
		return "load the module, or boot Linux 6.11 or later, to reseed with the kernel and "
		       "to notice that a VM was cloned";
	default:
		return "load the module, or boot Linux 4.14 or later, to be faster";
	}
}

void probe_advise(struct probe *probe)
{
	probe->ns_per_call = ns_per_call(vgetrandom);
	probe->ns_per_syscall = ns_per_call(draw_by_syscall);
	snprintf(probe->advice, sizeof(probe->advice),
		 "With the library (vgetrandom run) your programs get %d bytes in %.0f ns (%s) "
		 "instead of %.0f (the system call); %s.",
		 TYPICAL_LEN, probe->ns_per_call, vgetrandom_provider_name(probe->chosen),
		 probe->ns_per_syscall, what_to_do(probe));
}
