// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Checks in a forked child: one pipe for the message, the exit status for the rest. */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_PASSED 0
#define EXIT_FAILED 1

/* In the child: where the message goes. */
static int report_fd = -1;

pid_t vgt_fork(struct vgt_child *child)
{
	int fds[2];

	if (pipe(fds) != 0)
		abort();
	fflush(NULL);
	child->pid = fork();
	if (child->pid < 0)
		abort();
	if (child->pid == 0) {
		/* The framework's handlers would report a crash of the child as its own. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		signal(SIGALRM, SIG_DFL);
		alarm(VGT_CHILD_SECONDS);
		report_fd = fds[1];
		close(fds[0]);
		return 0;
	}
	close(fds[1]);
	child->report_fd = fds[0];
	return child->pid;
}

static void read_report(int fd, char *why)
{
	size_t len = 0;

	while (len < VGT_CHILD_WHY_SIZE - 1) {
		ssize_t ret = read(fd, why + len, VGT_CHILD_WHY_SIZE - 1 - len);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			break;
		len += (size_t)ret;
	}
	why[len] = '\0';
	close(fd);
}

bool vgt_wait_for(struct vgt_child *child, char *why)
{
	int status = 0;

	read_report(child->report_fd, why);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			abort();
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PASSED && why[0] == '\0')
		return true;
	if (why[0] != '\0')
		return false;
	if (WIFSIGNALED(status))
		snprintf(why, VGT_CHILD_WHY_SIZE, "the child was killed by %s%s",
			 strsignal(WTERMSIG(status)),
			 WTERMSIG(status) == SIGALRM ? " (it took too long)" : "");
	else
		snprintf(why, VGT_CHILD_WHY_SIZE, "the child ended with status %d",
			 WEXITSTATUS(status));
	return false;
}

bool vgt_run_child(void (*body)(void *arg), void *arg, char *why)
{
	struct vgt_child child;

	if (vgt_fork(&child) == 0) {
		body(arg);
		vgt_child_pass();
	}
	return vgt_wait_for(&child, why);
}

void vgt_child_pass(void)
{
	_exit(EXIT_PASSED);
}

void vgt_child_fail(const char *format, ...)
{
	char why[VGT_CHILD_WHY_SIZE];
	va_list args;
	ssize_t unused;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	unused = write(report_fd, why, strlen(why));
	(void)unused;
	_exit(EXIT_FAILED);
}

void *vgt_shared(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}
