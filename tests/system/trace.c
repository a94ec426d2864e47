// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See trace.h. */
#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define THREADS_MAX  64
#define SYSCALL_TRAP (SIGTRAP | 0x80)

struct thread {
	pid_t tid; /* 0: free */
	int step;
	long answer; /* for the exit of the call that it is in; 0: the kernel's */
};

static struct thread threads[THREADS_MAX];

static struct thread *thread_of(pid_t tid)
{
	struct thread *unused = NULL;

	for (int i = 0; i < THREADS_MAX; i++) {
		if (threads[i].tid == tid)
			return &threads[i];
		if (!threads[i].tid && !unused)
			unused = &threads[i];
	}
	if (!unused)
		abort();
	*unused = (struct thread){ .tid = tid };
	return unused;
}

static void set_register(pid_t tid, size_t offset, long value)
{
	if (ptrace(PTRACE_POKEUSER, tid, (void *)offset, (void *)value) != 0)
		abort();
}

static void at_entry(struct thread *t, const struct __ptrace_syscall_info *info, trace_fn *on_call,
		     void *arg)
{
	struct traced_call call = {
		.nr = (long)info->entry.nr,
		.step = t->step,
		.tid = t->tid,
	};

	for (int i = 0; i < 6; i++)
		call.args[i] = info->entry.args[i];
	if (call.nr == TRACE_STEP_NR)
		t->step = (int)call.args[0];
	else if (t->step)
		t->answer = on_call(arg, &call);
	/* There is no call of that number. */
	if (t->answer)
		set_register(t->tid, offsetof(struct user_regs_struct, orig_rax), -1);
}

static void at_exit(struct thread *t)
{
	if (t->answer)
		set_register(t->tid, offsetof(struct user_regs_struct, rax), t->answer);
	t->answer = 0;
}

static void at_syscall(pid_t tid, trace_fn *on_call, void *arg)
{
	struct thread *t = thread_of(tid);
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		at_entry(t, &info, on_call, arg);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		at_exit(t);
}

/* The signal to hand on: none for the stops that are the tracer's own. */
static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	return status >> 16 || sig == SIGSTOP || sig == SIGTRAP || sig == SYSCALL_TRAP ? 0 : sig;
}

static int trace_until_end(pid_t pid, trace_fn *on_call, void *arg)
{
	int status, result = -1;

	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return result;
		if (!WIFSTOPPED(status)) {
			thread_of(tid)->tid = 0;
			if (tid == pid)
				result = status;
			continue;
		}
		if (WSTOPSIG(status) == SYSCALL_TRAP)
			at_syscall(tid, on_call, arg);
		ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)signal_of(status));
	}
}

int trace_run(char *const argv[], char *const env[], trace_fn *on_call, void *arg)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
			     PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(127);
		raise(SIGSTOP);
		execve(argv[0], argv, env);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0)
		return -1;
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	return trace_until_end(pid, on_call, arg);
}

bool trace_works(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
