/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The port: all that the core takes from the system it lives in. Whoever integrates the core
 * into a libc implements these functions; kernel-side/port/ is an implementation on raw
 * system calls. INTEGRATING.md says where each of them is called from.
 *
 * Each is called from any thread and from signal handlers, so it must be async-signal-safe: no
 * lock, no malloc(), no cancellation point. None of them touches errno. They work before the first
 * call of the core, which may come before constructors run, and they never call the core.
 *
 * Those that return int return 0 or -errno. Constants are Linux's (<linux/mman.h>).
 */
#ifndef VGETRANDOM_PORT_H
#define VGETRANDOM_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Memory, as the system calls of these names. mmap returns the address, or -errno (-4095 to
 * -1). A refusal is an answer like others: the core asks for what old kernels do not
 * know, and takes EINVAL for no. A port must not make a success of it.
 */
long vgr_port_mmap(void *addr, size_t len, int prot, int flags, int fd, long offset);
int vgr_port_munmap(void *addr, size_t len);
int vgr_port_madvise(void *addr, size_t len, int advice);
int vgr_port_mprotect(void *addr, size_t len, int prot);

/*
 * mremap(2) of @len bytes from @from over what is mapped at @to (MREMAP_MAYMOVE and MREMAP_FIXED):
 * once, at start. A refusal costs speed only.
 */
int vgr_port_move(void *from, void *to, size_t len);
int vgr_port_mlock(const void *addr, size_t len);

/*
 * vgetrandom_alloc(), a system call that some kernels have; the core got its @number from the
 * kernel. Returns the address of the states, or -errno. A system that does not want it returns
 * -ENOSYS.
 */
struct vgetrandom_alloc_args;
long vgr_port_alloc(unsigned int number, struct vgetrandom_alloc_args *args, size_t args_len);

/* getrandom(2): bytes written, or -errno. */
long vgr_port_getrandom(void *buf, size_t len, unsigned int flags);

/*
 * clock_gettime(2). Where the kernel's vDSO has no function for that, the core asks it for
 * CLOCK_MONOTONIC_COARSE: in the provider inprocess, after every draw or, where that vDSO has
 * time(2), once a second.
 */
struct vgr_port_timespec {
	long s, ns; /* struct timespec, but of no libc */
};

int vgr_port_clock_gettime(int clock, struct vgr_port_timespec *now);

/*
 * A value of the auxiliary vector; 0 if it has none of that @type. The core asks for
 * AT_SYSINFO_EHDR (no vDSO: no provider native), AT_PAGESZ and, on some architectures, AT_HWCAP.
 */
unsigned long vgr_port_getauxval(unsigned long type);

/*
 * The device of vgetrandom.ko, at start and when the pool grows, never held open: open for reading,
 * not inherited, not blocking; close; the length as lseek() tells it; ioctl. Each as the system
 * call. A system that does not want the provider "module" returns -ENOENT from open.
 */
int vgr_port_open(const char *path);
void vgr_port_close(int fd);
long vgr_port_file_len(int fd);
int vgr_port_ioctl(int fd, unsigned int request, void *arg);

/*
 * Called before the first choice of a provider, whoever makes it; several threads may come at once.
 * Hands over what the user wants by vgetrandom_core_configure() (core.h), or does nothing.
 *
 * Returns 0, or -EAGAIN if it is too early to know: then nothing is chosen yet, and the draw is a
 * system call.
 */
int vgr_port_configure(void);

/*
 * Called before the calling thread takes a state: from now on
 * vgetrandom_core_thread_exit() must be called when it ends. A libc, which does that for every
 * thread, has nothing to do here.
 *
 * Returns 0, or -errno if it will not be called: then the thread gets no state.
 */
int vgr_port_thread_hook(void);

/*
 * A thread's record: VGETRANDOM_THREAD_LEN bytes, aligned to VGETRANDOM_THREAD_ALIGN and zero when
 * the thread starts, that belong to it as long as it may call the core. It lies at the same offset
 * from the thread pointer in every thread:
 *
 *	long vgr_port_thread_offset(void);
 *
 * That must be inline. A header named by the macro VGETRANDOM_PORT_THREAD (with its quotes) defines
 * it when the core is compiled, such as the offset of a member of the thread's control block.
 * Without that macro the record is a thread-local variable of the initial-exec model.
 */
#define VGETRANDOM_THREAD_LEN   64
#define VGETRANDOM_THREAD_ALIGN 8

/*
 * What the port on raw system calls needs where there is no libc: the auxiliary vector, which
 * the kernel puts behind the environment. Call it first.
 */
void vgr_port_set_auxv(const unsigned long *auxv);

#ifdef __cplusplus
}
#endif
#endif
