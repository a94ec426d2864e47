// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See memory.h. */
#define _GNU_SOURCE
#include "seeds.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "guard.h"
#include "memory.h"
#include "seccomp.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define STATE_LEN 1024

static unsigned char *states(void)
{
	struct vgr_states states;

	if (vgr_map_states(STATE_LEN, SEEDS_LEN / STATE_LEN, &states) != 0 ||
	    states.mapped_len != SEEDS_LEN)
		return NULL;
	memset(states.base, MARK, SEEDS_LEN);
	return states.base;
}

unsigned char *seeds_droppable(void)
{
	unsigned char *p;

	if (seeds_try_flags(DROPPABLE, -1) != 0)
		cr_skip_test("this kernel has no MAP_DROPPABLE");
	p = states();
	cr_assert(p, "no memory for states");
	return p;
}

unsigned char *seeds_not_droppable(void)
{
	const struct vgt_rule refused = { SYS_mmap, 3, 0x0f, DROPPABLE, VGT_ANSWER(EINVAL) };
	unsigned char *p;

	vgt_seccomp_install(&refused, 1);
	p = states();
	if (!p)
		vgt_child_fail("no memory for states");
	return p;
}

int seeds_try_flags(int flags, int fd)
{
	void *p = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, flags | (fd < 0 ? MAP_ANONYMOUS : 0),
		       fd, 0);

	if (p == MAP_FAILED)
		return errno;
	munmap(p, PAGE_LEN);
	return 0;
}

struct vgt_vma seeds_vma(const void *p)
{
	struct vgt_vma vma = { 0 };

	(void)!vgt_vma_of(p, &vma);
	return vma;
}

static void find_zeros(void *p)
{
	if (!vgt_all_are(p, SEEDS_LEN, 0))
		vgt_child_fail("not zero");
}

bool seeds_child_finds_zeros(const unsigned char *p)
{
	char why[VGT_CHILD_WHY_SIZE];

	return vgt_run_child(find_zeros, (void *)(uintptr_t)p, why);
}

bool seeds_drop(unsigned char *p)
{
	/* The kernel may be busy with the page. */
	for (int i = 0; i < 10000; i++) {
		if (madvise(p, SEEDS_LEN, MADV_PAGEOUT) != 0)
			return false;
		if (vgt_all_are(p, SEEDS_LEN, 0))
			return true;
		usleep(1000);
	}
	return false;
}

long seeds_swap_kb(const void *p)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	char line[512], r;
	bool inside = false;
	long kb = -1;

	while (smaps && kb < 0 && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx %c", &start, &end, &r) == 3)
			inside = (uintptr_t)p >= start && (uintptr_t)p < end;
		else if (inside && sscanf(line, "Swap: %ld", &kb) != 1)
			kb = -1;
	}
	if (smaps)
		fclose(smaps);
	return kb;
}
