// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Two sources for one page: its 64-bit entry, and the categories of PAGEMAP_SCAN, which alone tells
 * the zero page from one that is shared with another process.
 */
#define _GNU_SOURCE
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ENTRY_PRESENT    (1ull << 63)
#define ENTRY_SWAPPED    (1ull << 62)
#define ENTRY_FILE       (1ull << 61)
#define ENTRY_EXCLUSIVE  (1ull << 56)
#define ENTRY_SOFT_DIRTY (1ull << 55)

#define SCAN_FILE        (1ull << 2)
#define SCAN_PRESENT     (1ull << 3)
#define SCAN_SWAPPED     (1ull << 4)
#define SCAN_ZERO        (1ull << 5)
#define SCAN_HUGE        (1ull << 6)

#define ENTRIES_AT_ONCE  512
#define REGIONS_AT_ONCE  64

/* Of <linux/fs.h>, which has it since 6.7. */
struct scan_region {
	__u64 start, end, categories;
};

struct scan {
	__u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
	__u64 category_inverted, category_mask, category_anyof_mask, return_mask;
};
_Static_assert(sizeof(struct scan) == 96, "ABI");

#define SCAN_IOCTL _IOWR('f', 16, struct scan)

static uint64_t page_len(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static void take_entry(struct cli_page *page, uint64_t entry)
{
	*page = (struct cli_page){
		.present = entry & ENTRY_PRESENT,
		.swapped = entry & ENTRY_SWAPPED,
		.file = entry & ENTRY_FILE,
		.exclusive = entry & ENTRY_EXCLUSIVE,
		.soft_dirty = entry & ENTRY_SOFT_DIRTY,
	};
}

static long read_entries(int fd, uint64_t start, struct cli_page *pages, size_t num)
{
	uint64_t entries[ENTRIES_AT_ONCE];
	size_t done = 0;

	while (done < num) {
		size_t at_once = num - done < ENTRIES_AT_ONCE ? num - done : ENTRIES_AT_ONCE;
		off_t offset = (off_t)((start / page_len() + done) * sizeof(entries[0]));
		ssize_t ret = pread(fd, entries, at_once * sizeof(entries[0]), offset);

		if (ret < 0 && errno != ESRCH)
			return -errno;
		if (ret <= 0)
			break;
		for (size_t i = 0; i < (size_t)ret / sizeof(entries[0]); i++)
			take_entry(&pages[done++], entries[i]);
	}
	return (long)done;
}

/* The second look may come after a change: it only adds to what the first one saw present. */
static void take_region(const struct scan_region *region, uint64_t start, struct cli_page *pages,
			size_t num)
{
	for (uint64_t at = region->start; at < region->end; at += page_len()) {
		size_t i = (size_t)((at - start) / page_len());

		if (at < start || i >= num || !pages[i].present)
			continue;
		pages[i].zero = region->categories & SCAN_ZERO && !pages[i].exclusive;
		pages[i].huge = region->categories & SCAN_HUGE;
	}
}

static bool scan(int fd, uint64_t start, struct cli_page *pages, size_t num)
{
	struct scan_region regions[REGIONS_AT_ONCE];
	struct scan arg = {
		.size = sizeof(arg),
		.start = start,
		.end = start + num * page_len(),
		.vec = (uintptr_t)regions,
		.vec_len = REGIONS_AT_ONCE,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_FILE | SCAN_ZERO | SCAN_HUGE,
	};

	while (arg.start < arg.end) {
		int ret = ioctl(fd, SCAN_IOCTL, &arg);

		if (ret < 0)
			return false;
		for (int i = 0; i < ret; i++)
			take_region(&regions[i], start, pages, num);
		if (arg.walk_end <= arg.start)
			break;
		arg.start = arg.walk_end;
	}
	return true;
}

long cli_pagemap_read(int pagemap_fd, const struct cli_pagemap_knows *knows, uint64_t start,
		      struct cli_page *pages, size_t num)
{
	long ret = read_entries(pagemap_fd, start, pages, num);

	if (ret > 0 && knows->scan)
		(void)scan(pagemap_fd, start, pages, (size_t)ret);
	return ret;
}

void cli_pagemap_ask(struct cli_pagemap_knows *knows)
{
	void *own =
		mmap(NULL, page_len(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	struct cli_page page = { 0 };

	*knows = (struct cli_pagemap_knows){ 0 };
	if (own != MAP_FAILED && fd >= 0) {
		*(volatile char *)own = 1;
		knows->pages = read_entries(fd, (uintptr_t)own, &page, 1) == 1 && page.present;
		knows->exclusive = page.exclusive;
		knows->soft_dirty = page.soft_dirty;
		knows->scan = knows->pages && scan(fd, (uintptr_t)own, &page, 1);
	}
	if (fd >= 0)
		close(fd);
	if (own != MAP_FAILED)
		munmap(own, page_len());
}
