// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a provider's states are safe from. A child uses the provider, looks in which mapping its
 * state lies, and then forks, drops, asks the kernel.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "look.h"
#include "provider.h"
#include "thread.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_DODUMP
#define MADV_DODUMP 17
#endif

/* The kernel may be busy with the page. There may be hundreds of CPUs. */
#define DROP_ATTEMPTS          20
#define DROP_ATTEMPTS_EACH_CPU 3

struct experiment {
	enum vgetrandom_provider provider;
	struct probe_cell cells[PROBE_NUM_GUARANTEES];
};

static void tell(struct probe_cell *cell, enum probe_answer answer, bool is_tested,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void tell(struct probe_cell *cell, enum probe_answer answer, bool is_tested,
		 const char *format, ...)
{
	va_list args;

	cell->answer = answer;
	cell->is_tested = is_tested;
	va_start(args, format);
	vsnprintf(cell->text, sizeof(cell->text), format, args);
	va_end(args);
}

static enum probe_answer yes_if(bool yes)
{
	return yes ? PROBE_YES : PROBE_NO;
}

static bool is_zero(const struct cli_mapping *m)
{
	const volatile unsigned char *byte = (const volatile unsigned char *)(uintptr_t)m->start;

	for (size_t i = 0; i < m->end - m->start; i++)
		if (byte[i])
			return false;
	return true;
}

static void check_zero(void *mapping, void *result)
{
	*(bool *)result = is_zero(mapping);
}

static void test_fork(struct cli_mapping *m, struct probe_cell *cell)
{
	bool zero = false;

	if (!probe_in_child(check_zero, m, &zero, sizeof(zero)))
		tell(cell, PROBE_UNKNOWN, false, "a child could not look");
	else
		tell(cell, yes_if(zero), true,
		     zero ? "a forked child found zeros" : "a forked child found the state");
}

static bool drop_from_here(const struct cli_mapping *m, int attempts)
{
	for (int i = 0; i < attempts; i++) {
		if (madvise((void *)(uintptr_t)m->start, m->end - m->start, MADV_PAGEOUT) != 0)
			return false;
		if (is_zero(m))
			return true;
		usleep(1000);
	}
	return false;
}

/*
 * A new page waits in a list of the CPU that touched it first, and only a madvise() there finds
 * it. This process may have been moved since, so it asks from each CPU. It is a child and ends
 * soon: nobody needs its affinity back.
 */
static bool drop(const struct cli_mapping *m)
{
	cpu_set_t allowed, one;

	if (drop_from_here(m, DROP_ATTEMPTS))
		return true;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (CPU_ISSET(cpu, &allowed) && sched_setaffinity(0, sizeof(one), &one) == 0 &&
		    drop_from_here(m, DROP_ATTEMPTS_EACH_CPU))
			return true;
	}
	return false;
}

static bool is_swapped(const struct cli_mapping *m)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct cli_pagemap_knows knows = { 0 };
	struct cli_page page = { 0 };
	bool swapped = fd < 0 || cli_pagemap_read(fd, &knows, m->start, &page, 1) != 1 ||
		       page.swapped;

	if (fd >= 0)
		close(fd);
	return swapped;
}

static void test_drop(const struct cli_mapping *m, struct probe_cell cells[])
{
	bool dropped = drop(m), swapped = is_swapped(m);

	tell(&cells[PROBE_DROPPABLE], yes_if(dropped), true,
	     dropped ? "MADV_PAGEOUT dropped it" : "MADV_PAGEOUT did not drop it");
	if (dropped)
		tell(&cells[PROBE_NEVER_SWAPPED], yes_if(!swapped), true, "the dropped page is %s",
		     swapped ? "in swap" : "not in swap");
	else if (cli_mapping_has(m, "lo"))
		tell(&cells[PROBE_NEVER_SWAPPED], PROBE_YES, true,
		     "locked (VmFlags lo), up to RLIMIT_MEMLOCK");
	else
		tell(&cells[PROBE_NEVER_SWAPPED], PROBE_NO, true, "neither droppable nor locked");
}

static void test_dump(const struct cli_mapping *m, struct probe_cell *cell)
{
	bool excluded = cli_mapping_has(m, "dd");
	bool stays = cli_mapping_has(m, "dp") &&
		     madvise((void *)(uintptr_t)m->start, m->end - m->start, MADV_DODUMP) != 0;

	tell(cell, yes_if(excluded), true, "VmFlags %s dd%s", excluded ? "has" : "has no",
	     excluded && stays ? ", MADV_DODUMP is refused" : "");
}

