// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The kernel's own vDSO function against the system call: result and error of every combination of
 * flags and lengths. --differences any: only counts them, for a kernel whose function is not ours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "job.h"
#include "memory.h"

#define NUM_FLAGS  16 /* three that exist, and one that does not */
#define BUFFER_LEN (1 << 20)

static const size_t lengths[] = { 0, 1, 4, 32, 256, 641, 4096, 65537, BUFFER_LEN };

static long by_syscall(void *buf, size_t len, unsigned int flags)
{
	long ret = syscall(SYS_getrandom, buf, len, flags);

	return ret < 0 ? -errno : ret;
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--differences", "none" }, { NULL, NULL } };
	unsigned int num = 0, num_different = 0;
	struct memory memory;
	size_t mapped_len;
	void *state, *buf;

	job_start(argc, argv, options);
	memory_open(&memory, "native");
	if (!memory.getrandom)
		job_skip("the kernel's vDSO has no getrandom()");
	state = memory_map(&memory, PAGE_LEN, &mapped_len);
	buf = mmap(NULL, BUFFER_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buf == MAP_FAILED)
		job_fail("mmap: %s", strerror(errno));
	for (unsigned int flags = 0; flags < NUM_FLAGS; flags++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			size_t len = lengths[i];
			long expected = by_syscall(buf, len, flags);
			long actual = memory.getrandom(buf, len, flags, state, memory.state_len);

			num++;
			if (actual == expected)
				continue;
			num_different++;
			job_note("flags %#x, %zu bytes: the system call %ld, the function %ld",
				 flags, len, expected, actual);
		}
	job_check(strcmp(options[0].value, "any") == 0 || num_different == 0,
		  "each result is that of the system call: %u of %u are not", num_different, num);
	job_finish("%u of %u differ from the system call", num_different, num);
}
