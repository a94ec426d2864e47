// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Whether a source survives a fork: parent and child each make a call after it. vgetrandom-check
 * asks the same of more kinds of fork, at every instruction.
 */
#define _GNU_SOURCE
#include "measure.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper.h"

#define LEN 32

/*
 * A call that has not returned after this many looks hangs. Looks, not seconds: where the whole
 * machine stands still for a while, nobody looks.
 */
#define NUM_LOOKS    1000
#define TO_NEXT_LOOK 10000 /* microseconds */

/* Shared by the two. */
struct drawn {
	unsigned char bytes[LEN];
	bool is_there;
};

static void draw(bench_loop_fn *loop, struct drawn *drawn)
{
	drawn->is_there = loop(drawn->bytes, LEN, 1) == LEN;
}

/* Returns what waitpid(2) returns for @pid; 0 if it hung, and it has been killed since. */
static pid_t wait_for(pid_t pid, int *status)
{
	pid_t ended = waitpid(pid, status, WNOHANG);

	for (unsigned int i = 0; i < NUM_LOOKS && ended == 0; i++) {
		usleep(TO_NEXT_LOOK);
		ended = waitpid(pid, status, WNOHANG);
	}
	if (ended == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, status, 0);
	}
	return ended;
}

static enum bench_survival judge(int status, const struct drawn *child, const struct drawn *parent)
{
	if (WIFSIGNALED(status))
		return BENCH_CHILD_ENDS;
	if (!child->is_there)
		return BENCH_CHILD_FAILS;
	return memcmp(child->bytes, parent->bytes, LEN) == 0 ? BENCH_CHILD_REPEATS : BENCH_SURVIVES;
}

void bench_op_survive(const struct bench_request *request, bench_loop_fn *loop,
		      struct bench_reply *reply)
{
	struct drawn *drawn = mmap(NULL, 2 * sizeof(*drawn), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, ended;
	int status = 0;

	(void)request;
	/* So that there is a state, with bytes in it. */
	if (drawn == MAP_FAILED || (draw(loop, drawn), !drawn->is_there)) {
		snprintf(reply->failed, sizeof(reply->failed), "its first call fails");
		return;
	}
	drawn->is_there = false;
	pid = fork();
	if (pid == 0) {
		/* Nobody else would end one that hangs. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		draw(loop, drawn);
		_exit(0);
	}
	draw(loop, drawn + 1);
	ended = pid < 0 ? -1 : wait_for(pid, &status);
	if (ended < 0 || !drawn[1].is_there)
		snprintf(reply->failed, sizeof(reply->failed), "its process cannot fork");
	reply->values[0] = ended == 0 ? BENCH_CHILD_HANGS : judge(status, drawn, drawn + 1);
	reply->num_values = 1;
}

const char *bench_survive(const struct bench_series *series, enum bench_survival *survival)
{
	static const struct bench_request request = { BENCH_OP_SURVIVE, 1, LEN, 1 };
	static struct bench_reply reply;
	struct bench_helper helper;
	const char *failed = bench_helper_start(&helper, series);

	if (!failed)
		failed = bench_helper_ask(&helper, &request, &reply);
	bench_helper_stop(&helper);
	if (!failed)
		*survival = (enum bench_survival)reply.values[0];
	return failed;
}
