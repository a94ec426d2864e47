// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process that a checkpointer restored: every mapping that was wiped on fork is ordinary memory
 * now, with the content it had. fork() still gives parent and child other bytes.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "restored.h"
#include "system.h"

#define FORKS 100

static bool child_draws_the_same(void)
{
	unsigned char ours[16], childs[16];
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		abort();
	pid = fork();
	if (pid == 0) {
		bool drawn = vgetrandom(childs, sizeof(childs), 0) == sizeof(childs);

		_exit(!drawn || write(ends[1], childs, sizeof(childs)) != sizeof(childs));
	}
	if (vgetrandom(ours, sizeof(ours), 0) != sizeof(ours) ||
	    read(ends[0], childs, sizeof(childs)) != sizeof(childs))
		abort();
	close(ends[0]);
	close(ends[1]);
	waitpid(pid, NULL, 0);
	return memcmp(ours, childs, sizeof(ours)) == 0;
}

static int check(enum vgetrandom_provider provider)
{
	unsigned char byte;
	size_t num, same = 0;

	if (!use_provider(provider) || vgetrandom(&byte, 1, 0) != 1)
		return 0;
	num = vgt_restore_as_ordinary_memory();
	for (int i = 0; i < FORKS; i++)
		same += child_draws_the_same();
	printf("%s: %zu mappings, the same bytes in parent and child after %zu of %d forks\n",
	       vgetrandom_provider_name(provider), num, same, FORKS);
	return num == 0 || same != 0;
}

int main(void)
{
	int failed = check(VGETRANDOM_PROVIDER_INPROCESS);

	return check(VGETRANDOM_PROVIDER_NATIVE) || failed;
}
