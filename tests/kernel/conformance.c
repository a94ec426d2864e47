// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Whether memory for states is what it must be: wiped by a fork, never dumped, swapped or
 * counted as locked, never mapped twice. For native memory that is the contract of
 * MAP_DROPPABLE as Linux 6.11 introduced it; the module's own mapping must keep it, too.
 */
#define _GNU_SOURCE
#include "conformance.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "job.h"

unsigned char *filled_pages(const struct memory *memory, size_t *mapped_len)
{
	unsigned char *pages = memory_map(memory, NUM_PAGES * PAGE_LEN, mapped_len);

	job_check(pages_are_zero(pages, NUM_PAGES), "new memory is zero");
	for (size_t i = 0; i < NUM_PAGES; i++)
		memset(pages + i * PAGE_LEN, (int)i + 1, PAGE_LEN);
	return pages;
}

bool page_is_filled(const unsigned char *pages, size_t i)
{
	const volatile unsigned char *page = pages + i * PAGE_LEN;

	for (size_t k = 0; k < PAGE_LEN; k++)
		if (page[k] != i + 1)
			return false;
	return true;
}

/* On a kernel that has it: what may not be combined with it, and what a mapping then is. */
static void check_mapping_type(void)
{
	static const struct {
		int flags;
		const char *name;
	} refused[] = {
		{ MAP_LOCKED, "MAP_LOCKED" },   { MAP_GROWSDOWN, "MAP_GROWSDOWN" },
		{ MAP_HUGETLB, "MAP_HUGETLB" }, { MAP_PRIVATE, "MAP_PRIVATE" },
		{ MAP_SHARED, "MAP_SHARED" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		void *p = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE,
			       MAP_DROPPABLE | MAP_ANONYMOUS | refused[i].flags, -1, 0);

		job_check(p == MAP_FAILED && errno == EINVAL,
			  "MAP_DROPPABLE with %s is refused with EINVAL: %s", refused[i].name,
			  p == MAP_FAILED ? strerror(errno) : "it was mapped");
	}
}

static void check_file_is_refused(void)
{
	int fd = memfd_create("conformance", MFD_CLOEXEC);
	void *p;

	if (fd < 0 || ftruncate(fd, PAGE_LEN) != 0)
		job_fail("memfd_create: %s", strerror(errno));
	p = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, MAP_DROPPABLE, fd, 0);
	job_check(p == MAP_FAILED && errno == EINVAL, "a file is not mapped with MAP_DROPPABLE: %s",
		  p == MAP_FAILED ? strerror(errno) : "it was mapped");
	close(fd);
}

/* The memory is for states, so they must work in it, and be where no two share a line. */
static void check_states(const struct memory *memory)
{
	unsigned char first[64], second[64], *states;
	size_t mapped_len;

	if (!memory->getrandom) {
		job_note("no image here that could use a state");
		return;
	}
	states = memory_map(memory, PAGE_LEN, &mapped_len);
	job_check((uintptr_t)states % PAGE_LEN == 0, "states begin a page: %p", (void *)states);
	memory_draw(memory, states, first, sizeof(first));
	memory_draw(memory, states, second, sizeof(second));
	job_check(memcmp(first, second, sizeof(first)) != 0, "two outputs differ");
	job_check(!pages_are_zero(states, 1), "the state was used");
	job_check(munmap(states, mapped_len) == 0, "munmap: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct job_option options[] = { { "--memory", NULL }, { NULL, NULL } };
	struct memory memory;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	if (strcmp(memory.name, "native") == 0) {
		check_mapping_type();
		check_file_is_refused();
	}
	check_states(&memory);
	check_fork(&memory);
	check_drop(&memory);
	check_accounting(&memory);
	check_advice(&memory);
	check_page_faults(&memory);
	check_flags(&memory);
	check_move(&memory);
	check_mirror(&memory);
	check_grow(&memory);
	check_partial_unmap(&memory);
	check_image(&memory);
	job_finish("%u checks", job_num_checks());
}
