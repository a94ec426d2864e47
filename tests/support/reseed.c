// SPDX-License-Identifier: GPL-2.0-only OR MIT
#define _GNU_SOURCE
#include "reseed.h"

#include <fcntl.h>
#include <linux/random.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_LEN 4096

/* By the system calls: a handler may interrupt anything of the C library. */
bool vgt_next_generation(const struct vgetrandom_rng_data *data)
{
	struct vgetrandom_rng_data *writable = (struct vgetrandom_rng_data *)(uintptr_t)data;

	if (syscall(SYS_mprotect, writable, PAGE_LEN, PROT_READ | PROT_WRITE) != 0)
		return false;
	/* The release that the image's acquire pairs with (abi.h). Zero is no generation. */
	while (__atomic_add_fetch(&writable->generation, 1, __ATOMIC_RELEASE) == 0)
		;
	return syscall(SYS_mprotect, writable, PAGE_LEN, PROT_READ) == 0;
}

bool vgt_reseed_kernel(void)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/dev/urandom", O_RDONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = syscall(SYS_ioctl, fd, RNDRESEEDCRNG, 0) == 0;
	syscall(SYS_close, fd);
	return done;
}
