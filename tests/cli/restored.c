// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * restored WORD: draws, waits for a line on stdin, and then does to the memory that is wiped on
 * fork what checkpointers do to it: keep (it is what it was, but no longer wiped: MADV_KEEPONFORK,
 * which droppable memory refuses) or replace (ordinary memory with the same content). It says
 * "drawn" and "done", draws again and waits for its end. For check_inspect.py.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#ifdef DRAW_BY_LIBRARY
#include <vgetrandom/vgetrandom.h>
#define getrandom vgetrandom
#endif

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

	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			start = a;
			end = b;
		}
		if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " wf") && num < MAPPINGS_MAX)
			found[num++] = (struct mapping){ start, end - start };
	}
	if (smaps)
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
		exit(1);
	memcpy(copy, (void *)m->start, m->len);
	if (mmap((void *)m->start, m->len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		exit(1);
	memcpy((void *)m->start, copy, m->len);
}

static void draw_and_say(const char *word)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		exit(1);
	printf("%s\n", word);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct mapping found[MAPPINGS_MAX];
	size_t num;

	if (argc != 2)
		return 2;
	draw_and_say("drawn");
	if (getchar() == EOF)
		return 1;
	num = find_wiped_on_fork(found);
	for (size_t i = 0; i < num; i++)
		(strcmp(argv[1], "keep") == 0 ? keep : replace)(&found[i]);
	draw_and_say("done");
	return getchar() == EOF ? 0 : 1;
}
