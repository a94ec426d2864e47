// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * By which system call the library's provider native gets memory for states, on a kernel that has
 * vgetrandom_alloc(). In each case a filter refuses one of the two ways, or both, so that the
 * memory there is afterwards can have come by the other one only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "child.h"
#include "job.h"
#include "memory.h"
#include "seccomp.h"

#define THREADS       200
#define STATE_KB      1
#define MAP_TYPE_MASK 0x0f

static unsigned int number;
static pthread_barrier_t all_have_states;

static struct vgt_rule mmap_rule(uint32_t action)
{
	return (struct vgt_rule){ __NR_mmap, 3, MAP_TYPE_MASK, MAP_DROPPABLE, action };
}

static struct vgt_rule alloc_rule(uint32_t action)
{
	return (struct vgt_rule){ (int)number, -1, 0, 0, action };
}

/* Of all droppable mappings of this process. */
static size_t droppable_kb(void)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	size_t sum = 0, kb = 0;
	char line[512];

	if (!smaps)
		vgt_child_fail("no /proc/self/smaps: %s", strerror(errno));
	while (fgets(line, sizeof(line), smaps)) {
		sscanf(line, "Size: %zu kB", &kb);
		if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " dp"))
			sum += kb;
	}
	fclose(smaps);
	return sum;
}

static void *draw_in_thread(void *unused)
{
	unsigned char buf[64];

	if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf))
		vgt_child_fail("vgetrandom: %s", strerror(errno));
	pthread_barrier_wait(&all_have_states);
	return unused;
}

/* More than the first block of states has. */
static void draw_in_threads(void *unused)
{
	pthread_t threads[THREADS];

	(void)unused;
	pthread_barrier_init(&all_have_states, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_in_thread, NULL) != 0)
			vgt_child_fail("pthread_create");
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* The thread gets a state at once, so the filter is there before. */
static void choose_native(const struct vgt_rule *rules, size_t num)
{
	if (droppable_kb() != 0)
		vgt_child_fail("there are droppable mappings before the first draw");
	if (num)
		vgt_seccomp_install(rules, num);
	if (vgetrandom_set_provider(VGETRANDOM_PROVIDER_NATIVE) != 0)
		vgt_child_fail("native: %s", strerror(errno));
}

static void expect_states(bool in_droppable_memory)
{
	struct vgetrandom_stats stats;
	size_t kb = droppable_kb();

	vgetrandom_stats(&stats, sizeof(stats));
	if (vgetrandom_get_provider() != VGETRANDOM_PROVIDER_NATIVE || stats.fallback_no_state)
		vgt_child_fail("%lu calls had no state", (unsigned long)stats.fallback_no_state);
	if (in_droppable_memory ? kb < THREADS * STATE_KB : kb != 0)
		vgt_child_fail("%zu KiB are droppable", kb);
}

static void by_alloc(void *unused)
{
	const struct vgt_rule rules[] = { mmap_rule(VGT_ANSWER(EPERM)) };

	choose_native(rules, 1);
	draw_in_threads(unused);
	expect_states(true);
}

/* @answer: what the filter does about a call that it does not know. */
static void by_mmap(void *answer)
{
	const struct vgt_rule rules[] = { alloc_rule(*(const uint32_t *)answer) };

	choose_native(rules, 1);
	draw_in_threads(NULL);
	expect_states(true);
}

static void by_neither(void *unused)
{
	const struct vgt_rule rules[] = { mmap_rule(VGT_ANSWER(EPERM)),
					  alloc_rule(VGT_ANSWER(EPERM)) };

	choose_native(rules, 2);
	draw_in_threads(unused);
	expect_states(false);
}

/* It makes neither call then, and nor do its children: a filter may kill for both. */
static void prepared(void *unused)
{
	const struct vgt_rule rules[] = { mmap_rule(SECCOMP_RET_KILL_PROCESS),
					  alloc_rule(SECCOMP_RET_KILL_PROCESS) };
	char why[VGT_CHILD_WHY_SIZE];

	choose_native(NULL, 0);
	if (vgetrandom_prepare(THREADS) != 0)
		vgt_child_fail("vgetrandom_prepare: %s", strerror(errno));
	vgt_seccomp_install(rules, 2);
	draw_in_threads(unused);
	expect_states(true);
	if (!vgt_run_child(draw_in_threads, NULL, why))
		vgt_child_fail("child: %s", why);
}

static void check(void (*body)(void *), void *arg, const char *what)
{
	char why[VGT_CHILD_WHY_SIZE];

	job_check(vgt_run_child(body, arg, why), "%s: %s", what, why);
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { NULL, NULL } };
	uint32_t unknown = VGT_ANSWER(ENOSYS), forbidden = VGT_ANSWER(EPERM),
		 nothing = VGT_ANSWER(0);
	struct memory memory;

	job_start(argc, argv, options);
	memory_open(&memory, "native");
	number = memory.alloc_number;
	if (!number)
		job_fail("the kernel's function tells no system call vgetrandom_alloc()");
	check(by_alloc, NULL, "without mmap() the states come by the system call");
	check(by_mmap, &unknown, "a filter that answers ENOSYS");
	check(by_mmap, &forbidden, "a filter that answers EPERM");
	check(by_mmap, &nothing, "a filter that answers 0 and does nothing");
	check(by_neither, NULL, "a filter that refuses both");
	check(prepared, NULL, "a prepared process");
	job_finish("native allocates by system call %u; by mmap() where that is refused", number);
}
