// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Experiments that leave traces are made in a child, which may also die of them. */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* An experiment takes milliseconds, a few seconds where there are a thousand CPUs. */
#define SECONDS_MAX 120

bool probe_in_child(void (*body)(void *arg, void *result), void *arg, void *result, size_t len)
{
	void *shared = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	if (shared == MAP_FAILED)
		return false;
	memcpy(shared, result, len);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(SECONDS_MAX);
		body(arg, shared);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	memcpy(result, shared, len);
	munmap(shared, len);
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
