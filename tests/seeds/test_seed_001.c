// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Seed 001: what VM_DROPPABLE promises. a) never in swap; b) may be dropped, and then reads zero;
 * c) inherited by fork; d) not charged to the limit of locked memory. Pressure is real: a memory
 * cgroup (v1 or v2) that is too small. e), that a failed page-in is not fatal, needs a machine
 * without memory, which a test has no right to make here.
 */
#define _GNU_SOURCE
#include "seeds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "guard.h"

#define MIB   ((size_t)1 << 20)
#define LIMIT (64 * MIB)

Test(seed_001, a_dropped_page_is_not_in_swap_and_reads_zero)
{
	unsigned char *p = seeds_droppable();

	cr_assert(seeds_drop(p), "MADV_PAGEOUT did not drop it");
	cr_assert_eq(seeds_swap_kb(p), 0, "%ld kB in swap", seeds_swap_kb(p));
	memset(p, MARK, SEEDS_LEN);
	cr_assert(vgt_all_are(p, SEEDS_LEN, MARK), "cannot be used again");
}

static void write_and_drop(void *p)
{
	memset(p, MARK + 1, SEEDS_LEN);
	if (!seeds_drop(p))
		vgt_child_fail("the child's is not droppable");
}

Test(seed_001, a_child_inherits_the_mapping_and_can_drop_it)
{
	unsigned char *p = seeds_droppable();
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(write_and_drop, p, why), "%s", why);
	cr_assert(vgt_all_are(p, SEEDS_LEN, MARK), "the child's drop reached the parent");
}

Test(seed_001, locking_neither_fails_nor_costs_nor_keeps_it)
{
	unsigned char *p = seeds_droppable();
	struct rlimit none = { 0, 0 };
	long locked = vgt_status_kb("VmLck:");

	cr_assert_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	cr_assert_eq(mlock(p, SEEDS_LEN), 0, "mlock: %s", strerror(errno));
	cr_assert_eq(vgt_status_kb("VmLck:"), locked, "it was charged");
	cr_assert(seeds_drop(p), "a locked page is not dropped");
}

/* A memory cgroup of our own; its files are named differently in the two versions. */
struct cgroup {
	char folder[64];
	const char *limit_file;
};

static bool write_file(const struct cgroup *cgroup, const char *name, unsigned long number)
{
	char path[128];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", cgroup->folder, name);
	/* Makes none: a folder that is no cgroup would take whatever is written. */
	file = fopen(path, "r+e");
	if (!file)
		return false;
	good = fprintf(file, "%lu\n", number) > 0;
	return fclose(file) == 0 && good;
}

static bool cgroup_make(struct cgroup *cgroup)
{
	static const struct {
		const char *top, *limit_file, *swap_file;
		unsigned long swap_limit;
	} kinds[] = {
		{ "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
		  LIMIT },
		{ "/sys/fs/cgroup", "memory.max", "memory.swap.max", 0 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(cgroup->folder, sizeof(cgroup->folder), "%s/vgetrandom-%d", kinds[i].top,
			 getpid());
		cgroup->limit_file = kinds[i].limit_file;
		if (mkdir(cgroup->folder, 0755) != 0)
			continue;
		if (write_file(cgroup, cgroup->limit_file, LIMIT)) {
			/* What goes to swap makes room without a drop. There may be no swap. */
			(void)write_file(cgroup, kinds[i].swap_file, kinds[i].swap_limit);
			return true;
		}
		rmdir(cgroup->folder);
	}
	return false;
}

struct pressure {
	struct cgroup cgroup;
	size_t num_dropped;
};

/* 32 MiB droppable and 48 MiB that are not, in 64 MiB: without dropping, the child is killed. */
static void press(void *arg)
{
	struct pressure *pressure = arg;
	const size_t len = 32 * MIB, ballast_len = 48 * MIB;
	unsigned char *p, *ballast;

	if (!write_file(&pressure->cgroup, "cgroup.procs", (unsigned long)getpid()))
		vgt_child_fail("cannot join the cgroup: %s", strerror(errno));
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, DROPPABLE | MAP_ANONYMOUS, -1, 0);
	ballast =
		mmap(NULL, ballast_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || ballast == MAP_FAILED)
		vgt_child_fail("mmap: %s", strerror(errno));
	memset(p, MARK, len);
	memset(ballast, MARK, ballast_len);
	for (size_t i = 0; i < len; i += PAGE_LEN) {
		if (vgt_all_are(p + i, PAGE_LEN, 0))
			pressure->num_dropped++;
		else if (!vgt_all_are(p + i, PAGE_LEN, MARK))
			vgt_child_fail("page %zu is neither what it was nor zero", i / PAGE_LEN);
	}
	if (!vgt_all_are(ballast, ballast_len, MARK))
		vgt_child_fail("ordinary memory changed");
	if (seeds_swap_kb(p) != 0)
		vgt_child_fail("%ld kB of it are in swap", seeds_swap_kb(p));
}

Test(seed_001, memory_pressure_drops_whole_pages_and_kills_nobody)
{
	struct pressure *pressure = vgt_shared(sizeof(*pressure));
	char why[VGT_CHILD_WHY_SIZE];
	bool good;

	(void)seeds_droppable();
	if (!cgroup_make(&pressure->cgroup))
		cr_skip_test("no memory cgroup can be made here (needs root)");
	good = vgt_run_child(press, pressure, why);
	rmdir(pressure->cgroup.folder);
	cr_assert(good, "%s", why);
	cr_assert_geq(pressure->num_dropped, 16 * MIB / PAGE_LEN, "only %zu pages were dropped",
		      pressure->num_dropped);
}
