/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the kernel says of single pages: /proc/PID/pagemap, and its ioctl PAGEMAP_SCAN (Linux 6.7).
 * Source: Documentation/admin-guide/mm/pagemap.rst, ioctl_pagemap_scan(2).
 */
#ifndef VGR_CLI_PAGEMAP_H
#define VGR_CLI_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_page {
	bool present;
	bool swapped;
	bool file;
	bool exclusive; /* mapped only here; of present pages */
	bool soft_dirty;
	bool zero; /* the zero page that everybody shares: read, never written */
	bool huge;
};

/* What this kernel tells, found out with a page of our own. */
struct cli_pagemap_knows {
	bool pages;
	bool exclusive;
	bool soft_dirty;
	bool scan;
};

void cli_pagemap_ask(struct cli_pagemap_knows *knows);

/*
 * Fills in @pages for @num pages from @start; @pagemap_fd is the open file.
 *
 * Returns how many there were: fewer if the process has ended; or -errno.
 */
long cli_pagemap_read(int pagemap_fd, const struct cli_pagemap_knows *knows, uint64_t start,
		      struct cli_page *pages, size_t num);

#endif
