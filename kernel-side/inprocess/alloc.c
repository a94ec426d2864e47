// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom_alloc(): the system call that Linux did not get, as a function.
 */
#define _GNU_SOURCE
#include "alloc.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory.h"
#include "state.h"

/*
 * A system call answers EFAULT to a bad pointer instead of dying of it, so let one look. Where
 * even that is forbidden, the pointer is taken as good.
 */
static bool copies(void *to, void *from, size_t len, bool write)
{
	struct iovec local = { write ? from : to, len };
	struct iovec remote = { write ? to : from, len };
	ssize_t ret;

	if (write)
		ret = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	else
		ret = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	if (ret < 0 && errno != EFAULT) {
		memcpy(to, from, len);
		return true;
	}
	return ret == (ssize_t)len;
}

/* Bytes that this version does not know may be there, but must be zero. */
static int check_tail(const struct vgetrandom_alloc_args *args, size_t args_len)
{
	const char *p = (const char *)args;

	for (size_t i = sizeof(*args); i < args_len; i++) {
		char c;

		if (!copies(&c, (void *)(p + i), 1, false))
			return -EFAULT;
		if (c)
			return -E2BIG;
	}
	return 0;
}

int vgr_alloc(struct vgetrandom_alloc_args *user_args, size_t args_len, void **base)
{
	struct vgetrandom_alloc_args args;
	struct vgr_states states;
	int err;

	if (args_len < VGETRANDOM_ALLOC_ARGS_SIZE_VER0)
		return -EINVAL;
	if (args_len > (size_t)sysconf(_SC_PAGESIZE))
		return -E2BIG;
	if (!copies(&args, user_args, sizeof(args), false))
		return -EFAULT;
	err = check_tail(user_args, args_len);
	if (err)
		return err;
	if (args.flags || args.size_per_each || args.bytes_allocated)
		return -EINVAL;
	/* Before the mapping is made, so that none is left behind. */
	if (!copies(user_args, &args, sizeof(args), true))
		return -EFAULT;

	err = vgr_map_states(sizeof(struct vgr_state), args.num, &states);
	if (err)
		return err;
	args.num = states.num;
	args.size_per_each = states.stride;
	args.bytes_allocated = states.mapped_len;
	*user_args = args;
	*base = states.base;
	return 0;
}
