// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The provider "module": image and memory from /dev/vgetrandom, as <vgetrandom/device.h> has it.
 *
 * The device is opened for a moment, at start and when the pool grows. Its answers are
 * checked, because the path may lead to something else, in a container for one.
 */
#define _GNU_SOURCE
#include "provider-module.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/device.h>

#include "inprocess.h"

/* An image is a few pages; whatever is longer is not one. */
#define DEVICE_LEN_MAX (1024 * 1024)

static size_t page_len(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Not by the C library, whose open() is a cancellation point. Not blocking, in case the path
 * leads to a pipe.
 */
static int open_device(const char *path)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path,
			    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static void close_device(int fd)
{
	int saved_errno = errno;

	syscall(SYS_close, fd);
	errno = saved_errno;
}

static int map_at(char *p, size_t len, int prot, int fd, size_t offset)
{
	void *mapped = mmap(p, len, prot, MAP_SHARED | MAP_FIXED, fd, (off_t)offset);

	return mapped == MAP_FAILED ? -errno : 0;
}

static int map_device(int fd, struct vgr_module *module)
{
	size_t page = page_len();
	off_t len = lseek(fd, 0, SEEK_END);
	char *p;
	int err;

	if (len < (off_t)(2 * page) || len > DEVICE_LEN_MAX || (size_t)len % page)
		return -ENOTSUP;
	p = mmap(NULL, (size_t)len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	err = map_at(p, page, PROT_READ, fd, 0);
	if (!err)
		err = map_at(p + page, (size_t)len - page, PROT_READ | PROT_EXEC, fd, page);
	if (!err && memcmp(p + page, ELFMAG, SELFMAG) != 0)
		err = -ENOTSUP;
	*module = (struct vgr_module){
		.rng_data = (const void *)p,
		.image = p + page,
		.len = (size_t)len,
	};
	if (err)
		vgr_module_unmap(module);
	return err;
}

void vgr_module_unmap(const struct vgr_module *module)
{
	munmap((void *)module->rng_data, module->len);
}

int vgr_module_map(const char *device, struct vgr_module *module)
{
	int fd = open_device(device);
	int err;

	if (fd < 0)
		return -errno;
	err = map_device(fd, module);
	close_device(fd);
	return err;
}

/* The section headers end the file. */
static size_t image_len(const void *image)
{
	const ElfW(Ehdr) *header = image;

	return header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
}

bool vgr_module_image_is_ours(const struct vgr_module *module)
{
	const void *ours = vgr_inprocess_image();
	size_t len = image_len(ours);

	return len <= module->len - page_len() && memcmp(module->image, ours, len) == 0;
}

static bool are_states(const struct vgetrandom_device_alloc *args, size_t state_len, size_t num)
{
	return args->address && args->num >= num && args->size_per_each >= state_len &&
	       args->size_per_each <= page_len() && page_len() % args->size_per_each == 0 &&
	       args->num <= args->bytes_allocated / args->size_per_each;
}

static int alloc_states(int fd, size_t state_len, size_t num, struct vgr_states *states)
{
	struct vgetrandom_device_alloc args = { .num = num };

	if (ioctl(fd, VGETRANDOM_IOC_ALLOC, &args) != 0)
		return -errno;
	if (!are_states(&args, state_len, num))
		return -ENOTSUP;
	*states = (struct vgr_states){
		.base = (void *)(uintptr_t)args.address,
		.num = args.num,
		.stride = args.size_per_each,
		.mapped_len = args.bytes_allocated,
	};
	return 0;
}

int vgr_module_map_states(size_t state_len, size_t num, struct vgr_states *states)
{
	int saved_errno = errno;
	int fd = open_device(VGETRANDOM_DEVICE_PATH);
	int err = -ENOTSUP;

	if (fd >= 0) {
		err = alloc_states(fd, state_len, num, states);
		close_device(fd);
	}
	errno = saved_errno;
	return err ? vgr_map_states(state_len, num, states) : 0;
}
