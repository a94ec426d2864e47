// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libvgetrandom-preload.so: the C library's functions for random bytes, by libvgetrandom, for
 * programs that know nothing of it (LD_PRELOAD, or `vgetrandom run`).
 *
 * Return values, errno and limits are the C library's. Two things differ, as in glibc 2.41: a
 * bad address that is not NULL is a SIGSEGV instead of EFAULT, and no function is a cancellation
 * point. Most programs never draw, so at load as little is done as can be: no page is mapped or
 * touched for it, and the processor is not asked what it can do, which in a virtual machine takes
 * longer than all the rest. A program that locks itself in must not be killed for what was put off:
 * that is done before its filter is installed (sandbox.c).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>
#include <vgetrandom/vgetrandom.h>

#include "early.h"
#include "libc.h"
#include "provider.h"
#include "report.h"
#include "runtime.h"
#include "sandbox.h"
#include "uniform.h"

/* Threads at a time that never make a system call but getrandom(2), not even a first one. */
#define PREPARED_THREADS 64

/* Nothing can ever be mapped there. */
#define FIRST_PAGE_LEN 4096

typedef void arc4random_buf_fn(void *buf, size_t len);

/* Of the C library. NULL: it has none, or this is too early. */
static arc4random_buf_fn *next_arc4random_buf;

/*
 * `vgetrandom run` puts the runtime of AddressSanitizer in front of the shim for the command that
 * needs it; the programs which that starts may not.
 */
static void keep_runtime_from_children(void)
{
	const char *runtime = secure_getenv(VGR_RUNTIME_VARIABLE), *list = getenv("LD_PRELOAD");
	size_t len = runtime ? strlen(runtime) : 0;

	if (!len)
		return;
	if (list && strncmp(list, runtime, len) == 0 && list[len] == ':')
		setenv("LD_PRELOAD", list + len + 1, 1);
	unsetenv(VGR_RUNTIME_VARIABLE);
}

/*
 * The settings as they are now, whatever the program makes of its environment. The device must be
 * found now, too, because the program may leave for another root; where there is none, that is one
 * system call. All else waits for the first draw.
 */
void vgr_libc_choose(void)
{
	if (vgr_libc_configure() && vgr_provider_may_be(VGETRANDOM_PROVIDER_MODULE))
		(void)vgr_providers[VGETRANDOM_PROVIDER_MODULE]->start();
}

void vgr_prepare(void)
{
	static bool is_done;
	struct vgetrandom_stats before, after;
	int saved_errno = errno;

	if (__atomic_exchange_n(&is_done, true, __ATOMIC_RELAXED))
		return;
	vgetrandom_stats(&before, sizeof(before));
	/* Without it everything works, too, as long as nothing forbids it. */
	(void)!vgetrandom_prepare(PREPARED_THREADS);
	vgetrandom_stats(&after, sizeof(after));
	vgr_report_except(after.calls - before.calls, after.bytes - before.bytes);
	errno = saved_errno;
}

static __attribute__((constructor)) void start(void)
{
	int saved_errno = errno;

	vgr_has_started = true;
	next_arc4random_buf = (arc4random_buf_fn *)(uintptr_t)dlsym(RTLD_NEXT, "arc4random_buf");
	vgr_report_begin();
	keep_runtime_from_children();
	errno = saved_errno;
}

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	if (!vgr_is_started())
		return vgr_result(vgr_draw_early(buf, len, flags));
	if ((uintptr_t)buf < FIRST_PAGE_LEN && len > 0)
		return vgr_result(vgr_port_getrandom(buf, len, flags));
	return vgetrandom(buf, len, flags);
}

/* Returns 0 or -errno. */
static int fill_early(unsigned char *buf, size_t len)
{
	while (len) {
		long ret = vgr_draw_early(buf, len, 0);

		if (ret < 0 && ret != -EINTR)
			return (int)ret;
		if (ret > 0) {
			buf += ret;
			len -= (size_t)ret;
		}
	}
	return 0;
}

int getentropy(void *buf, size_t len)
{
	if (!vgr_is_started())
		return (int)vgr_result(len > 256 ? -EIO : fill_early(buf, len));
	if ((uintptr_t)buf < FIRST_PAGE_LEN && len > 0 && len <= 256) {
		errno = EFAULT;
		return -1;
	}
	return vgetrandom_getentropy(buf, len);
}

/*
 * Not by calling arc4random_buf(): the name may resolve to another preloaded library, and before
 * the shim is relocated it resolves to nothing.
 */
static void fill(void *buf, size_t len)
{
	arc4random_buf_fn *next = next_arc4random_buf;

	if (!vgr_is_started()) {
		/* No errno, no stderr and no abort() yet. */
		if (fill_early(buf, len) != 0)
			__builtin_trap();
		return;
	}
	/* Where getrandom(2) is forbidden, the C library knows other sources, and how to give up.
	 */
	if (vgetrandom_core_fill(buf, len) != 0)
		(next ? next : vgetrandom_arc4random_buf)(buf, len);
}

void arc4random_buf(void *buf, size_t len)
{
	fill(buf, len);
}

/* The function of that name, but not by that name. */
static uint32_t number(void)
{
	uint32_t bits;

	fill(&bits, sizeof(bits));
	return bits;
}

uint32_t arc4random(void)
{
	return number();
}

uint32_t arc4random_uniform(uint32_t upper_bound)
{
	return vgr_uniform(upper_bound, number);
}
