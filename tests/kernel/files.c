// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A file is behind each mapping of the module's own memory. A user without privilege who asks for
 * more and more of them is refused long before the system has no file left for anybody else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "memory.h"

#define USER 1000
#define MANY (1 << 20)

struct shared {
	size_t num;
	int err;
	long open_files;
};

/* How many files are open, and how many may be. */
static long num_files(long *max)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "re");
	long num = -1, unused;

	if (!file || fscanf(file, "%ld %ld %ld", &num, &unused, max) != 3)
		job_fail("file-nr: %s", strerror(errno));
	fclose(file);
	return num;
}

static const struct memory *memory;

static void map_many(void *arg)
{
	struct shared *shared = arg;
	size_t mapped_len;
	long max;

	if (setuid(USER) != 0)
		vgt_child_fail("setuid: %s", strerror(errno));
	while (shared->num < MANY && memory->map(1, &mapped_len))
		shared->num++;
	shared->err = errno;
	shared->open_files = num_files(&max);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	struct shared *shared = vgt_shared(sizeof(*shared));
	char why[VGT_CHILD_WHY_SIZE];
	struct memory opened;
	size_t mapped_len;
	long before, max;

	job_start(argc, argv, options);
	memory_open(&opened, options[0].value);
	if (opened.is_native)
		job_skip("no file is behind this memory");
	memory = &opened;
	before = num_files(&max);
	job_check(vgt_run_child(map_many, shared, why), "the user's process: %s", why);
	job_note("%zu mappings, then %s; %ld of %ld files open, %ld before", shared->num,
		 strerror(shared->err), shared->open_files, max, before);
	job_check(shared->err == ENFILE, "it is refused with ENFILE: %s", strerror(shared->err));
	job_check(shared->num > 100, "not before it has %zu", shared->num);
	job_check(shared->open_files - before <= max / 4, "%ld files are left for others",
		  max - shared->open_files);
	/* It is gone, and so are its files; another user was never in its way. */
	munmap(memory_map(memory, 1, &mapped_len), mapped_len);
	job_finish("refused after %zu of %ld files", shared->num, max);
}
