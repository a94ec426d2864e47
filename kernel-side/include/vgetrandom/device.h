/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * /dev/vgetrandom: what vgetrandom.ko provides. This comment is the whole ABI.
 *
 * Any user may open the device; O_RDONLY is sufficient. It supports lseek(), mmap() and one
 * ioctl(). Mappings stay valid after the descriptor is closed, and a fork() inherits them.
 *
 * The file is laid out like the vDSO of a kernel:
 *
 *	page 0		RNG data page: struct vgetrandom_rng_data (abi.h), read-only
 *	page 1 ...	image: an ELF shared object with __vdso_getrandom, read-execute
 *
 * lseek(fd, 0, SEEK_END) is the length of both, a multiple of the page size. The image
 * reads the page in front of it, so the two are mapped side by side, each by a mmap()
 * of its own because only the image may be executed:
 *
 *	len = lseek(fd, 0, SEEK_END);
 *	p = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
 *	mmap(p, page, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
 *	mmap(p + page, len - page, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, page);
 *
 * mmap() of the device
 *	@offset 0:    exactly one page
 *	@offset page: from the first page of the image up to all of it
 *
 *	EINVAL	another offset or length, or MAP_PRIVATE (it would promise a copy that
 *		can be written to)
 *	EACCES	PROT_WRITE, or PROT_EXEC for the data page; a later mprotect() fails the same way
 *	EPERM	PROT_EXEC, and /dev is mounted noexec (from the kernel)
 *
 *	mremap() moves a mapping, but cannot enlarge it or map a page twice (EFAULT).
 *
 * ioctl(fd, VGETRANDOM_IOC_ALLOC, struct vgetrandom_device_alloc *)
 *	vgetrandom_alloc(): makes memory for opaque states in the calling process. It begins
 *	zero; state i is at address + i * size_per_each; munmap(address, bytes_allocated)
 *	frees it. The memory is
 *	- zero in the child of a fork, and not shared with it,
 *	- never in a core dump and never in swap,
 *	- droppable: zero at any time, page by page, when the kernel is short of memory,
 *	- not locked and not charged to RLIMIT_MEMLOCK, also after mlockall(),
 *	- never fatal to touch: if no page is available, the access waits for one
 *	  and can be interrupted by signals; a system call that gets such an address may
 *	  answer EFAULT instead. Only where the kernel's OOM killer would end a process for
 *	  an ordinary page, it may for this one.
 *	Where the kernel has MAP_DROPPABLE, it is such a mapping. Otherwise it is the module's own,
 *	which can only be unmapped as a whole (EINVAL for a part), moved but not
 *	enlarged or mapped twice by mremap() (EFAULT), of which no part can be protected
 *	or advised on its own (EINVAL), and which is never executable (EACCES). A page of it
 *	that the process has write-protected by userfaultfd (WP_ASYNC) cannot be touched any
 *	more once it was dropped (SIGBUS; EFAULT from a system call).
 *
 *	The structure may grow. Its size is encoded in the ioctl number, so a program
 *	that was compiled with another version of this header has another number:
 *	a larger structure is accepted if all bytes beyond the known members are zero.
 *	After an error nothing is mapped and the structure is unchanged, except that, if
 *	EFAULT is due to an unwritable structure, part of it may have been written. (Other
 *	threads must not replace mappings whose addresses they were not given: the call undoes
 *	its own by its address.)
 *
 *	EINVAL	the structure is shorter than VGETRANDOM_DEVICE_ALLOC_SIZE_VER0, or a member
 *		that must be zero is not
 *	E2BIG	the structure is longer than a page, or bytes beyond the known members
 *		are not zero
 *	EFAULT	the structure cannot be read or written
 *	EOVERFLOW the total size overflows
 *	ENOMEM	no memory, no address space, or too many mappings
 *	EAGAIN	mlockall(MCL_FUTURE), and the limit does not allow the kernel to lock as much,
 *		although it would not have to (from the kernel)
 *	EINTR	a fatal signal is pending (from the kernel)
 *	ENFILE	one file is behind each mapping of the module's own memory: the system has as many
 *		open files as it may (from the kernel), or the user an eighth of that
 *
 * Every other ioctl number: ENOTTY. read() and write(): EINVAL. A 32-bit process on a
 * 64-bit kernel: ENOTTY, because the image is 64-bit code.
 */
#ifndef VGETRANDOM_DEVICE_H
#define VGETRANDOM_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <vgetrandom/abi.h>

#define VGETRANDOM_DEVICE_PATH "/dev/vgetrandom"

/*
 * The argument of VGETRANDOM_IOC_ALLOC. The first four are struct vgetrandom_alloc_args.
 *
 * flags:           in:  0
 * num:             in:  number of states requested; 0 means 1
 *                  out: number of states allocated, never fewer
 * size_per_each:   in:  0
 *                  out: bytes from one state to the next
 * bytes_allocated: in:  0
 *                  out: bytes of the mapping, for munmap()
 * address:         in:  0
 *                  out: where the mapping is
 */
struct vgetrandom_device_alloc {
	__u64 flags;
	__u64 num;
	__u64 size_per_each;
	__u64 bytes_allocated;
	__u64 address;
};

/* The first version of the structure; a shorter one is refused. */
#define VGETRANDOM_DEVICE_ALLOC_SIZE_VER0 40

#define VGETRANDOM_IOC_TYPE               0xe7
#define VGETRANDOM_IOC_ALLOC              _IOWR(VGETRANDOM_IOC_TYPE, 0, struct vgetrandom_device_alloc)

#ifndef __cplusplus
_Static_assert(sizeof(struct vgetrandom_device_alloc) == VGETRANDOM_DEVICE_ALLOC_SIZE_VER0, "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_device_alloc, num) ==
		       __builtin_offsetof(struct vgetrandom_alloc_args, num),
	       "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_device_alloc, size_per_each) ==
		       __builtin_offsetof(struct vgetrandom_alloc_args, size_per_each),
	       "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_device_alloc, bytes_allocated) ==
		       __builtin_offsetof(struct vgetrandom_alloc_args, bytes_allocated),
	       "ABI");
_Static_assert(__builtin_offsetof(struct vgetrandom_device_alloc, address) == 32, "ABI");
#endif

#endif
