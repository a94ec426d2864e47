// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The port on raw system calls: what opens /dev/vgetrandom. */
#include <vgetrandom/port.h>

#include <linux/fcntl.h>
#include <linux/unistd.h>

#include "vgr-syscall.h"

#define FROM_END 2 /* SEEK_END */

int vgr_port_open(const char *path)
{
	/* Not blocking, in case the path leads to a pipe. */
	return (int)vgr_syscall(__NR_openat, AT_FDCWD, (long)path,
				O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0, 0, 0);
}

void vgr_port_close(int fd)
{
	vgr_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
}

long vgr_port_file_len(int fd)
{
	return vgr_syscall(__NR_lseek, fd, 0, FROM_END, 0, 0, 0);
}

int vgr_port_ioctl(int fd, unsigned int request, void *arg)
{
	return (int)vgr_syscall(__NR_ioctl, fd, request, (long)arg, 0, 0, 0);
}
