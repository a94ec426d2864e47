// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See job.h. Lines are written at once, so that a log is whole up to the moment of a crash. */
#define _GNU_SOURCE
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STUCK_S 60

static const char *job_name;
static unsigned int num_checks, num_failed, num_known;

static void wrong_usage(const char *why, const char *what, const struct job_option *options)
{
	fprintf(stderr, "%s: %s %s; the options are", job_name, why, what);
	for (; options->name; options++)
		fprintf(stderr, " %s VALUE", options->name);
	fputs("\n", stderr);
	exit(2);
}

void job_start(int argc, char **argv, struct job_option *options)
{
	struct job_option *option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	job_name = argv[0];
	for (int i = 1; i < argc; i += 2) {
		for (option = options; option->name; option++)
			if (strcmp(option->name, argv[i]) == 0)
				break;
		if (!option->name)
			wrong_usage("unknown option", argv[i], options);
		if (i + 1 == argc)
			wrong_usage("no value for", argv[i], options);
		option->value = argv[i + 1];
	}
	for (option = options; option->name; option++)
		if (!option->value)
			wrong_usage("this is needed:", option->name, options);
}

uint64_t job_number(const struct job_option *option)
{
	char *end;
	uint64_t number = strtoull(option->value, &end, 0);

	if (*end || end == option->value || option->value[0] == '-') {
		fprintf(stderr, "%s: %s needs a number, not '%s'\n", job_name, option->name,
			option->value);
		exit(2);
	}
	return number;
}

static void say(const char *prefix, const char *format, va_list args)
{
	fputs(prefix, stdout);
	vprintf(format, args);
	fputs("\n", stdout);
}

void job_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

bool job_check(bool good, const char *format, ...)
{
	va_list args;

	num_checks++;
	if (good)
		return true;
	num_failed++;
	va_start(args, format);
	say("FAIL: ", format, args);
	va_end(args);
	return false;
}

bool job_check_known(bool good, const char *format, ...)
{
	va_list args;

	num_checks++;
	if (good)
		return true;
	num_known++;
	va_start(args, format);
	say("KNOWN FAULT OF THIS KERNEL: ", format, args);
	va_end(args);
	return false;
}

void job_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("= ", format, args);
	va_end(args);
	exit(JOB_SKIPPED);
}

void job_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("= ", format, args);
	va_end(args);
	exit(1);
}

void job_finish(const char *format, ...)
{
	va_list args;

	if (num_failed) {
		printf("= %u of %u checks failed\n", num_failed, num_checks);
		exit(1);
	}
	fputs("= ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (num_known)
		printf(", %u known fault of the kernel", num_known);
	fputs("\n", stdout);
	exit(0);
}

double job_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool job_goes_on(struct job_progress *progress, size_t num)
{
	double now = job_seconds();

	if (progress->since == 0 || progress->num != num)
		*progress = (struct job_progress){ num, now };
	return now - progress->since < STUCK_S;
}

void job_wait_for_kernel(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
		job_fail("membarrier: %s", strerror(errno));
	sched_yield();
}

bool job_write(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return false;
	err = write(fd, text, len) == (ssize_t)len ? 0 : errno;
	close(fd);
	errno = err;
	return !err;
}

unsigned int job_num_checks(void)
{
	return num_checks;
}
