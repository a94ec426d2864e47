// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The other side of a helper: starts it, asks, ends it.
 */
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "measures/measure.h"

#define MAX_ARGS 12

static char reason[160];

/*
 * What the library of a helper reads, and nothing that this process was started with. A source
 * without levels gets no bound: one left over would be obeyed, and slow the image down.
 */
static void set_environment(const struct bench_series *series)
{
	const struct bench_source *source = series->source;

	unsetenv("VGETRANDOM_PROVIDER");
	unsetenv("VGETRANDOM_CHACHA");
	if (source->is_ours && source->provider != VGETRANDOM_PROVIDER_AUTO)
		setenv("VGETRANDOM_PROVIDER", vgetrandom_provider_name(source->provider), 1);
	if (source->is_ours && source->has_chacha)
		setenv("VGETRANDOM_CHACHA", bench_chacha_name(series->chacha), 1);
}

static _Noreturn void become_helper(const struct bench_series *series, const char *const *command,
				    const char *program, int fd)
{
	const char *argv[MAX_ARGS] = { 0 };
	char chacha[16];
	int argc = 0;

	for (; command && *command && argc < MAX_ARGS - 6; command++)
		argv[argc++] = *command;
	snprintf(chacha, sizeof(chacha), "%u", series->chacha);
	argv[argc++] = program;
	argv[argc++] = BENCH_HELPER_COMMAND;
	argv[argc++] = series->source->name;
	argv[argc++] = chacha;
	argv[argc++] = bench_pin_is_on() ? "pin" : "free";
	bench_pin_release();
	set_environment(series);
	if (dup2(fd, STDIN_FILENO) >= 0)
		execv(argv[0], (char *const *)argv);
	_exit(127);
}

const char *bench_helper_start(struct bench_helper *helper, const struct bench_series *series)
{
	static char program[PATH_MAX];
	const char *const *command = NULL;
	const char *failed = NULL;
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int fds[2];

	helper->fd = -1;
	snprintf(helper->ran, sizeof(helper->ran), "%s", series->ran);
	if (len < 0)
		return "this program does not find itself in /proc";
	program[len] = '\0';
	if (series->source->other_libc)
		command = bench_other_libc_command(&failed);
	if (failed)
		return failed;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return "there is no socket for a helper";
	helper->pid = fork();
	if (helper->pid == 0)
		become_helper(series, command, program, fds[1]);
	close(fds[1]);
	helper->fd = fds[0];
	if (helper->pid > 0)
		return NULL;
	close(fds[0]);
	return "there is no process for a helper";
}

/* A reply did not come: its process has ended, and how says why. */
static const char *say_end(struct bench_helper *helper)
{
	int status = 0;

	close(helper->fd);
	helper->fd = -1;
	if (waitpid(helper->pid, &status, 0) == helper->pid && WIFSIGNALED(status))
		snprintf(reason, sizeof(reason), "its process was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(reason, sizeof(reason), "its process ended with status %d",
			 WEXITSTATUS(status));
	return reason;
}

static bool receive(int fd, void *to, size_t len)
{
	return recv(fd, to, len, MSG_WAITALL) == (ssize_t)len;
}

const char *bench_helper_ask(struct bench_helper *helper, const struct bench_request *request,
			     struct bench_reply *reply)
{
	size_t head_len = offsetof(struct bench_reply, values);

	if (helper->fd < 0)
		return "its process has ended";
	if (send(helper->fd, request, sizeof(*request), MSG_NOSIGNAL) !=
		    (ssize_t)sizeof(*request) ||
	    !receive(helper->fd, reply, head_len) || reply->num_values > BENCH_MAX_VALUES ||
	    (reply->num_values &&
	     !receive(helper->fd, reply->values, reply->num_values * sizeof(reply->values[0]))))
		return say_end(helper);
	if (reply->failed[0])
		snprintf(reason, sizeof(reason), "%s", reply->failed);
	else if (helper->ran[0] && strcmp(helper->ran, reply->ran) != 0)
		snprintf(reason, sizeof(reason), "its calls ran '%s' instead of '%s'", reply->ran,
			 helper->ran);
	else
		return NULL;
	return reason;
}

void bench_helper_stop(struct bench_helper *helper)
{
	if (helper->fd < 0)
		return;
	close(helper->fd);
	helper->fd = -1;
	waitpid(helper->pid, NULL, 0);
}
