// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom_alloc(): memory for opaque states, as a system call (struct vgetrandom_alloc_args,
 * abi.h). It is the mapping that mmap() would make with the flags that the vDSO function tells, but
 * the kernel decides how states lie in it, and may decide otherwise later.
 *
 * All that comes from user mode is a structure and its length; the number of states in it is the
 * only thing that it decides. After an error nothing is mapped and the structure is as it was,
 * unless it cannot be written: then part of it may be.
 */
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "vgr-kernel.h"

/* A state straddles no page, because a page is a multiple of this; and shares no cache line. */
#define STRIDE max_t(unsigned long, roundup_pow_of_two(VGR_STATE_LEN), L1_CACHE_BYTES)

/*
 * A bit that means nothing today is refused, or a program that sets one by accident would keep us
 * from ever giving it a meaning. A longer structure, of a program that knows more members
 * than this kernel, is good as long as it asks for nothing by them.
 */
static int read_args(struct vgetrandom_alloc_args *args,
		     const struct vgetrandom_alloc_args __user *uargs, size_t args_len)
{
	int err;

	if (args_len < VGETRANDOM_ALLOC_ARGS_SIZE_VER0)
		return -EINVAL;
	if (args_len > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(args, sizeof(*args), uargs, args_len);
	if (err)
		return err;
	if (args->flags || args->size_per_each || args->bytes_allocated)
		return -EINVAL;
	if (args->num > (LONG_MAX - PAGE_SIZE) / STRIDE)
		return -EOVERFLOW;
	return 0;
}

SYSCALL_DEFINE2(vgetrandom_alloc, struct vgetrandom_alloc_args __user *, uargs, size_t, args_len)
{
	struct vgetrandom_alloc_args args;
	unsigned long addr, len;
	int err;

	BUILD_BUG_ON(VGR_STATE_LEN > PAGE_SIZE);
	err = read_args(&args, uargs, args_len);
	if (err)
		return err;
	len = PAGE_ALIGN(max_t(u64, args.num, 1) * STRIDE);
	addr = vm_mmap(NULL, 0, len, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(addr))
		return addr;

	args.num = len / STRIDE;
	args.size_per_each = STRIDE;
	args.bytes_allocated = len;
	/*
	 * It was read a moment ago, so it is read-only, or another thread unmapped it meanwhile.
	 * The caller is not told the address, so nobody could free the mapping later. A thread that
	 * puts something else in its place before it is undone has guessed that address.
	 */
	if (copy_to_user(uargs, &args, min(args_len, sizeof(args)))) {
		vm_munmap(addr, len);
		return -EFAULT;
	}
	return addr;
}
