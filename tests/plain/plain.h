/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Unit tests without a framework, so that they can be cross-built and run by an emulator, or be put
 * into a guest. Exit status 0, 1 or 77; a failure says why and ends the program.
 */
#ifndef VGT_PLAIN_H
#define VGT_PLAIN_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define expect(condition, ...)                                                                  \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition); \
			fprintf(stderr, __VA_ARGS__);                                           \
			fputc('\n', stderr);                                                    \
			exit(1);                                                                \
		}                                                                               \
	} while (0)

static inline void expect_pages_of(long len)
{
	if (sysconf(_SC_PAGESIZE) == len)
		return;
	printf("skipped: pages have not %ld bytes here\n", len);
	exit(77);
}

#endif
