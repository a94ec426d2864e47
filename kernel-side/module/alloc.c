// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * VGETRANDOM_IOC_ALLOC: memory for opaque states, from the kernel if it has MAP_DROPPABLE,
 * else the module's own.
 *
 * Nothing here is shared, so there is no lock. All that comes from user mode is a
 * structure whose size is in the ioctl number; the number of states in it is the only
 * thing that it decides.
 */
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "module.h"
#include "state-len.h"

static bool own_memory;
module_param(own_memory, bool, 0444);
MODULE_PARM_DESC(own_memory, "Use the module's memory even if the kernel has MAP_DROPPABLE");

/*
 * Under mlockall(MCL_FUTURE) kernels from 6.11 to 2026 made a droppable mapping that was
 * locked, and never dropped. The module's own cannot be locked.
 */
static bool kernel_memory_is_good(void)
{
	return !own_memory && !(READ_ONCE(current->mm->def_flags) & VM_LOCKED);
}

/* A kernel that has no such type of mapping, or not on this architecture, says so. */
static bool is_refusal(long err)
{
	return err == -EINVAL || err == -EOPNOTSUPP || err == -ENOTSUPP;
}

static unsigned long map_states(unsigned long len)
{
	unsigned long addr;

	if (kernel_memory_is_good()) {
		addr = vm_mmap(NULL, 0, len, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS,
			       0);
		if (!IS_ERR_VALUE(addr) || !is_refusal((long)addr))
			return addr;
	}
	return vgr_droppable_map(len);
}

/* A state straddles no page: a page is a multiple of the stride. */
static unsigned long stride(void)
{
	BUILD_BUG_ON(VGR_STATE_LEN > PAGE_SIZE);
	return max_t(unsigned long, roundup_pow_of_two(VGR_STATE_LEN), L1_CACHE_BYTES);
}

static int read_args(struct vgetrandom_device_alloc *args, size_t len, const void __user *arg)
{
	int err;

	if (len < VGETRANDOM_DEVICE_ALLOC_SIZE_VER0)
		return -EINVAL;
	if (len > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(args, sizeof(*args), arg, len);
	if (err)
		return err;
	if (args->flags || args->size_per_each || args->bytes_allocated || args->address)
		return -EINVAL;
	if (args->num > (LONG_MAX - PAGE_SIZE) / stride())
		return -EOVERFLOW;
	return 0;
}

long vgr_alloc_ioctl(unsigned int cmd, void __user *arg)
{
	struct vgetrandom_device_alloc args;
	unsigned long addr, len;
	int err;

	err = read_args(&args, _IOC_SIZE(cmd), arg);
	if (err)
		return err;
	len = PAGE_ALIGN(max_t(u64, args.num, 1) * stride());
	addr = map_states(len);
	if (IS_ERR_VALUE(addr))
		return (long)addr;

	args.num = len / stride();
	args.size_per_each = stride();
	args.bytes_allocated = len;
	args.address = addr;
	/*
	 * Read a moment ago, so not writable, or changed by another thread meanwhile. A thread that
	 * replaces the mapping before it is undone has guessed its address.
	 */
	if (copy_to_user(arg, &args, sizeof(args))) {
		vm_munmap(addr, len);
		return -EFAULT;
	}
	return 0;
}
