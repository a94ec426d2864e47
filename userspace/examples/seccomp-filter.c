// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A sandbox that allows read, write, exit and getrandom, and kills for anything else; and two
 * threads in it that draw random numbers.
 *
 * In this order: threads, vgetrandom_prepare() for them, the filter. Prints what was drawn; its
 * exit status is 0, or 1 with a line on stderr. Build: cc seccomp-filter.c -lvgetrandom -pthread
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "only-draws.h"

#define DRAWS 100000

static int to_worker[2], to_main[2];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* TSYNC: for all threads, those that run already included. */
static void install_filter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
		    &only_draws_program) != 0)
		fail("seccomp");
}

static uint32_t draw(void)
{
	uint32_t number = 0;

	for (int i = 0; i < DRAWS; i++)
		number ^= vgetrandom_arc4random();
	return number;
}

/*
 * Its first number is drawn inside the sandbox. It tells that it runs, because the C library's
 * first steps in a thread need other calls; and it does not return, because its last ones do.
 */
static void *work(void *unused)
{
	uint32_t number;
	char start;

	if (write(to_main[1], "", 1) == 1 && read(to_worker[0], &start, 1) == 1) {
		number = draw();
		if (write(to_main[1], &number, sizeof(number)) != sizeof(number))
			_exit(1);
	}
	syscall(SYS_exit, 0);
	return unused;
}

int main(void)
{
	uint32_t mine, theirs;
	pthread_t thread;
	char line[64], running;
	int len;

	if (pipe(to_worker) != 0 || pipe(to_main) != 0)
		fail("pipe");
	if (pthread_create(&thread, NULL, work, NULL) != 0 || read(to_main[0], &running, 1) != 1)
		fail("pthread_create");
	/* One more thread than this one will draw. */
	if (vgetrandom_prepare(1) != 0)
		fail("vgetrandom_prepare");
	install_filter();

	mine = draw();
	if (write(to_worker[1], "", 1) != 1 || read(to_main[0], &theirs, sizeof(theirs)) != 4)
		_exit(1);
	len = snprintf(line, sizeof(line), "%08x %08x\n", mine, theirs);
	_exit(write(STDOUT_FILENO, line, (size_t)len) == len ? 0 : 1);
}
