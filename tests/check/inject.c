// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The actions. They run in a signal handler on top of the call under test, so nothing here
 * allocates or uses stdio.
 */
#define _GNU_SOURCE
#include "inject.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PAGE_LEN   4096
#define DROP_TRIES 50

sigjmp_buf check_before_call;

static bool is_gone(void *page)
{
	unsigned char present;

	return mincore(page, PAGE_LEN, &present) == 0 && !(present & 1);
}

static bool is_zero(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE_LEN - 1) == 0;
}

/*
 * The kernel may keep a page that it is just busy with elsewhere: ask again. What was only read is
 * the page of zeros that all processes share, and stays.
 */
static void drop_page(void *page)
{
	for (int i = 0; i < DROP_TRIES; i++) {
		if (madvise(page, PAGE_LEN, MADV_PAGEOUT) == 0 && is_gone(page))
			return;
		if (is_zero(page))
			return;
	}
	memset(page, 0, PAGE_LEN);
	check_process.report->was_zeroed = true;
}

static uintptr_t parse_hex(const char **p)
{
	uintptr_t value = 0;

	for (;; (*p)++) {
		if (**p >= '0' && **p <= '9')
			value = value * 16 + (uintptr_t)(**p - '0');
		else if (**p >= 'a' && **p <= 'f')
			value = value * 16 + (uintptr_t)(**p - 'a' + 10);
		else
			return value;
	}
}

static size_t read_smaps(char *text, size_t size)
{
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t ret;

	while (fd >= 0 && len < size - 1 && (ret = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)ret;
	close(fd);
	text[len] = '\0';
	return len;
}

/* A line "VmFlags:" belongs to the last line that begins with two addresses. */
unsigned int check_find_maps(const char *flags, struct check_range *ranges, unsigned int max)
{
	static char text[1 << 20];
	struct check_range range = { 0 };
	unsigned int num = 0;

	read_smaps(text, sizeof(text));
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		const char *p = line;
		uintptr_t start = parse_hex(&p);

		if (*p == '-' && p > line) {
			p++;
			range.start = start;
			range.end = parse_hex(&p);
		} else if (memcmp(line, "VmFlags:", 8) == 0) {
			bool found = false;

			for (const char *flag = flags; *flag; flag += 3)
				found = found || memmem(line, (size_t)(end - line), flag, 3);
			if (found && num < max)
				ranges[num++] = range;
		}
	}
	return num;
}

bool check_has_droppable(const struct check_target *target)
{
	struct check_range range;

	return target->state || check_find_maps(" dp", &range, 1) > 0;
}

static bool drop(void)
{
	const struct check_target *target = check_process.run->target;
	struct check_range ranges[16];
	unsigned int num = 1;

	if (target->state) {
		uintptr_t state = (uintptr_t)target->state();

		if (!state)
			return false;
		ranges[0].start = state & ~(uintptr_t)(PAGE_LEN - 1);
		ranges[0].end = ranges[0].start + PAGE_LEN;
	} else {
		num = check_find_maps(" dp", ranges, 16);
	}
	for (unsigned int i = 0; i < num; i++)
		for (uintptr_t page = ranges[i].start; page < ranges[i].end; page += PAGE_LEN)
			drop_page((void *)page);
	return num > 0;
}

/* In the child, its own half of the report is written, and it must not outlive a parent that hangs.
 */
static bool fork_here(void)
{
	struct check_process *p = &check_process;

	p->report->forked = true;
	p->child = p->run->target->libc_fork ? fork() : syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (p->child == 0) {
		p->side = &p->report->child;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	} else {
		/* What comes later is injected into the child. */
		p->snapshots = NULL;
		p->is_pass = false;
	}
	return p->child >= 0;
}

static bool nest(void)
{
	struct check_process *p = &check_process;
	unsigned int i = p->side->num_nested;

	if (i == CHECK_NESTED_CALLS)
		abort();
	p->side->nested_ret[i] = check_target_draw(p->nested[i], p->report->nested_len);
	p->side->num_nested++;
	return true;
}

static bool act(enum check_action action)
{
	const struct check_run *run = check_process.run;

	switch (action) {
	case CHECK_DROP:
		return drop();
	case CHECK_FORK:
		return fork_here();
	case CHECK_SIGNAL:
		return nest();
	case CHECK_RESEED:
		return run->target->reseed && run->target->reseed();
	case CHECK_FAIL:
		check_process.fail_with = run->fault->error;
		return true;
	default:
		check_process.side->jumped = true;
		check_process.report->injected[0] = true;
		siglongjmp(check_before_call, 1);
	}
}

/* The nested calls that follow a fork are the child's: the parent goes on undisturbed. */
bool check_inject(unsigned int from, unsigned int to)
{
	const struct check_fault *fault = check_process.run->fault;
	bool done = true;

	for (unsigned int i = from; i < to; i++) {
		bool is_after_fork = check_process.report->forked && check_process.child > 0;

		if (is_after_fork && fault->actions[i] == CHECK_SIGNAL)
			continue;
		done = act(fault->actions[i]) && done;
	}
	return done;
}
