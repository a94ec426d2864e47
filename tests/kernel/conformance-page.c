// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What happens to a page: fork, drop, accounting, advice. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "child.h"
#include "conformance.h"
#include "job.h"
#include "maps.h"

static void expect_child(void (*body)(void *arg), void *arg, const char *what)
{
	char why[VGT_CHILD_WHY_SIZE];

	job_check(vgt_run_child(body, arg, why), "%s: %s", what, why);
}

static void expect_zero(void *arg)
{
	if (!pages_are_zero(arg, NUM_PAGES))
		vgt_child_fail("a page of the child is not zero");
}

/* What it writes must be its own, and gone in its own child. */
static void write_and_fork(void *arg)
{
	char why[VGT_CHILD_WHY_SIZE];

	expect_zero(arg);
	memset(arg, 0x5a, NUM_PAGES * PAGE_LEN);
	if (!vgt_run_child(expect_zero, arg, why))
		vgt_child_fail("the grandchild: %s", why);
	if (((volatile unsigned char *)arg)[NUM_PAGES * PAGE_LEN - 1] != 0x5a)
		vgt_child_fail("what the child wrote did not stay");
}

void check_fork(const struct memory *memory)
{
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len);

	expect_child(expect_zero, pages, "after a fork the child's memory is zero");
	expect_child(write_and_fork, pages, "the child's memory is its own");
	for (size_t i = 0; i < NUM_PAGES; i++)
		job_check(page_is_filled(pages, i), "page %zu of the parent is as it was", i);
	/* A page that only the child touched must not come back in the parent. */
	munmap(pages, mapped_len);
	pages = memory_map(memory, NUM_PAGES * PAGE_LEN, &mapped_len);
	expect_child(write_and_fork, pages, "memory that was never touched");
	job_check(pages_are_zero(pages, NUM_PAGES), "what a child wrote stays in the child");
	munmap(pages, mapped_len);
}

/*
 * A new page waits in a list of the CPU that it was first touched on, and only a madvise() there
 * finds it. Where that may not be chosen, a move between the two is rare enough.
 */
static bool stay_on_this_cpu(cpu_set_t *allowed)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof(*allowed), allowed) != 0)
		return false;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) == 0;
}

static void check_one_drop(const struct memory *memory, int advice, const char *name)
{
	size_t mapped_len, num_dropped = 0;
	unsigned char *pages = filled_pages(memory, &mapped_len);
	int ret = madvise(pages, NUM_PAGES * PAGE_LEN, advice);

	for (size_t i = 0; i < NUM_PAGES; i++) {
		bool is_zero = pages_are_zero(pages + i * PAGE_LEN, 1);

		job_check(is_zero || page_is_filled(pages, i), "%s: page %zu is whole, or zero",
			  name, i);
		num_dropped += is_zero;
	}
	/* The kernel may hold a page back that it touched a moment ago. */
	if (memory->is_native && strcmp(memory->name, "native") == 0)
		job_check(ret == 0 && num_dropped > 0, "%s drops pages: %d, %zu dropped", name, ret,
			  num_dropped);
	job_note("%s: returned %d, %zu of %d pages dropped", name, ret, num_dropped, NUM_PAGES);
	munmap(pages, mapped_len);
}

void check_drop(const struct memory *memory)
{
	cpu_set_t allowed;
	bool stays = stay_on_this_cpu(&allowed);

	check_one_drop(memory, MADV_DONTNEED, "MADV_DONTNEED");
	check_one_drop(memory, MADV_PAGEOUT, "MADV_PAGEOUT");
	if (stays)
		(void)sched_setaffinity(0, sizeof(allowed), &allowed);
}

/* In a child, because of its limits: states must be had where nothing may be locked. */
static void lock_all(void *arg)
{
	const struct memory *memory = arg;
	struct rlimit none = { 0, 0 };
	size_t mapped_len;
	void *pages;

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
		vgt_child_fail("setrlimit: %s", strerror(errno));
	pages = memory->map(NUM_PAGES * PAGE_LEN, &mapped_len);
	if (!pages)
		vgt_child_fail("no memory without a right to lock any: %s", strerror(errno));
	memset(pages, 1, NUM_PAGES * PAGE_LEN);
	if (vgt_status_kb("VmLck:") != 0)
		vgt_child_fail("%ld kB are counted as locked", vgt_status_kb("VmLck:"));
}

static void lock_states(void *arg)
{
	const struct memory *memory = arg;
	struct vgt_vma vma;
	size_t mapped_len;
	void *pages = memory->map(NUM_PAGES * PAGE_LEN, &mapped_len);
	int ret;

	if (!pages)
		vgt_child_fail("no memory: %s", strerror(errno));
	ret = mlock(pages, NUM_PAGES * PAGE_LEN);
	if (!vgt_vma_of(pages, &vma) || vgt_vma_has(&vma, "lo"))
		vgt_child_fail("mlock() returned %d, and VmFlags are%s", ret, vma.flags);
}

void check_accounting(const struct memory *memory)
{
	/* The fallback of the library is ordinary memory, and locked as far as it can be. */
	if (strcmp(memory->name, "inprocess") == 0 && !memory->is_native)
		return;
	expect_child(lock_all, (void *)memory, "states are not counted as locked memory");
	expect_child(lock_states, (void *)memory, "mlock() does not make states undroppable");
}

/*
 * Advice that would take the properties away is refused, or changes nothing. It is tried
 * on pages with content, which tells.
 */
void check_advice(const struct memory *memory)
{
	static const struct {
		int advice;
		const char *name;
	} advices[] = { { MADV_KEEPONFORK, "MADV_KEEPONFORK" }, { MADV_DODUMP, "MADV_DODUMP" } };
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len);
	bool is_ordinary = strcmp(memory->name, "inprocess") == 0 && !memory->is_native;
	struct vgt_vma vma;

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]) && !is_ordinary; i++) {
		int ret = madvise(pages, NUM_PAGES * PAGE_LEN, advices[i].advice);

		job_check(ret != 0 || !memory->is_native, "%s is refused: it returned %d",
			  advices[i].name, ret);
		job_note("%s: %s", advices[i].name, ret ? strerror(errno) : "accepted");
		expect_child(expect_zero, pages, advices[i].name);
		job_check(vgt_vma_of(pages, &vma) && vgt_vma_has(&vma, "dd"),
			  "not dumped after %s: VmFlags%s", advices[i].name, vma.flags);
	}
	madvise(pages, NUM_PAGES * PAGE_LEN, MADV_MERGEABLE);
	job_check(vgt_vma_of(pages, &vma) && (is_ordinary || !vgt_vma_has(&vma, "mg")),
		  "the same pages are not merged: VmFlags%s", vma.flags);
	munmap(pages, mapped_len);
}

void check_flags(const struct memory *memory)
{
	size_t mapped_len;
	unsigned char *pages = memory_map(memory, NUM_PAGES * PAGE_LEN, &mapped_len);
	struct vgt_vma vma;

	job_check(vgt_vma_of(pages, &vma), "the mapping is in /proc/self/smaps");
	job_note("VmFlags%s", vma.flags);
	job_check(vgt_vma_has(&vma, "dd"), "not dumped: VmFlags%s", vma.flags);
	if (memory->is_native) {
		job_check(vgt_vma_has(&vma, "dp"), "droppable: VmFlags%s", vma.flags);
		job_check(vgt_vma_has(&vma, "wf"), "wiped on fork: VmFlags%s", vma.flags);
		job_check(vgt_vma_has(&vma, "nr"), "not reserved: VmFlags%s", vma.flags);
	}
	munmap(pages, mapped_len);
}
