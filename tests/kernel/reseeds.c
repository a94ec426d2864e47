// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reseeds PROGRAM [ARGUMENT...]: runs it, and has the kernel reseed its RNG again and again until
 * it ends. The exit status is the program's; of one that died of a signal, 128 and its number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "reseed.h"

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		job_fail("usage: kernel-reseeds PROGRAM [ARGUMENT...]");
	if (!vgt_reseed_kernel())
		job_skip("RNDRESEEDCRNG: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		job_fail("fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		vgt_reseed_kernel();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
