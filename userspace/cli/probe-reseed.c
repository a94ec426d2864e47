// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Does a state take a new key when the kernel reseeds? A child has the kernel reseed
 * (CAP_SYS_ADMIN) and sees to it before that its getrandom(2) fails: a state with a valid key goes
 * on without the system call, one that wants a new key cannot.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/random.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel gives the new key to its processors one after another, within a second or so. */
#define DRAWS 1000

/* Another process may have the kernel reseed just before the experiment begins. */
#define ATTEMPTS 20

enum finding { NOT_POSSIBLE, DISTURBED, GOES_ON, RESEEDS };

struct attempt {
	enum vgetrandom_provider provider;
	enum finding finding;
};

static bool let_getrandom_fail(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(insns) / sizeof(insns[0]), .filter = insns };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool draws(void)
{
	unsigned char bytes[4];

	return vgetrandom(bytes, sizeof(bytes), 0) == sizeof(bytes);
}

static void try_reseed(void *arg, void *result)
{
	struct attempt *attempt = result;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	(void)arg;
	if (fd < 0 || vgetrandom_set_provider(attempt->provider) != 0 || !draws() ||
	    !let_getrandom_fail())
		return;
	if (!draws()) {
		attempt->finding = DISTURBED;
		return;
	}
	if (ioctl(fd, RNDRESEEDCRNG) != 0)
		return;
	attempt->finding = GOES_ON;
	for (int i = 0; i < DRAWS && attempt->finding == GOES_ON; i++) {
		if (!draws())
			attempt->finding = RESEEDS;
		else
			usleep(1000);
	}
}

void probe_reseed(enum vgetrandom_provider provider, struct probe_cell *cell)
{
	struct attempt attempt = { .provider = provider, .finding = DISTURBED };

	for (int i = 0; i < ATTEMPTS && attempt.finding == DISTURBED; i++) {
		attempt.finding = NOT_POSSIBLE;
		if (!probe_in_child(try_reseed, NULL, &attempt, sizeof(attempt)))
			return;
	}
	if (attempt.finding < GOES_ON)
		return;
	cell->is_tested = true;
	cell->answer = attempt.finding == RESEEDS ? PROBE_YES : PROBE_NO;
	snprintf(cell->text, sizeof(cell->text), "after a kernel reseed the state %s",
		 attempt.finding == RESEEDS ? "fetched a new key" : "kept the old key");
}
