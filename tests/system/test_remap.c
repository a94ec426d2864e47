// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process that a checkpointer restored: every mapping that was wiped on fork is ordinary memory
 * now, with the content it had. fork() still gives parent and child other bytes.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "system.h"

#define FORKS        100
#define MAPPINGS_MAX 64
#define MAPPING_MAX  (1 << 20)

struct mapping {
	unsigned long start, len;
};

static size_t find_wiped_on_fork(struct mapping *found)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long start = 0, end = 0, a, b;
	char line[512];
	size_t num = 0;

	if (!smaps)
		abort();
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			start = a;
			end = b;
		}
		if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " wf") && num < MAPPINGS_MAX)
			found[num++] = (struct mapping){ start, end - start };
	}
	fclose(smaps);
	return num;
}

static void restore_as_ordinary_memory(const struct mapping *m)
{
	static unsigned char copy[MAPPING_MAX];

	if (m->len > sizeof(copy))
		abort();
	memcpy(copy, (void *)m->start, m->len);
	if (mmap((void *)m->start, m->len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort();
	memcpy((void *)m->start, copy, m->len);
}

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
	struct mapping found[MAPPINGS_MAX];
	unsigned char byte;
	size_t num, same = 0;

	if (!use_provider(provider) || vgetrandom(&byte, 1, 0) != 1)
		return 0;
	num = find_wiped_on_fork(found);
	for (size_t i = 0; i < num; i++)
		restore_as_ordinary_memory(&found[i]);
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