/* The one with the calling thread's state. */
static struct cli_mapping *state_mapping(struct cli_mappings *mappings)
{
	const struct vgr_slot *slot = vgr_thread()->slot;
	uintptr_t state = slot ? (uintptr_t)slot->opaque : 0;

	for (size_t i = 0; i < mappings->num; i++)
		if (state >= mappings->list[i].start && state < mappings->list[i].end)
			return &mappings->list[i];
	return NULL;
}

static void examine(struct cli_mapping *m, struct probe_cell cells[])
{
	if (is_zero(m))
		return;
	test_dump(m, &cells[PROBE_NEVER_DUMPED]);
	test_fork(m, &cells[PROBE_ZERO_ON_FORK]);
	/* The module drops by a shrinker of its own, for which nobody can ask. */
	if (m->kind != CLI_MAPPING_MODULE)
		test_drop(m, cells);
}

static void experiment(void *arg, void *result)
{
	struct experiment *e = result;
	struct cli_mappings mappings;
	int proc_fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned char bytes[16];
	struct cli_mapping *m;

	(void)arg;
	if (vgetrandom_set_provider(e->provider) != 0 ||
	    vgetrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		_exit(1);
	cli_mappings_read(proc_fd, 0, &mappings);
	m = state_mapping(&mappings);
	if (m)
		examine(m, e->cells);
	cli_mappings_free(&mappings);
}

/* What is known without looking. Experiments replace it. */
static void document_memory(struct probe_cell cells[])
{
	for (unsigned int i = PROBE_ZERO_ON_FORK; i <= PROBE_NEVER_DUMPED; i++)
		tell(&cells[i], PROBE_UNKNOWN, false, "the states' mapping was not found");
}

static void document_module(struct probe_cell cells[])
{
	for (unsigned int i = PROBE_ZERO_ON_FORK; i <= PROBE_NEVER_DUMPED; i++)
		tell(&cells[i], PROBE_YES, false, "the module's mapping is made so");
}

static void document_clones(const struct vgr_guarantees *guarantees, struct probe_cell *cell)
{
	if (guarantees->vm_clone)
		tell(cell, PROBE_NO, false, "%s", guarantees->vm_clone);
	else if (probe_has_vm_generation_device())
		tell(cell, PROBE_YES, false, "with the kernel, which has a VM generation ID");
	else
		tell(cell, PROBE_NO, false, "the kernel itself is not told on this machine");
}

static void test_reseed(enum vgetrandom_provider provider, const struct vgr_guarantees *guarantees,
			struct probe_cell *cell)
{
	tell(cell, yes_if(guarantees->as_the_kernel), false, "%s", guarantees->reseeds);
	if (guarantees->as_the_kernel && provider != VGETRANDOM_PROVIDER_SYSCALL)
		probe_reseed(provider, cell);
}

static void fill_cells(enum vgetrandom_provider provider, struct probe_cell cells[])
{
	const struct vgr_guarantees *guarantees = &vgr_providers[provider]->guarantees;
	struct experiment e = { .provider = provider };

	if (provider == VGETRANDOM_PROVIDER_SYSCALL) {
		for (unsigned int i = PROBE_ZERO_ON_FORK; i <= PROBE_NEVER_DUMPED; i++)
			tell(&cells[i], PROBE_NOTHING, false, "there is no state");
	} else {
		if (provider == VGETRANDOM_PROVIDER_MODULE)
			document_module(e.cells);
		else
			document_memory(e.cells);
		(void)probe_in_child(experiment, NULL, &e, sizeof(e));
		memcpy(cells, e.cells, sizeof(e.cells));
	}
	test_reseed(provider, guarantees, &cells[PROBE_RESEEDS_WITH_KERNEL]);
	document_clones(guarantees, &cells[PROBE_SEES_VM_CLONE]);
}

void probe_guarantees(struct probe *probe)
{
	for (unsigned int i = PROBE_FIRST_PROVIDER; i < PROBE_NUM_PROVIDERS; i++)
		if (probe->providers[i].works)
			fill_cells(i, probe->providers[i].cells);
}
