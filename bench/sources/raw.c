// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The raw vDSO functions, the kernel's and ours: one state for this thread, and nothing
 * around the call. What a libc adds to them is not measured here.
 */
#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "arch.h"
#include "bench.h"
#include "elf-symbol.h"
#include "inprocess.h"
#include "state.h"
#include "vgetrandom.h"

struct raw {
	vgr_getrandom_fn *getrandom;
	size_t state_len;
};

static struct raw kernel_vdso, image;
static struct vgetrandom_opaque_params kernel_params;

/* A state belongs to one thread. */
static __thread void *kernel_vdso_state, *image_state;

static vgr_getrandom_fn *find_in_kernel_vdso(void)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);

	return (vgr_getrandom_fn *)vgr_elf_symbol(vdso, VGR_KERNEL_GETRANDOM,
						  VGR_KERNEL_GETRANDOM_VERSION);
}

static void *kernel_state(void)
{
	void *p;

	if (kernel_vdso_state)
		return kernel_vdso_state;
	p = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), (int)kernel_params.mmap_prot,
		 (int)kernel_params.mmap_flags, -1, 0);
	if (p != MAP_FAILED)
		kernel_vdso_state = p;
	return kernel_vdso_state;
}

static void *our_state(void)
{
	struct vgetrandom_alloc_args args = { .num = 1 };

	if (!image_state)
		image_state = vgetrandom_alloc(&args, sizeof(args));
	return image_state;
}

const char *bench_kernel_vdso_init(void)
{
	kernel_vdso.getrandom = find_in_kernel_vdso();
	if (!kernel_vdso.getrandom)
		return "the kernel's vDSO has no getrandom function (Linux 6.11 and newer have)";
	if (kernel_vdso.getrandom(NULL, 0, 0, &kernel_params, ~0UL) != 0)
		return "the kernel's vDSO function does not tell its parameters";
	kernel_vdso.state_len = kernel_params.size_of_opaque_state;
	if (kernel_vdso.state_len > (size_t)sysconf(_SC_PAGESIZE))
		return "a state of the kernel's vDSO function is longer than a page";
	if (!kernel_state())
		return "the kernel refuses the mapping that its vDSO function asks for";
	return NULL;
}

const char *bench_image_enter(uint32_t chacha)
{
	static char reason[128];
	int err;

	err = vgr_inprocess_start(chacha);
	if (!err)
		return NULL;
	snprintf(reason, sizeof(reason), "the image cannot be told which ChaCha20 to use: %s",
		 strerror(-err));
	return reason;
}

void bench_image_ran(char *text)
{
	snprintf(text, BENCH_RAN_LEN, "image %s",
		 bench_chacha_name(vgr_inprocess_rng_data()->chacha));
}

const char *bench_image_init(void)
{
	static char reason[128];
	struct vgetrandom_opaque_params params = { 0 };
	const char *missing = bench_image_enter(vgr_cpu_chacha_level());

	if (missing)
		return missing;
	image.getrandom = (vgr_getrandom_fn *)vgr_elf_symbol(vgr_inprocess_image(),
							     "__vdso_getrandom", "LINUX_2.6");
	if (!image.getrandom)
		return "the embedded image has no function __vdso_getrandom";
	if (image.getrandom(NULL, 0, 0, &params, ~0UL) != 0)
		return "the embedded image does not tell its parameters";
	image.state_len = params.size_of_opaque_state;
	if (our_state())
		return NULL;
	snprintf(reason, sizeof(reason), "there is no memory for its state: %s", strerror(errno));
	return reason;
}

/* By value, so that the compiler need not load the pointers anew for every call. */
static inline long long raw_loop(struct raw raw, void *state, unsigned char *buf, size_t len,
				 long calls)
{
	/* Nothing delivered: the caller sees that by the sum. */
	if (!state)
		return 0;
	BENCH_LOOP(raw.getrandom(buf, len, 0, state, raw.state_len));
}

long long bench_kernel_vdso_loop(unsigned char *buf, size_t len, long calls)
{
	return raw_loop(kernel_vdso, kernel_state(), buf, len, calls);
}

long long bench_image_loop(unsigned char *buf, size_t len, long calls)
{
	return raw_loop(image, our_state(), buf, len, calls);
}

/* The worst ordinary call: the batch is exhausted, a refill comes first. */
long long bench_image_refill_loop(unsigned char *buf, size_t len, long calls)
{
	struct vgr_state *state = our_state();

	if (!state)
		return 0;
	BENCH_LOOP((state->position = 0, image.getrandom(buf, len, 0, state, image.state_len)));
}

/* The call after a fork or a page drop, but for the page fault. */
long long bench_image_reseed_loop(unsigned char *buf, size_t len, long calls)
{
	struct vgr_state *state = our_state();

	if (!state)
		return 0;
	BENCH_LOOP((state->generation = 0, image.getrandom(buf, len, 0, state, image.state_len)));
}
