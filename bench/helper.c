// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The helper's side: knows one source, answers requests until the other side is gone.
 */
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measures/measure.h"

static bench_op_fn *const ops[BENCH_OP_COUNT] = {
	[BENCH_OP_LIBC] = bench_op_libc,       [BENCH_OP_RUN] = bench_op_run,
	[BENCH_OP_LATENCY] = bench_op_latency, [BENCH_OP_FIRST] = bench_op_first,
	[BENCH_OP_THREAD] = bench_op_thread,   [BENCH_OP_FORK] = bench_op_fork,
	[BENCH_OP_MEMORY] = bench_op_memory,   [BENCH_OP_DROP] = bench_op_drop,
	[BENCH_OP_SURVIVE] = bench_op_survive, [BENCH_OP_CYCLES] = bench_op_cycles,
};

void bench_op_libc(const struct bench_request *request, bench_loop_fn *loop,
		   struct bench_reply *reply)
{
	int major = 0, minor = 0;

	(void)request;
	(void)loop;
	if (sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor) != 2)
		snprintf(reply->failed, sizeof(reply->failed), "it does not tell its version");
	reply->values[reply->num_values++] = 1000 * major + minor;
}

/* One for each number of threads, so that theirs are never the first calls. */
static struct bench_team *find_team(unsigned int threads, size_t len)
{
	static struct {
		struct bench_team *team;
		size_t len;
	} teams[BENCH_MAX_THREADS + 1];

	if (teams[threads].team && teams[threads].len < len) {
		bench_team_stop(teams[threads].team);
		teams[threads].team = NULL;
	}
	if (!teams[threads].team) {
		teams[threads].team = bench_team_start(threads, len);
		teams[threads].len = len;
	}
	return teams[threads].team;
}

void bench_op_run(const struct bench_request *request, bench_loop_fn *loop,
		  struct bench_reply *reply)
{
	struct bench_team *team = find_team(request->threads, request->len);
	long long sum;

	reply->values[0] = bench_team_run(team, loop, request->len, request->count, &sum);
	reply->values[1] = sum;
	reply->num_values = 2;
}

/* Our library has chosen by environment when it is first called, as in its users' processes. */
static const char *prepare(const struct bench_source *source, uint32_t chacha)
{
	const char *failed;

	if (source->is_ours || source->other_libc)
		return NULL;
	failed = bench_source_init(source);
	return failed ? failed : bench_source_enter(source, chacha);
}

static bool receive(struct bench_request *request)
{
	return recv(STDIN_FILENO, request, sizeof(*request), MSG_WAITALL) ==
	       (ssize_t)sizeof(*request);
}

static bool reply_to(const struct bench_reply *reply)
{
	size_t len = offsetof(struct bench_reply, values) +
		     reply->num_values * sizeof(reply->values[0]);
	const char *next = (const char *)reply;

	while (len) {
		ssize_t sent = send(STDIN_FILENO, next, len, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		next += sent;
		len -= (size_t)sent;
	}
	return true;
}

int bench_helper_main(int argc, char **argv)
{
	static struct bench_request request;
	static struct bench_reply reply;
	const struct bench_source *source = NULL;
	const char *failed;

	if (argc == 5)
		source = bench_source_by_name(argv[2], strlen(argv[2]));
	if (!source) {
		bench_error("the command " BENCH_HELPER_COMMAND " is for vgetrandom-bench itself; "
			    "see --help");
		return BENCH_EXIT_USAGE;
	}
	if (strcmp(argv[4], "pin") == 0)
		bench_pin_start();
	failed = prepare(source, (uint32_t)strtoul(argv[3], NULL, 10));
	while (receive(&request)) {
		reply.num_values = 0;
		snprintf(reply.failed, sizeof(reply.failed), "%s", failed ? failed : "");
		if (!failed && (unsigned int)request.op < BENCH_OP_COUNT)
			ops[request.op](&request, source->loop, &reply);
		bench_source_ran(source, reply.ran);
		if (!reply_to(&reply))
			return BENCH_EXIT_FAILED;
	}
	return 0;
}
