// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * For LD_PRELOAD: a disk that cannot write what begins at 1 MiB, and finds out only when what lies
 * behind that is written. A program that writes with several threads is left with a gap.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BAD_OFFSET (1 << 20)

ssize_t pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	static const struct timespec millisecond = { .tv_nsec = 1000000 };
	struct stat st;

	if (offset != BAD_OFFSET)
		return syscall(SYS_pwrite64, fd, buf, len, offset);
	while (fstat(fd, &st) == 0 && st.st_size <= BAD_OFFSET + (off_t)len)
		nanosleep(&millisecond, NULL);
	errno = EIO;
	return -1;
}
