/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One look at the state pages of a process. For one thread.
 */
#ifndef VGR_CLI_LOOK_H
#define VGR_CLI_LOOK_H

#include <stdio.h>
#include <sys/types.h>

#include "blocks.h"
#include "mappings.h"
#include "pagemap.h"

/* Pages one after another that are alike. */
struct cli_run {
	size_t mapping; /* index */
	uint64_t start;
	uint64_t num_pages;
	struct cli_page page;
	bool dropped; /* was present at the look before, now is neither that nor swapped */
};

enum cli_verdict {
	CLI_VERDICT_NO_STATES,
	CLI_VERDICT_NOT_SHARED,
	CLI_VERDICT_SHARED,
	CLI_VERDICT_UNKNOWN, /* pagemap hides it, or there were too many pages */
};

struct cli_look {
	char command[64];
	struct cli_mappings mappings;
	struct cli_run *runs;
	size_t num_runs;
	uint64_t num_pages, num_present, num_swapped, num_shared, num_dropped;
	uint64_t first_shared;    /* its address */
	struct cli_blocks blocks; /* not with an address that was asked for */
	bool is_whole;            /* all pages were looked at */
	bool is_first;            /* there was none before, so nothing is known to be dropped */
};

/* Who is looked at. */
struct cli_process {
	pid_t pid;
	int proc_fd; /* its folder in /proc: never another process, even if the number comes again
		      */
	struct cli_pagemap_knows knows;
};

/*
 * Returns 0 or errno, ESRCH if there is no such process. cli_process_close() in any case.
 */
int cli_process_open(struct cli_process *process, pid_t pid);
void cli_process_close(struct cli_process *process);

/*
 * Looks; @before is the look before, or NULL. @address: see cli_mappings_read().
 *
 * Returns 0 or errno: ESRCH if the process has ended, ENXIO if it has no memory, like a thread of
 * the kernel or a zombie, EACCES if pagemap may not be read. cli_look_free() in any case.
 */
int cli_look(const struct cli_process *process, uint64_t address, const struct cli_look *before,
	     struct cli_look *look);
void cli_look_free(struct cli_look *look);

enum cli_verdict cli_look_verdict(const struct cli_process *process, const struct cli_look *look);

/* A present page that somebody else maps, too; the zero page, which has no content, does not count.
 */
static inline bool cli_page_is_shared(const struct cli_page *page)
{
	return page->present && !page->exclusive && !page->zero;
}

/* Whether both looks saw the same. */
bool cli_looks_are_equal(const struct cli_look *a, const struct cli_look *b);

/* look-report.c */
void cli_look_print(const struct cli_process *process, const struct cli_look *look);
void cli_look_print_json(FILE *file, const struct cli_process *process,
			 const struct cli_look *look);

#endif
