// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Part of each program of this folder: before main(), and in every process that starts it again, it
 * ends unless the libc is the one that it is to be tested under. Makes no system call if it is.
 */
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static __attribute__((constructor(101))) void expect_version(void)
{
	if (strcmp(gnu_get_libc_version(), "2.41") == 0)
		return;
	printf("expected glibc 2.41, actual %s\n", gnu_get_libc_version());
	fflush(stdout);
	_exit(1);
}
