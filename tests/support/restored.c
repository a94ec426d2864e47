// SPDX-License-Identifier: GPL-2.0-only OR MIT
#define _GNU_SOURCE
#include "restored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAPPINGS_MAX 64
#define LEN_MAX      (1 << 20)

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
		if (strncmp(line, "VmFlags:", 8) != 0 || !strstr(line, " wf"))
			continue;
		if (num == MAPPINGS_MAX)
			abort();
		found[num++] = (struct mapping){ start, end - start };
	}
	fclose(smaps);
	return num;
}

static void keep(const struct mapping *m)
{
	madvise((void *)m->start, m->len, MADV_KEEPONFORK);
}

static void replace(const struct mapping *m)
{
	static unsigned char copy[LEN_MAX];

	if (m->len > sizeof(copy))
		abort();
	memcpy(copy, (void *)m->start, m->len);
	if (mmap((void *)m->start, m->len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort();
	memcpy((void *)m->start, copy, m->len);
}

/* All are found before one is changed, which changes the list. */
static size_t restore(void (*one)(const struct mapping *m))
{
	struct mapping found[MAPPINGS_MAX];
	size_t num = find_wiped_on_fork(found);

	for (size_t i = 0; i < num; i++)
		one(&found[i]);
	return num;
}

size_t vgt_restore_kept_on_fork(void)
{
	return restore(keep);
}

size_t vgt_restore_as_ordinary_memory(void)
{
	return restore(replace);
}
