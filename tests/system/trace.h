/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Runs a program and sees each of its system calls, or answers it in the kernel's stead (ptrace).
 * x86-64 only. For one program at a time.
 *
 * The program says which step it is at; each thread has its own, 0 at first.
 */
#ifndef VGS_TRACE_H
#define VGS_TRACE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No system call has this number. */
#define TRACE_STEP_NR 5000

/* In the program: the calling thread is at this step now. */
static inline void trace_step(int step)
{
	int saved_errno = errno;

	syscall(TRACE_STEP_NR, step);
	errno = saved_errno;
}

struct traced_call {
	long nr;
	uint64_t args[6];
	int step;
	int tid;
};

/* Returns 0 to let the call happen, or the -errno that it shall return instead. */
typedef long trace_fn(void *arg, const struct traced_call *call);

/*
 * Runs @argv[0] in the environment @env; @on_call is asked at each system call of a step that is
 * not 0. Returns the status as waitpid() gives it; -1: it cannot be traced here.
 */
int trace_run(char *const argv[], char *const env[], trace_fn *on_call, void *arg);

/* Whether programs can be traced here. */
bool trace_works(void);

#endif
