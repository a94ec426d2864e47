// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The raw vDSO functions, ours and the kernel's, on a state of their own: what a caller has who
 * adds no guard.
 */
#define _GNU_SOURCE
#include "target.h"

#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "code.h"
#include "elf-symbol.h"
#include "inprocess.h"
#include "reseed.h"
#include "state.h"
#include "vgetrandom.h"

static const char *make_state(int prot, int flags, size_t state_len)
{
	size_t page_len = (size_t)sysconf(_SC_PAGESIZE);
	void *p;

	if (state_len > page_len)
		return "a state is longer than a page";
	p = mmap(NULL, page_len, prot, flags, -1, 0);
	if (p == MAP_FAILED)
		return "the kernel refuses the mapping that the function asks for";
	check_function.state = p;
	check_function.state_len = state_len;
	return NULL;
}

void check_name_image(const char *name, const void *image)
{
	const ElfW(Ehdr) *header = image;
	const ElfW(Phdr) *segments = (const void *)((const char *)image + header->e_phoff);

	check_function.image_name = name;
	check_function.image = (uintptr_t)image;
	check_function.image_len = 0;
	/* A shared library has several segments: all of them are its code and data. */
	for (unsigned int i = 0; i < header->e_phnum; i++) {
		uintptr_t end = segments[i].p_vaddr + segments[i].p_memsz;

		if (segments[i].p_type == PT_LOAD && end > check_function.image_len)
			check_function.image_len = end;
	}
}

static const char *use_function(const void *function)
{
	struct vgetrandom_opaque_params params = { 0 };

	if (((vgr_getrandom_fn *)function)(NULL, 0, 0, &params, ~0UL) != 0)
		return "the function does not tell its parameters";
	check_function.function = function;
	check_function.convention = CHECK_VDSO;
	return make_state((int)params.mmap_prot, (int)params.mmap_flags,
			  params.size_of_opaque_state);
}

const char *check_kernel_vdso_init(const char *argument)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	const void *function = vgr_elf_symbol(vdso, "__vdso_getrandom", "LINUX_2.6");

	(void)argument;
	if (!function)
		return "the kernel's vDSO has no getrandom function (Linux 6.11 and newer have)";
	check_name_image("vdso", vdso);
	return use_function(function);
}

const char *check_vdso_enter(uint32_t level)
{
	static char reason[128];
	int err;

	err = vgr_inprocess_start(level);
	if (!err)
		return NULL;
	snprintf(reason, sizeof(reason), "the in-process kernel side does not start: %s",
		 strerror(-err));
	return reason;
}

const char *check_vdso_init(const char *argument)
{
	const char *missing = check_vdso_enter(vgr_cpu_chacha_level());
	struct vgetrandom_alloc_args args = { .num = 1 };
	const void *image = vgr_inprocess_image();

	(void)argument;
	if (missing)
		return missing;
	missing = use_function(vgr_elf_symbol(image, "__vdso_getrandom", "LINUX_2.6"));
	check_name_image("vgetrandom-vdso.so", image);
	check_find_chacha20(image);
	if (!missing || !strstr(missing, "refuses"))
		return missing;
	/* A kernel without droppable memory: the memory that the library would use. */
	check_function.state = vgetrandom_alloc(&args, sizeof(args));
	check_function.state_len = args.size_per_each;
	return check_function.state ? NULL : "there is no memory for a state";
}

/*
 * Stores of the interrupted ChaCha20 lie in a state that a nested call may still use. Not in the
 * tail, its scratch place: nobody takes bytes from there.
 */
bool check_vdso_explains(const void *left, const void *found)
{
	const struct vgr_state *before = left, *now = found;
	size_t begin = offsetof(struct vgr_state, key);

	return now->generation != 0 && memcmp((const char *)before + begin,
					      (const char *)now + begin, sizeof(*now) - begin) != 0;
}

void *check_raw_state(void)
{
	return check_function.state;
}

bool check_vdso_reseed(void)
{
	return vgt_next_generation(vgr_inprocess_rng_data());
}
