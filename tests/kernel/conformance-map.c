// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What happens to the mapping: it may move, and it may never be had twice, because the two would
 * give the same bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "conformance.h"
#include "job.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static void expect_zero_page(void *page)
{
	if (!pages_are_zero(page, 1))
		vgt_child_fail("the child's page is not zero");
}

static unsigned char *reserve(size_t len)
{
	void *p = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		job_fail("mmap: %s", strerror(errno));
	return p;
}

void check_move(const struct memory *memory)
{
	char why[VGT_CHILD_WHY_SIZE];
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len), *moved;

	moved = mremap(pages, mapped_len, mapped_len, MREMAP_MAYMOVE | MREMAP_FIXED,
		       reserve(mapped_len));
	if (!job_check(moved != MAP_FAILED, "states can be moved: %s", strerror(errno))) {
		munmap(pages, mapped_len);
		return;
	}
	for (size_t i = 0; i < NUM_PAGES; i++)
		job_check(page_is_filled(moved, i), "page %zu is the same after the move", i);
	for (size_t i = 0; i < NUM_PAGES; i++)
		job_check(vgt_run_child(expect_zero_page, moved + i * PAGE_LEN, why),
			  "page %zu, once moved, is wiped by a fork: %s", i, why);
	munmap(moved, mapped_len);
}

/* @other is what a call returned that might have given the page of @pages a second time. */
static void expect_no_mirror(unsigned char *pages, unsigned char *other, const char *what)
{
	if (other == MAP_FAILED) {
		job_note("%s: %s", what, strerror(errno));
		return;
	}
	if (other == pages) {
		job_note("%s: accepted, the same place", what);
		job_check(page_is_filled(pages, 0) || pages_are_zero(pages, 1),
			  "%s: the page is whole, or zero", what);
		return;
	}
	job_check(pages_are_zero(other, 1), "%s: what appears elsewhere is zero", what);
	memset(other, 0x77, PAGE_LEN);
	job_check(page_is_filled(pages, 0) || pages_are_zero(pages, 1),
		  "%s: writing there does not change the state", what);
	munmap(other, PAGE_LEN);
}

/* remap_file_pages() puts another page of the same object into the mapping. */
static void check_remap_file_pages(const struct memory *memory)
{
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len);

	if (remap_file_pages(pages, PAGE_LEN, 0, 1, 0) != 0) {
		job_note("remap_file_pages: %s", strerror(errno));
		job_check(page_is_filled(pages, 0),
			  "remap_file_pages() that fails changes nothing");
	} else {
		memset(pages, 0x66, PAGE_LEN);
		job_check(page_is_filled(pages, 1) || pages_are_zero(pages + PAGE_LEN, 1),
			  "remap_file_pages() does not map a state twice");
	}
	munmap(pages, mapped_len);
}

/* The file behind a mapping can be had by its address in /proc. */
static void check_map_files(const struct memory *memory)
{
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len), *other = MAP_FAILED;
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)pages,
		 (unsigned long)pages + mapped_len);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		other = mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (other != MAP_FAILED)
			expect_no_mirror(pages, other, "map_files, mapped");
		close(fd);
	}
	job_note("map_files: %s", fd < 0 ? "not opened" : "opened");
	munmap(pages, mapped_len);
}

void check_mirror(const struct memory *memory)
{
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len), *other;

	other = mremap(pages, 0, PAGE_LEN, MREMAP_MAYMOVE);
	expect_no_mirror(pages, other, "mremap with an old size of 0");
	other = mremap(pages, 0, PAGE_LEN, MREMAP_MAYMOVE | MREMAP_FIXED, reserve(PAGE_LEN));
	expect_no_mirror(pages, other, "mremap with an old size of 0, elsewhere");

	other = mremap(pages, mapped_len, mapped_len, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	job_note("MREMAP_DONTUNMAP: %s", other == MAP_FAILED ? strerror(errno) : "accepted");
	if (other != MAP_FAILED) {
		for (size_t i = 0; i < NUM_PAGES; i++)
			job_check(page_is_filled(other, i), "page %zu went with the mapping", i);
		job_check(pages_are_zero(pages, NUM_PAGES), "what is left behind is zero");
		munmap(other, mapped_len);
	}
	munmap(pages, mapped_len);
	check_remap_file_pages(memory);
	check_map_files(memory);
}

void check_grow(const struct memory *memory)
{
	char why[VGT_CHILD_WHY_SIZE];
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len), *grown;

	grown = mremap(pages, mapped_len, mapped_len + PAGE_LEN, MREMAP_MAYMOVE);
	job_note("mremap to a larger size: %s", grown == MAP_FAILED ? strerror(errno) : "accepted");
	if (grown != MAP_FAILED) {
		pages = grown;
		job_check(pages_are_zero(pages + mapped_len, 1), "new pages are zero");
		memset(pages + mapped_len, 1, PAGE_LEN);
		job_check(vgt_run_child(expect_zero_page, pages + mapped_len, why),
			  "new pages are wiped by a fork: %s", why);
		mapped_len += PAGE_LEN;
	}
	for (size_t i = 0; i < NUM_PAGES; i++)
		job_check(page_is_filled(pages, i), "page %zu is as it was", i);
	munmap(pages, mapped_len);
}

void check_partial_unmap(const struct memory *memory)
{
	char why[VGT_CHILD_WHY_SIZE];
	size_t mapped_len;
	unsigned char *pages = filled_pages(memory, &mapped_len);
	int ret = munmap(pages + 2 * PAGE_LEN, PAGE_LEN);

	job_note("munmap of a part: %s", ret ? strerror(errno) : "accepted");
	job_check(ret == 0 || page_is_filled(pages, 2), "a refused munmap() changes nothing");
	for (size_t i = 0; i < NUM_PAGES; i++) {
		if (ret == 0 && i == 2)
			continue;
		job_check(page_is_filled(pages, i), "page %zu is as it was", i);
		job_check(vgt_run_child(expect_zero_page, pages + i * PAGE_LEN, why),
			  "page %zu is wiped by a fork: %s", i, why);
	}
	/* A part that may not be protected otherwise, which also splits a mapping. */
	ret = mprotect(pages + 4 * PAGE_LEN, PAGE_LEN, PROT_READ);
	job_note("mprotect of a part: %s", ret ? strerror(errno) : "accepted");
	job_check(page_is_filled(pages, 4), "a protected page is as it was");
	munmap(pages, mapped_len);
}

/* The kernel's own image may be written to by a debugger, as copies of a page; ours may not. */
void check_image(const struct memory *memory)
{
	void *page = (void *)((uintptr_t)memory->image & ~(uintptr_t)(PAGE_LEN - 1));
	unsigned char *data = (unsigned char *)page - PAGE_LEN;

	if (strcmp(memory->name, "module") != 0)
		return;
	job_check(mprotect(page, PAGE_LEN, PROT_READ | PROT_WRITE) != 0 && errno == EACCES,
		  "the image cannot be made writable");
	job_check(mprotect(data, PAGE_LEN, PROT_READ | PROT_WRITE) != 0 && errno == EACCES,
		  "the data page cannot be made writable");
	job_check(mprotect(data, PAGE_LEN, PROT_READ | PROT_EXEC) != 0 && errno == EACCES,
		  "the data page cannot be made executable");
}
