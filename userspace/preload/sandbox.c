// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Notice of a program that locks itself in. A seccomp(2) filter may kill for any system call that
 * the program does not need, and asking whether there is a filter is one. So the two functions by
 * which a program installs it (libseccomp does, too) are overridden: they first have everything
 * prepared that a draw may need later, do what they do, and then look what the new filter has to
 * say to the system calls that a line of --stats takes.
 *
 * Its children inherit a filter, and this variable. A program that makes the system call itself, in
 * assembly, is not noticed.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "early.h"
#include "filter.h"
#include "vgr-syscall.h"

typedef int prctl_fn(int option, ...);
typedef long syscall_fn(long number, ...);

/* The C library's, or of another preloaded library. NULL: this is too early. */
static prctl_fn *next_prctl;
static syscall_fn *next_syscall;

static bool is_sandboxed;

/* The file that this is part of, whose header knows the machine. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* All that output.c and report.c make, with the arguments that a filter may look at. */
static const struct {
	int number;
	uint64_t args[3];
} calls[] = {
	{ SYS_fstat, { STDERR_FILENO } },
	{ SYS_fcntl, { STDERR_FILENO, F_GETFL } },
	{ SYS_fcntl, { STDERR_FILENO, F_DUPFD_CLOEXEC } },
	{ SYS_lseek, { STDERR_FILENO, 0, SEEK_CUR } },
	{ SYS_prlimit64, { 0, RLIMIT_FSIZE } },
	{ SYS_ppoll, { 0, 1 } },
	{ SYS_openat, { (uint64_t)AT_FDCWD, 0, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC } },
	{ SYS_write, { STDERR_FILENO } },
	{ SYS_pwritev2, { STDERR_FILENO, 0, 1 } },
	{ SYS_sendto, { STDERR_FILENO } },
	{ SYS_close, { STDERR_FILENO } },
	{ SYS_rt_sigprocmask, { SIG_BLOCK } },
	{ SYS_rt_sigprocmask, { SIG_SETMASK } },
	{ SYS_rt_sigpending, { 0 } },
	{ SYS_rt_sigtimedwait, { 0 } },
	{ SYS_getpid, { 0 } },
};

static __attribute__((constructor(101))) void find_next(void)
{
	next_prctl = (prctl_fn *)(uintptr_t)dlsym(RTLD_NEXT, "prctl");
	next_syscall = (syscall_fn *)(uintptr_t)dlsym(RTLD_NEXT, "syscall");
}

bool vgr_is_sandboxed(void)
{
	return is_sandboxed;
}

/* An error does no harm: the line is lost. All other answers kill, stop, or wait for a supervisor.
 */
static bool is_harmless(uint32_t answer)
{
	uint32_t action = answer & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
	       action == SECCOMP_RET_ERRNO;
}

static void note_filter(const struct sock_fprog *program)
{
	struct seccomp_data data = {
		.arch = __ehdr_start.e_machine | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		data.nr = calls[i].number;
		for (size_t arg = 0; arg < 3; arg++)
			data.args[arg] = calls[i].args[arg];
		if (!is_harmless(vgr_filter_answer(program, &data)))
			is_sandboxed = true;
	}
}

static void note_prctl(long option, long mode, long program)
{
	if (option == PR_SET_SECCOMP && mode == SECCOMP_MODE_FILTER)
		note_filter((const struct sock_fprog *)program);
	else if (option == PR_SET_SECCOMP)
		is_sandboxed = true;
}

/*
 * Those without privileges must give up new ones before they install a filter. It is prepared then
 * already: the filter may come by a system call that is made in assembly.
 */
static bool is_a_lock(long option)
{
	return option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP;
}

static void note_seccomp(long operation, long program)
{
	if (operation == SECCOMP_SET_MODE_FILTER)
		note_filter((const struct sock_fprog *)program);
	else if (operation == SECCOMP_SET_MODE_STRICT)
		is_sandboxed = true;
}

int prctl(int option, ...)
{
	long a, b, c, d, ret;
	va_list args;

	va_start(args, option);
	a = va_arg(args, long);
	b = va_arg(args, long);
	c = va_arg(args, long);
	d = va_arg(args, long);
	va_end(args);
	if (is_a_lock(option) && vgr_is_started())
		vgr_prepare();
	if (next_prctl)
		ret = next_prctl(option, a, b, c, d);
	else
		ret = vgr_result(vgr_syscall(SYS_prctl, option, a, b, c, d, 0));
	if (ret >= 0)
		note_prctl(option, a, b);
	return (int)ret;
}

long syscall(long number, ...)
{
	long a, b, c, d, e, f, ret;
	va_list args;

	va_start(args, number);
	a = va_arg(args, long);
	b = va_arg(args, long);
	c = va_arg(args, long);
	d = va_arg(args, long);
	e = va_arg(args, long);
	f = va_arg(args, long);
	va_end(args);
	if ((number == SYS_seccomp || (number == SYS_prctl && is_a_lock(a))) && vgr_is_started())
		vgr_prepare();
	if (next_syscall)
		ret = next_syscall(number, a, b, c, d, e, f);
	else
		ret = vgr_result(vgr_syscall(number, a, b, c, d, e, f));
	/* Not negative: done, or the number of a thread that has another filter (TSYNC). */
	if (ret >= 0 && number == SYS_seccomp)
		note_seccomp(a, c);
	else if (ret >= 0 && number == SYS_prctl)
		note_prctl(a, b, c);
	return ret;
}
