// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Image and memory from /dev/vgetrandom, as <vgetrandom/device.h> has it.
 *
 * The device is opened for a moment, at start and when the pool grows. That it is ours is checked
 * before anything of it is mapped, because the path may lead to something else, in a container for
 * one: only the module answers the call for states.
 */
#include "device.h"

#include <linux/errno.h>
#include <linux/mman.h>
#include <stdint.h>
#include <vgetrandom/device.h>
#include <vgetrandom/port.h>

#include "elf-symbol.h"
#include "inprocess.h"

/* An image is a few pages; whatever is longer is not one. */
#define DEVICE_LEN_MAX (1024 * 1024)

static int map_at(char *p, size_t len, int prot, int fd, size_t offset)
{
	long ret = vgr_port_mmap(p, len, prot, MAP_SHARED | MAP_FIXED, fd, (long)offset);

	return ret == (long)p ? 0 : (int)ret;
}

int vgr_module_map_fd(int fd, struct vgr_module *module)
{
	size_t page = vgr_page_len();
	long len = vgr_port_file_len(fd), ret;
	char *p;
	int err;

	if (len < (long)(2 * page) || len > DEVICE_LEN_MAX || (size_t)len % page)
		return -EOPNOTSUPP;
	ret = vgr_port_mmap(NULL, (size_t)len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ret < 0 && ret > -4096)
		return (int)ret;
	p = (char *)ret;
	err = map_at(p, page, PROT_READ, fd, 0);
	if (!err)
		err = map_at(p + page, (size_t)len - page, PROT_READ | PROT_EXEC, fd, page);
	if (!err &&
	    !vgr_elf_symbol_within(p + page, (size_t)len - page, "__vdso_getrandom", "LINUX_2.6"))
		err = -EOPNOTSUPP;
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
	vgr_port_munmap((void *)module->rng_data, module->len);
}

bool vgr_module_image_is_ours(const struct vgr_module *module)
{
	const unsigned char *ours = vgr_inprocess_image(), *theirs = module->image;
	size_t len = ours ? vgr_elf_len(ours) : 0;

	if (!len || len > module->len - vgr_page_len())
		return false;
	for (size_t i = 0; i < len; i++)
		if (ours[i] != theirs[i])
			return false;
	return true;
}

static bool are_states(const struct vgetrandom_device_alloc *args, size_t state_len, size_t num)
{
	return args->address && args->num >= num && args->size_per_each >= state_len &&
	       args->size_per_each <= vgr_page_len() && vgr_page_len() % args->size_per_each == 0 &&
	       args->num <= args->bytes_allocated / args->size_per_each;
}

static int alloc_states(int fd, size_t state_len, size_t num, struct vgr_states *states)
{
	struct vgetrandom_device_alloc args = { .num = num };
	int err = vgr_port_ioctl(fd, VGETRANDOM_IOC_ALLOC, &args);

	if (err)
		return err;
	/* An answer that is not believed says nothing about what could be unmapped, either. */
	if (!are_states(&args, state_len, num))
		return -EOPNOTSUPP;
	*states = (struct vgr_states){
		.base = (void *)(uintptr_t)args.address,
		.num = args.num,
		.stride = args.size_per_each,
		.mapped_len = args.bytes_allocated,
	};
	return 0;
}

/* A file that only looks like the device has no call for states. */
static int check_device(int fd)
{
	struct vgr_states states;
	int err = alloc_states(fd, sizeof(uint64_t), 1, &states);

	return err ? -EOPNOTSUPP : vgr_port_munmap(states.base, states.mapped_len);
}

int vgr_module_map(const char *device, struct vgr_module *module)
{
	int fd = vgr_port_open(device);
	int err;

	if (fd < 0)
		return fd;
	err = check_device(fd);
	if (!err)
		err = vgr_module_map_fd(fd, module);
	vgr_port_close(fd);
	return err;
}

int vgr_module_map_states(size_t state_len, size_t num, struct vgr_states *states)
{
	int fd = vgr_port_open(VGETRANDOM_DEVICE_PATH);
	int err = fd;

	if (fd >= 0) {
		err = alloc_states(fd, state_len, num, states);
		vgr_port_close(fd);
	}
	return err ? vgr_map_states(state_len, num, states) : 0;
}
