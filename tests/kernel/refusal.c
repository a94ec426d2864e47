// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A kernel without MAP_DROPPABLE refuses it with EINVAL, because it is a mapping type and not a
 * flag: that refusal is how the library finds out, and it then uses memory that is wiped on fork.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <vgetrandom/vgetrandom.h>

#include "job.h"
#include "maps.h"
#include "memory.h"

static void check_refused(int flags, const char *name)
{
	void *p = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, flags, -1, 0);

	job_check(p == MAP_FAILED && errno == EINVAL, "%s is refused with EINVAL: %s", name,
		  p == MAP_FAILED ? strerror(errno) : "it was mapped");
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { NULL, NULL } };
	struct vgetrandom_alloc_args args = { .num = 1 };
	unsigned char first[32], second[32];
	struct vgt_vma vma;
	void *states;

	job_start(argc, argv, options);
	check_refused(MAP_DROPPABLE | MAP_ANONYMOUS, "MAP_DROPPABLE");
	check_refused(MAP_DROPPABLE | MAP_ANONYMOUS | MAP_NORESERVE, "MAP_DROPPABLE with a flag");

	states = vgetrandom_alloc(&args, sizeof(args));
	if (!states)
		job_fail("vgetrandom_alloc: %s", strerror(errno));
	if (!vgt_vma_of(states, &vma))
		job_fail("the states are not in /proc/self/smaps");
	job_check(vgt_vma_has(&vma, "wf") && vgt_vma_has(&vma, "dd"),
		  "the library's states are wiped on fork and not dumped: VmFlags%s", vma.flags);
	job_check(vgt_vma_has(&vma, "lo"), "and locked: VmFlags%s", vma.flags);

	if (vgetrandom(first, sizeof(first), 0) != sizeof(first) ||
	    vgetrandom(second, sizeof(second), 0) != sizeof(second))
		job_fail("vgetrandom: %s", strerror(errno));
	job_check(memcmp(first, second, sizeof(first)) != 0, "two outputs differ");
	job_finish("EINVAL; the library uses locked memory that is wiped on fork");
}
