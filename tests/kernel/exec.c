// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process can write in a state it can never execute: not by mprotect(), and not because its
 * personality makes whatever is readable executable.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include "child.h"
#include "job.h"
#include "maps.h"
#include "memory.h"

#define RET 0xc3

static unsigned char *page;

static void run_it(void *arg)
{
	(void)arg;
	memset(page, RET, PAGE_LEN);
	((void (*)(void))(uintptr_t)page)();
}

/* Whether code in the page runs; the child dies of a signal if not. */
static bool runs(void)
{
	char why[VGT_CHILD_WHY_SIZE];

	/* A child has pages of its own, so it has to write the code itself. */
	return vgt_run_child(run_it, NULL, why);
}

static void check(const struct memory *memory, const char *when)
{
	size_t mapped_len;
	struct vgt_vma vma;

	page = memory_map(memory, PAGE_LEN, &mapped_len);
	memset(page, RET, PAGE_LEN);
	if (!vgt_vma_of(page, &vma))
		job_fail("the state is not in the list of mappings");
	job_check(!vgt_vma_has(&vma, "ex"), "%s: not executable:%s", when, vma.flags);
	job_check(!vgt_vma_has(&vma, "me"), "%s: may not become so:%s", when, vma.flags);
	job_check(mprotect(page, mapped_len, PROT_READ | PROT_WRITE | PROT_EXEC) != 0 &&
			  errno == EACCES,
		  "%s: mprotect() refuses", when);
	job_check(!runs(), "%s: code in it does not run", when);
	munmap(page, mapped_len);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	struct memory memory;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	if (memory.is_native)
		job_skip("this memory is the kernel's, which makes no such promise");
	check(&memory, "as it is");
	if (personality(READ_IMPLIES_EXEC) < 0)
		job_fail("personality: %s", strerror(errno));
	check(&memory, "READ_IMPLIES_EXEC");
	job_finish("never executable");
}
