// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The arc4random(3) family. It has no way to report an error, so where there are no random
 * numbers the process ends: a program must not go on with others.
 */
#define _GNU_SOURCE
#include <vgetrandom/vgetrandom.h>

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/core.h>

#include "uniform.h"

static _Noreturn void die(void)
{
	static const char message[] =
		"vgetrandom: getrandom(2) fails, no random numbers to be had; aborting\n";
	/* Not write(), which is a cancellation point: the thread must not end and others go on. */
	long unused = syscall(SYS_write, STDERR_FILENO, message, sizeof(message) - 1);

	(void)unused;
	abort();
}

void vgetrandom_arc4random_buf(void *buf, size_t len)
{
	if (vgetrandom_core_fill(buf, len) != 0)
		die();
}

uint32_t vgetrandom_arc4random(void)
{
	volatile uint32_t number;
	uint32_t result;

	vgetrandom_arc4random_buf((void *)&number, sizeof(number));
	result = number;
	/* It does not stay below the stack pointer (I9 of vdso/README.md). */
	number = 0;
	return result;
}

uint32_t vgetrandom_arc4random_uniform(uint32_t upper_bound)
{
	return vgr_uniform(upper_bound, vgetrandom_arc4random);
}
