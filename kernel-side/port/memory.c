// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The port on raw system calls: memory. */
#include <vgetrandom/port.h>

#include <linux/mman.h>
#include <linux/unistd.h>

#include "vgr-syscall.h"

#ifndef VGR_OWN_MMAP
#define vgr_syscall_mmap vgr_syscall
#endif

long vgr_port_mmap(void *addr, size_t len, int prot, int flags, int fd, long offset)
{
	return vgr_syscall_mmap(__NR_mmap, (long)addr, (long)len, prot, flags, fd, offset);
}

long vgr_port_alloc(unsigned int number, struct vgetrandom_alloc_args *args, size_t args_len)
{
	return vgr_syscall((long)number, (long)args, (long)args_len, 0, 0, 0, 0);
}

int vgr_port_munmap(void *addr, size_t len)
{
	return (int)vgr_syscall(__NR_munmap, (long)addr, (long)len, 0, 0, 0, 0);
}

int vgr_port_madvise(void *addr, size_t len, int advice)
{
	return (int)vgr_syscall(__NR_madvise, (long)addr, (long)len, advice, 0, 0, 0);
}

int vgr_port_mprotect(void *addr, size_t len, int prot)
{
	return (int)vgr_syscall(__NR_mprotect, (long)addr, (long)len, prot, 0, 0, 0);
}

int vgr_port_move(void *from, void *to, size_t len)
{
	long ret = vgr_syscall(__NR_mremap, (long)from, (long)len, (long)len,
			       MREMAP_MAYMOVE | MREMAP_FIXED, (long)to, 0);

	return ret == (long)to ? 0 : (int)ret;
}

int vgr_port_mlock(const void *addr, size_t len)
{
	return (int)vgr_syscall(__NR_mlock, (long)addr, (long)len, 0, 0, 0, 0);
}
