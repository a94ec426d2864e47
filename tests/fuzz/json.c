// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A result file that `vgetrandom-bench compare` is given. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz.h"
/* What it allocates it keeps until the program ends, which this one does not. */
#include "report/json-read.c"

#define DEPTH_MAX 32

/* What the rest of the program takes for granted of a tree. */
static void check(const struct bench_json *value, unsigned int depth)
{
	bool is_list = value->type == BENCH_JSON_OBJECT || value->type == BENCH_JSON_ARRAY;

	if (depth > DEPTH_MAX || (value->type == BENCH_JSON_STRING && !value->string))
		abort();
	for (const struct bench_json *one = value->first; is_list && one; one = one->next) {
		if ((value->type == BENCH_JSON_OBJECT) != (one->name != NULL))
			abort();
		check(one, depth + 1);
	}
}

/* In the program it says so and ends. */
void *bench_alloc(size_t num, size_t size)
{
	void *p = calloc(num, size);

	if (!p)
		abort();
	return p;
}

static void free_chunks(void)
{
	while (chunks) {
		struct chunk *chunk = chunks;

		chunks = chunk->next;
		free(chunk);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int fd = -1;
	const struct bench_json *tree;
	const char *failed;
	char path[32];

	if (fd < 0)
		fd = memfd_create("json", MFD_CLOEXEC);
	vgt_fuzz_file(fd, data, len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tree = bench_json_read(path, &failed);
	if (tree)
		check(tree, 1);
	free_chunks();
	return 0;
}
