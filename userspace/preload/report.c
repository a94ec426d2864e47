// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process drew, in one line at its end, if it was asked for. A child of a fork writes one of
 * its own, with its own numbers. A process that is killed writes none, one that calls execve() only
 * the numbers of the last program, and one that locked itself in with a seccomp(2) filter that
 * would kill for a system call of ours none (sandbox.c).
 *
 * Ends by return from main(), exit(), quick_exit(), daemon(), _exit() and _Exit() are seen; the
 * last three only because they are overridden here. Async-signal-safe, as _exit() is. How the line
 * is written without changing that end is in output.c.
 */
#define _GNU_SOURCE
#include "report.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "early.h"
#include "output.h"
#include "sandbox.h"
#include "text.h"
#include "vgr-syscall.h"

#define PAGE_LEN 4096

/*
 * Callbacks. glibc has the first name of each pair, behind a function of its static part; musl has
 * the second. Neither loads a library that needs a name it lacks, so all are weak.
 */
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *)
	__attribute__((weak));
extern int pthread_atfork(void (*)(void), void (*)(void), void (*)(void)) __attribute__((weak));
extern int __cxa_at_quick_exit(void (*)(void *), void *) __attribute__((weak));
extern int at_quick_exit(void (*)(void)) __attribute__((weak));

/* glibc calls these of the thread that calls exit(), before all that atexit() registered. */
extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *) __attribute__((weak));

extern void *__dso_handle __attribute__((visibility("hidden")));

/* In memory that is wiped on fork, but not on vfork(). NULL: there is no line to be written. */
struct process {
	pid_t pid;
	bool reported;
	bool is_command;
	bool is_first;          /* no child of a fork: draws before load are its own */
	uint64_t calls_of_shim; /* of vgetrandom_prepare(), not of the program */
	uint64_t bytes_of_shim;
};

static struct process *process;

/* Of the program, as it was at load: later, it may have written a title over its arguments. */
static char name[64];

/* The C library's. */
typedef int daemon_fn(int nochdir, int noclose);
static daemon_fn *next_daemon;

/* This thread forks on behalf of daemon(3): its process ends with the fork. */
static __thread bool is_in_daemon __attribute__((tls_model("initial-exec")));

static void put_count(struct vgr_text *line, uint64_t number, const char *what)
{
	vgr_put(line, ", ");
	vgr_put_number(line, number);
	vgr_put(line, what);
}

static void describe(struct vgr_text *line, const struct vgetrandom_stats *stats)
{
	enum vgetrandom_provider provider = vgetrandom_get_provider();

	vgr_put(line, "vgetrandom: ");
	vgr_put(line, name);
	vgr_put(line, " (pid ");
	vgr_put_number(line, (uint64_t)(process->pid ? process->pid : getpid()));
	vgr_put(line, "): ");
	vgr_put(line, vgetrandom_provider_name(provider));
	put_count(line, stats->calls, " calls");
	put_count(line, stats->bytes, " bytes");
	put_count(line, stats->fallback_busy + stats->fallback_no_state + stats->fallback_refresh,
		  " fallbacks");
	/* The kernel's own image does not tell. */
	if (provider == VGETRANDOM_PROVIDER_NATIVE) {
		vgr_put(line, ", drops and reseeds not known");
	} else {
		put_count(line, stats->wipes, " drops");
		put_count(line, stats->reseeds, " reseeds");
	}
	vgr_put(line, "\n");
}

/* A child that shares its parent's memory ends here, too; the numbers are the parent's. */
static bool is_child_of_vfork(void)
{
	return process->pid && process->pid != getpid();
}

static void report(void)
{
	struct vgetrandom_stats stats;
	struct vgr_text line = { .len = 0 };

	if (!process || vgr_is_sandboxed() || process->reported || is_child_of_vfork())
		return;
	process->reported = true;
	vgetrandom_stats(&stats, sizeof(stats));
	stats.calls -= process->calls_of_shim;
	stats.bytes -= process->bytes_of_shim;
	if (process->is_first) {
		stats.calls += vgr_early_draws.calls;
		stats.bytes += vgr_early_draws.bytes;
		stats.fallback_no_state += vgr_early_draws.calls;
	}
	if (!stats.calls && !process->is_command)
		return;
	describe(&line, &stats);
	vgr_output_line(line.chars, line.len);
}

static void report_at_quick_exit(void *unused)
{
	(void)unused;
	report();
}

static void keep_stderr(void *unused)
{
	(void)unused;
	if (!vgr_is_sandboxed())
		vgr_output_keep();
}

static void note_pid(void)
{
	process->pid = getpid();
}

static void report_daemon(void)
{
	if (is_in_daemon)
		report();
}

static void note_name(void)
{
	const char *full = program_invocation_short_name;
	size_t len = 0;

	for (; full[len] && len < sizeof(name) - 1; len++)
		/* One line, and nothing that a terminal obeys. */
		name[len] = (unsigned char)full[len] < ' ' || full[len] == 0x7f ? '?' : full[len];
}

/* "PID", or "PID:DEVICE:INODE:PATH" */
static void read_wish(const char *wish)
{
	char *end;
	unsigned long long device, inode;

	process->is_command = strtol(wish, &end, 10) == process->pid;
	if (*end != ':') {
		vgr_output_to_stderr();
		return;
	}
	device = strtoull(end + 1, &end, 10);
	inode = *end == ':' ? strtoull(end + 1, &end, 10) : 0;
	if (*end == ':')
		vgr_output_to_file(end + 1, device, inode);
}

static void call_me_back(void)
{
	/* A sandbox in the child may forbid getpid(2). */
	if (__register_atfork)
		__register_atfork(NULL, report_daemon, note_pid, __dso_handle);
	else if (pthread_atfork)
		pthread_atfork(NULL, report_daemon, note_pid);
	if (__cxa_at_quick_exit)
		__cxa_at_quick_exit(report_at_quick_exit, __dso_handle);
	else if (at_quick_exit)
		at_quick_exit(report);
	if (__cxa_thread_atexit_impl)
		__cxa_thread_atexit_impl(keep_stderr, NULL, &__dso_handle);
}

void vgr_report_except(uint64_t calls, uint64_t bytes)
{
	if (process) {
		process->calls_of_shim += calls;
		process->bytes_of_shim += bytes;
	}
}

void vgr_report_begin(void)
{
	const char *wish = secure_getenv(VGR_STATS_VARIABLE);
	void *page;

	next_daemon = (daemon_fn *)(uintptr_t)dlsym(RTLD_NEXT, "daemon");
	if (!wish || !wish[0])
		return;
	page = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || madvise(page, PAGE_LEN, MADV_WIPEONFORK) != 0)
		return;
	process = page;
	process->is_first = true;
	note_pid();
	note_name();
	read_wish(wish);
	call_me_back();
}

static __attribute__((destructor)) void end(void)
{
	int saved_errno = errno;

	report();
	errno = saved_errno;
}

static _Noreturn void end_now(int status)
{
	report();
	for (;;)
		vgr_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

void _exit(int status)
{
	end_now(status);
}

void _Exit(int status)
{
	end_now(status);
}

/* The starter of a daemon ends inside the C library, which calls its own _exit(). */
int daemon(int nochdir, int noclose)
{
	int ret;

	is_in_daemon = true;
	ret = next_daemon ? next_daemon(nochdir, noclose) : (int)vgr_result(-ENOSYS);
	is_in_daemon = false;
	return ret;
}
