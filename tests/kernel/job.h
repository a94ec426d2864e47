/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What every program in this folder has in common: options, remarks, a verdict.
 *
 * A program does one job and runs in a guest or on the host. Exit status 0 is good, 1 is not,
 * 77 could not be tried, 2 is a usage error. The last line that begins with "= " is what the
 * result table says of it. One thread may call these at a time.
 */
#ifndef VGK_JOB_H
#define VGK_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_SKIPPED 77

struct job_option {
	const char *name;  /* "--memory" */
	const char *value; /* in: the default, or NULL: must be given */
};

/* Fills in @options, which end with a NULL name; ends the program if they are wrong. */
void job_start(int argc, char **argv, struct job_option *options);

/* The value as a number. */
uint64_t job_number(const struct job_option *option);

/* A line for whoever reads the log. */
void job_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The line counts only if @good is false: then it says what was expected, and what was. */
bool job_check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A fault of the kernel itself that is known: told, and not counted as ours. The table has how
 * many.
 */
bool job_check_known(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* This cannot be tried here, and why. */
void job_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* There is no point in going on. */
void job_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The end, with a word for the result table. */
void job_finish(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* How many checks there were. */
unsigned int job_num_checks(void);

double job_seconds(void);

/*
 * For a loop that waits for the work of others. How long that takes is up to what else the machine
 * does, so only what does not move at all is stuck: false if @num has been the same for a minute.
 * @progress is zero at first.
 */
struct job_progress {
	size_t num;
	double since;
};

bool job_goes_on(struct job_progress *progress, size_t num);

/*
 * For what the kernel does a little later, such as freeing: until each processor has done what it
 * was at when this was called (a grace period of RCU). So many of these are work of the kernel's,
 * where so many seconds would be up to what else the machine does.
 */
void job_wait_for_kernel(void);

/*
 * Writes @text to a file of /proc or /sys. Returns whether the kernel took it; if not, errno says
 * why.
 */
bool job_write(const char *path, const char *text);

#endif
