// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reads mappings and pages. The process goes on meanwhile, and may end at any time.
 */
#define _GNU_SOURCE
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGES_AT_ONCE 4096

/* Anybody may map a terabyte of droppable memory. */
#define PAGES_MAX ((uint64_t)1 << 22)

/* It changes with every execve(). */
static void read_command(const struct cli_process *process, struct cli_look *look)
{
	int fd = openat(process->proc_fd, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, look->command, sizeof(look->command) - 1) : 0;

	look->command[len > 0 ? len : 0] = '\0';
	look->command[strcspn(look->command, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

int cli_process_open(struct cli_process *process, pid_t pid)
{
	char path[32];

	*process = (struct cli_process){ .pid = pid, .proc_fd = -1 };
	cli_pagemap_ask(&process->knows);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	process->proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process->proc_fd < 0)
		return errno == ENOENT ? ESRCH : errno;
	return 0;
}

void cli_process_close(struct cli_process *process)
{
	if (process->proc_fd >= 0)
		close(process->proc_fd);
}

/* Runs are in the order of addresses. NULL: that page was not looked at. */
static const struct cli_run *run_at(const struct cli_look *look, uint64_t address)
{
	const uint64_t page_len = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t low = 0, high = look ? look->num_runs : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct cli_run *run = &look->runs[middle];

		if (address < run->start)
			high = middle;
		else if (address >= run->start + run->num_pages * page_len)
			low = middle + 1;
		else
			return run;
	}
	return NULL;
}

static bool was_dropped(const struct cli_look *before, uint64_t address, const struct cli_page *now)
{
	const struct cli_run *then = run_at(before, address);

	/* The zero page comes by reading what was dropped. */
	return then && then->page.present && !then->page.zero && !now->swapped &&
	       (!now->present || now->zero);
}

static void count(struct cli_look *look, uint64_t address, const struct cli_page *page,
		  bool dropped)
{
	look->num_pages++;
	look->num_present += page->present;
	look->num_swapped += page->swapped;
	look->num_dropped += dropped;
	if (cli_page_is_shared(page) && look->num_shared++ == 0)
		look->first_shared = address;
}

static int add_page(struct cli_look *look, size_t mapping, uint64_t address,
		    const struct cli_page *page, bool dropped)
{
	struct cli_run *last = look->num_runs ? &look->runs[look->num_runs - 1] : NULL;

	count(look, address, page, dropped);
	if (last && last->mapping == mapping && last->dropped == dropped &&
	    memcmp(&last->page, page, sizeof(*page)) == 0) {
		last->num_pages++;
		return 0;
	}
	if ((look->num_runs & (look->num_runs - 1)) == 0) {
		size_t size = look->num_runs ? 2 * look->num_runs : 1;
		void *runs = reallocarray(look->runs, size, sizeof(*look->runs));

		if (!runs)
			return ENOMEM;
		look->runs = runs;
	}
	look->runs[look->num_runs++] = (struct cli_run){
		.mapping = mapping,
		.start = address,
		.num_pages = 1,
		.page = *page,
		.dropped = dropped,
	};
	return 0;
}

static int look_at_mapping(const struct cli_process *process, int pagemap_fd, size_t mapping,
			   const struct cli_look *before, struct cli_look *look)
{
	const struct cli_mapping *m = &look->mappings.list[mapping];
	const uint64_t page_len = (uint64_t)sysconf(_SC_PAGESIZE);
	static struct cli_page pages[PAGES_AT_ONCE];

	for (uint64_t at = m->start; at < m->end;) {
		uint64_t left = (m->end - at) / page_len;
		size_t num = left < PAGES_AT_ONCE ? (size_t)left : PAGES_AT_ONCE;
		long ret;

		if (look->num_pages + num > PAGES_MAX) {
			look->is_whole = false;
			return 0;
		}
		ret = cli_pagemap_read(pagemap_fd, &process->knows, at, pages, num);
		if (ret <= 0)
			return ret < 0 ? (int)-ret : ESRCH;
		for (long i = 0; i < ret; i++, at += page_len) {
			int err = add_page(look, mapping, at, &pages[i],
					   was_dropped(before, at, &pages[i]));

			if (err)
				return err;
		}
	}
	return 0;
}

/* What is still in /proc, but has no memory, is not gone. */
static int explain(const struct cli_process *process, int err)
{
	if (err != ESRCH && err != ENOENT)
		return err;
	return faccessat(process->proc_fd, "stat", F_OK, 0) == 0 ? ENXIO : ESRCH;
}

static int look_at_all(const struct cli_process *process, int pagemap_fd, uint64_t address,
		       const struct cli_look *before, struct cli_look *look)
{
	int err = cli_mappings_read(process->proc_fd, address, &look->mappings);

	for (size_t i = 0; !err && i < look->mappings.num; i++)
		err = look_at_mapping(process, pagemap_fd, i, before, look);
	return err;
}

int cli_look(const struct cli_process *process, uint64_t address, const struct cli_look *before,
	     struct cli_look *look)
{
	/* Anew each time: an open file stays with the memory that an execve() has left. */
	int fd = openat(process->proc_fd, "pagemap", O_RDONLY | O_CLOEXEC);
	int err;

	*look = (struct cli_look){ .is_whole = true, .is_first = !before };
	if (fd < 0)
		return explain(process, errno);
	read_command(process, look);
	err = look_at_all(process, fd, address, before, look);
	if (!err && !address)
		cli_blocks_check(process->proc_fd, &look->blocks);
	close(fd);
	return err ? explain(process, err) : 0;
}

void cli_look_free(struct cli_look *look)
{
	cli_mappings_free(&look->mappings);
	free(look->runs);
	*look = (struct cli_look){ 0 };
}

enum cli_verdict cli_look_verdict(const struct cli_process *process, const struct cli_look *look)
{
	if (look->mappings.num == 0)
		return CLI_VERDICT_NO_STATES;
	if (!process->knows.pages || !process->knows.exclusive)
		return CLI_VERDICT_UNKNOWN;
	if (look->num_shared)
		return CLI_VERDICT_SHARED;
	return look->is_whole ? CLI_VERDICT_NOT_SHARED : CLI_VERDICT_UNKNOWN;
}

bool cli_looks_are_equal(const struct cli_look *a, const struct cli_look *b)
{
	if (a->num_runs != b->num_runs || a->mappings.num != b->mappings.num ||
	    a->blocks.lost != b->blocks.lost)
		return false;
	for (size_t i = 0; i < a->num_runs; i++)
		if (a->runs[i].start != b->runs[i].start ||
		    a->runs[i].num_pages != b->runs[i].num_pages ||
		    a->runs[i].dropped != b->runs[i].dropped ||
		    memcmp(&a->runs[i].page, &b->runs[i].page, sizeof(struct cli_page)) != 0)
			return false;
	return true;
}
