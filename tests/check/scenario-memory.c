// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What can happen to the memory of a generator. */
#define _GNU_SOURCE
#include "scenarios.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE_LEN 4096
#define DRAWS    8
#define MAPS_MAX 256

/*
 * Two addresses of one state would be two users of one key. A mirror must be refused, or be
 * fresh; a move must change nothing.
 */
void check_scenario_mremap(const struct check_target *target, struct check_outputs *o)
{
	uint8_t *state, *page, *moved;
	void *mirror;

	check_draw_outputs(o, DRAWS);
	state = target->state ? target->state() : NULL;
	if (!state) {
		check_skip(o, "nobody knows where the state is");
		return;
	}
	page = (uint8_t *)((uintptr_t)state & ~(uintptr_t)(PAGE_LEN - 1));
	mirror = mremap(page, 0, PAGE_LEN, MREMAP_MAYMOVE);
	if (mirror != MAP_FAILED && memcmp(mirror, page, PAGE_LEN) == 0)
		check_fail(o, "the state could be mapped twice");
	moved = mremap(page, PAGE_LEN, PAGE_LEN, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	/* What stays behind is empty; then what was moved away is put there again. */
	check_draw_outputs(o, DRAWS);
	if (moved != MAP_FAILED &&
	    mremap(moved, PAGE_LEN, PAGE_LEN, MREMAP_MAYMOVE | MREMAP_FIXED, page) == MAP_FAILED)
		check_skip(o, "a moved page cannot be moved back here");
	for (int i = 0; i < DRAWS; i++) {
		pid_t pid = fork();

		check_draw_outputs(o, DRAWS);
		if (pid == 0)
			_exit(0);
		check_wait_child(pid);
	}
}

struct image {
	struct iovec maps[MAPS_MAX];
	uint8_t *copies[MAPS_MAX];
	unsigned int num;
};

/* Everything private that the process can write to. */
static void find_maps(pid_t pid, struct image *image)
{
	char path[64], line[512], flags[8];
	unsigned long start, end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file) && image->num < MAPS_MAX) {
		if (sscanf(line, "%lx-%lx %7s", &start, &end, flags) != 3 || flags[1] != 'w' ||
		    flags[3] != 'p')
			continue;
		image->maps[image->num].iov_base = (void *)start;
		image->maps[image->num].iov_len = end - start;
		image->copies[image->num++] = mmap(NULL, end - start, PROT_READ | PROT_WRITE,
						   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
						   0);
	}
	if (file)
		fclose(file);
}

static bool copy_maps(pid_t pid, const struct image *image, bool back)
{
	for (unsigned int i = 0; i < image->num; i++) {
		struct iovec local = { image->copies[i], image->maps[i].iov_len };
		ssize_t ret = back ? process_vm_writev(pid, &local, 1, &image->maps[i], 1, 0)
				   : process_vm_readv(pid, &local, 1, &image->maps[i], 1, 0);

		if (ret != (ssize_t)image->maps[i].iov_len && image->copies[i] != MAP_FAILED)
			return false;
	}
	return true;
}

/* Draws each time it is told to; in between it always stands at the same place. */
static _Noreturn void draw_on_demand(struct check_outputs *o, int orders, int answers)
{
	char byte;

	check_draw_outputs(o, 1);
	for (;;) {
		if (write(answers, "", 1) != 1 || read(orders, &byte, 1) != 1)
			_exit(0);
		check_draw_outputs(o, DRAWS);
	}
}

/* The answer comes before the process reads its next order; only while it waits for that it stands
 * still. */
static bool wait_until_asleep(pid_t pid)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'S') {
		FILE *file = fopen(path, "re");
		bool known = file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1;

		if (file)
			fclose(file);
		if (!known || state == 'Z')
			return false;
		sched_yield();
	}
	return true;
}

/*
 * What restoring a checkpoint or a snapshot does, seen from inside. Only the kernel could tell, and
 * it does for virtual machines (vmgenid), not for processes.
 */
void check_scenario_restore(const struct check_target *target, struct check_outputs *o)
{
	static struct image image;
	int orders[2], answers[2];
	char byte;
	pid_t pid;

	(void)target;
	o->is_limit = true;
	if (pipe(orders) != 0 || pipe(answers) != 0)
		return;
	pid = fork();
	if (pid == 0)
		draw_on_demand(o, orders[0], answers[1]);
	/* So that the end of the process is the end of its answers. */
	close(answers[1]);
	for (int i = 0; i < 3; i++) {
		if (read(answers[0], &byte, 1) != 1 || !wait_until_asleep(pid))
			break;
		if (i == 0)
			find_maps(pid, &image);
		if (!copy_maps(pid, &image, i > 0)) {
			check_skip(o, "process_vm_writev is not possible here");
			break;
		}
		if (write(orders[1], "", 1) != 1)
			break;
	}
	if (read(answers[0], &byte, 1) != 1)
		check_skip(o, "the process did not survive it");
	kill(pid, SIGKILL);
	check_wait_child(pid);
}
