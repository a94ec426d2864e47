// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process drew, in one line on stderr at its end, if it was asked for. A child of a fork
 * writes one of its own, with its own numbers. A process that is killed writes none, and one that
 * calls execve() only the numbers of the last program.
 *
 * Ends by return from main(), exit(), quick_exit(), _exit() and _Exit() are seen; the last
 * two only because they are overridden here. Async-signal-safe, as _exit() is, and one write(2):
 * lines of processes that end together do not mix, and the strictest sandbox allows it.
 */
#define _GNU_SOURCE
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "memory.h"

#define PAGE_LEN 4096

/* The second stderr is kept where programs do not expect descriptors of their own. */
#define SECOND_STDERR_FROM 100

/* In memory that is wiped on fork, but not on vfork(). NULL: there is no line to be written. */
struct process {
	pid_t pid;
	bool reported;
	bool is_command;
	uint64_t calls_at_start; /* of vgetrandom_prepare(), not of the program */
	uint64_t bytes_at_start;
};

static struct process *process;

/* For programs that close their stderr before they end, as coreutils do. */
static int second_stderr = -1;
static struct stat second_stderr_stat;

struct line {
	char text[512];
	size_t len;
};

static void put(struct line *line, const char *text)
{
	while (*text && line->len < sizeof(line->text))
		line->text[line->len++] = *text++;
}

static void put_number(struct line *line, uint64_t number)
{
	char digits[24];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	put(line, &digits[i]);
}

static void put_count(struct line *line, uint64_t number, const char *what)
{
	put(line, ", ");
	put_number(line, number);
	put(line, what);
}

static void describe(struct line *line, const struct vgetrandom_stats *stats)
{
	enum vgetrandom_provider provider = vgetrandom_get_provider();

	put(line, "vgetrandom: ");
	put(line, program_invocation_short_name);
	put(line, " (pid ");
	put_number(line, (uint64_t)(process->pid ? process->pid : getpid()));
	put(line, "): ");
	put(line, vgetrandom_provider_name(provider));
	put_count(line, stats->calls, " calls");
	put_count(line, stats->bytes, " bytes");
	put_count(line, stats->fallback_busy + stats->fallback_no_state + stats->fallback_refresh,
		  " fallbacks");
	/* The kernel's own image does not tell. */
	if (provider == VGETRANDOM_PROVIDER_NATIVE) {
		put(line, ", drops and reseeds not known");
	} else {
		put_count(line, stats->wipes, " drops");
		put_count(line, stats->reseeds, " reseeds");
	}
	put(line, "\n");
}

/* The number may stand for another file by now, which must not get our line. */
static void write_to_second_stderr(const struct line *line)
{
	struct stat now;

	if (second_stderr >= 0 && fstat(second_stderr, &now) == 0 &&
	    now.st_dev == second_stderr_stat.st_dev && now.st_ino == second_stderr_stat.st_ino)
		(void)!write(second_stderr, line->text, line->len);
}

static void report(void)
{
	struct vgetrandom_stats stats;
	struct line line = { .len = 0 };

	if (!process || process->reported)
		return;
	process->reported = true;
	vgetrandom_stats(&stats, sizeof(stats));
	stats.calls -= process->calls_at_start;
	stats.bytes -= process->bytes_at_start;
	if (!stats.calls && !process->is_command)
		return;
	describe(&line, &stats);
	if (write(STDERR_FILENO, line.text, line.len) < 0)
		write_to_second_stderr(&line);
}

/* A child that shares its parent's memory ends here, too; the numbers are the parent's. */
static bool is_child_of_vfork(void)
{
	return process && process->pid && process->pid != getpid();
}

static void note_pid(void)
{
	process->pid = getpid();
}

static void keep_second_stderr(void)
{
	second_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, SECOND_STDERR_FROM);
	if (second_stderr >= 0 && fstat(second_stderr, &second_stderr_stat) != 0)
		second_stderr = -1;
}

void vgr_report_begin(const struct vgetrandom_stats *before)
{
	const char *wanted = secure_getenv(VGR_STATS_VARIABLE);
	struct vgetrandom_stats now;
	void *page;

	if (!wanted || !wanted[0])
		return;
	if (vgr_map_wipe_on_fork(0, PAGE_LEN, &page) != 0)
		return;
	process = page;
	vgetrandom_stats(&now, sizeof(now));
	process->calls_at_start = now.calls - before->calls;
	process->bytes_at_start = now.bytes - before->bytes;
	note_pid();
	process->is_command = strtol(wanted, NULL, 10) == process->pid;
	/* A sandbox in the child may forbid getpid(2). */
	pthread_atfork(NULL, NULL, note_pid);
	at_quick_exit(report);
	keep_second_stderr();
}

static __attribute__((destructor)) void end(void)
{
	report();
}

void _exit(int status)
{
	if (!is_child_of_vfork())
		report();
	for (;;)
		syscall(SYS_exit_group, status);
}

void _Exit(int status)
{
	_exit(status);
}
