// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A disk larger than memory is read from one end to the other, over and over: the kernel has its
 * own copies of it to take back, so states, few and in use all the time, are left alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "job.h"
#include "memory.h"

#define NUM_PAGES 64
#define CHUNK_LEN (1 << 20)
#define MARK      0x5a

/* Puts the mark back where it is gone; returns on how many pages. */
static size_t count_dropped(volatile unsigned char *pages)
{
	size_t num = 0;

	for (size_t i = 0; i < NUM_PAGES; i++) {
		num += pages[i * PAGE_LEN] != MARK;
		pages[i * PAGE_LEN] = MARK;
	}
	return num;
}

int main(int argc, char **argv)
{
	struct job_option options[] = {
		{ "--memory", NULL },
		{ "--disk", "/dev/nvme0n1" },
		{ "--rounds", "6" },
		{ NULL, NULL },
	};
	static unsigned char chunk[CHUNK_LEN];
	size_t mapped_len, num_dropped = 0, num_read = 0;
	unsigned char *states;
	struct memory memory;
	int fd;

	job_start(argc, argv, options);
	memory_open(&memory, options[0].value);
	fd = open(options[1].value, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		job_skip("%s: %s", options[1].value, strerror(errno));
	states = memory_map(&memory, NUM_PAGES * PAGE_LEN, &mapped_len);
	count_dropped(states);
	for (uint64_t round = 0; round < job_number(&options[2]); round++) {
		ssize_t n;

		lseek(fd, 0, SEEK_SET);
		while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
			num_read += (size_t)n;
			num_dropped += count_dropped(states);
		}
	}
	job_note("%zu MiB were read, %ld KiB of memory are there", num_read >> 20,
		 meminfo_kb("MemTotal:"));
	job_check(num_read >> 10 > (size_t)meminfo_kb("MemTotal:"),
		  "more was read than memory holds");
	job_check(num_dropped <= NUM_PAGES, "%zu times a page of %d was dropped", num_dropped,
		  NUM_PAGES);
	job_finish("%zu drops in %zu MiB read", num_dropped, num_read >> 20);
}
