// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A line to stderr or a file that never changes the process's end; see output.h.
 *
 * What a write(2) may do to a process that is about to end well: wait for a reader who does not
 * read, or for ever; SIGPIPE if the reader is gone; SIGXFSZ where no file may grow; SIGTTOU
 * in the background of a terminal with tostop; land in a data file that became number 2. Each has
 * its line below, and a test in tests/preload.
 */
#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "vgr-syscall.h"

/* Where programs do not expect descriptors of their own. */
#define SECOND_STDERR_FROM 100

#define BIT_OF(signal)     (UINT64_C(1) << ((signal)-1))

static struct {
	bool is_known;
	dev_t device;
	ino_t inode;
	char path[PATH_MAX]; /* of a file; empty: stderr */
} target;

static int second_stderr = -1;

static long call(long number, long a, long b, long c, long d)
{
	return vgr_syscall(number, a, b, c, d, 0, 0);
}

/* The program may have closed number 2, and what it opened next became number 2. */
static bool is_target(int fd, struct stat *st)
{
	return call(SYS_fstat, fd, (long)st, 0, 0) == 0 && st->st_dev == target.device &&
	       st->st_ino == target.inode;
}

void vgr_output_to_stderr(void)
{
	struct stat st;

	if (call(SYS_fstat, STDERR_FILENO, (long)&st, 0, 0) != 0)
		return;
	target.device = st.st_dev;
	target.inode = st.st_ino;
	target.is_known = true;
}

void vgr_output_to_file(const char *path, unsigned long long device, unsigned long long inode)
{
	if (strlen(path) >= sizeof(target.path))
		return;
	strcpy(target.path, path);
	target.device = (dev_t)device;
	target.inode = (ino_t)inode;
	target.is_known = true;
}

void vgr_output_keep(void)
{
	struct stat st;

	if (target.is_known && !target.path[0] && second_stderr < 0 &&
	    is_target(STDERR_FILENO, &st))
		second_stderr =
			(int)call(SYS_fcntl, STDERR_FILENO, F_DUPFD_CLOEXEC, SECOND_STDERR_FROM, 0);
}

/* Part of a line, or the end of another program's data in its place, would be worse than none. */
static bool fits_in_file(int fd, const struct stat *st, size_t len)
{
	struct rlimit limit;
	off_t at = st->st_size;

	if (!(call(SYS_fcntl, fd, F_GETFL, 0, 0) & O_APPEND))
		at = call(SYS_lseek, fd, 0, SEEK_CUR, 0);
	if (at < st->st_size || call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) != 0)
		return false;
	return limit.rlim_cur == RLIM_INFINITY ||
	       ((rlim_t)at < limit.rlim_cur && len <= limit.rlim_cur - (rlim_t)at);
}

/* POLLERR or POLLHUP: the reader is gone, and a write would raise SIGPIPE. */
static bool takes_bytes(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	struct timespec no_time = { 0, 0 };

	return call(SYS_ppoll, (long)&pollfd, 1, (long)&no_time, 0) == 1 &&
	       (pollfd.revents & (POLLOUT | POLLERR | POLLHUP)) == POLLOUT;
}

static long write_now(int fd, const struct stat *st, const char *line, size_t len)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)line, .iov_len = len };
	long ret;

	if (S_ISREG(st->st_mode))
		return fits_in_file(fd, st, len) ? call(SYS_write, fd, (long)line, (long)len, 0)
						 : 0;
	if (S_ISSOCK(st->st_mode))
		return vgr_syscall(SYS_sendto, fd, (long)line, (long)len,
				   MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
	if (!takes_bytes(fd))
		return 0;
	/* Others may fill the pipe right now. Before Linux 6.4 that cannot be said of a pipe. */
	ret = vgr_syscall(SYS_pwritev2, fd, (long)&part, 1, -1, -1, RWF_NOWAIT);
	if (ret == -EOPNOTSUPP || ret == -ENOSYS)
		ret = call(SYS_write, fd, (long)line, (long)len, 0);
	return ret;
}

static uint64_t pending_signals(void)
{
	uint64_t pending = 0;

	call(SYS_rt_sigpending, (long)&pending, sizeof(pending), 0, 0);
	return pending;
}

/*
 * SIGTTOU would stop the process; while it is blocked, the terminal takes the line. Of the others,
 * what the write raised, although all was checked before, ends with it.
 */
static void write_without_signals(int fd, const struct stat *st, const char *line, size_t len)
{
	const uint64_t ours = BIT_OF(SIGPIPE) | BIT_OF(SIGXFSZ) | BIT_OF(SIGTTOU);
	struct timespec no_time = { 0, 0 };
	uint64_t saved, raised;

	if (call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&ours, (long)&saved, sizeof(saved)) != 0)
		return;
	raised = ~pending_signals() & ours;
	write_now(fd, st, line, len);
	raised &= pending_signals();
	if (raised)
		call(SYS_rt_sigtimedwait, (long)&raised, 0, (long)&no_time, sizeof(raised));
	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&saved, 0, sizeof(saved));
}

/* Opened now: nothing was held, and after chroot(2) it must be the same file still. */
static void write_to_file(const char *line, size_t len)
{
	struct stat st;
	int fd = (int)call(SYS_openat, AT_FDCWD, (long)target.path,
			   O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (is_target(fd, &st))
		write_without_signals(fd, &st, line, len);
	call(SYS_close, fd, 0, 0, 0);
}

void vgr_output_line(const char *line, size_t len)
{
	struct stat st;

	if (target.is_known && target.path[0])
		write_to_file(line, len);
	else if (target.is_known && is_target(STDERR_FILENO, &st))
		write_without_signals(STDERR_FILENO, &st, line, len);
	else if (second_stderr >= 0 && is_target(second_stderr, &st))
		write_without_signals(second_stderr, &st, line, len);
	if (second_stderr >= 0)
		call(SYS_close, second_stderr, 0, 0, 0);
	second_stderr = -1;
}
