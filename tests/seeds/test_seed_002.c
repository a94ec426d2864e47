// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Seed 002: a flag that old kernels ignore is worse than none. So a feature is believed because it
 * is refused where it is not there, and every reserved bit of our own interface is refused. The
 * constants of each architecture and what `vgetrandom probe` says: tests/cli/check_probe.py.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "elf-symbol.h"
#include "guard.h"
#include "inprocess.h"
#include "maps.h"
#include "vgetrandom.h"

#define GRND_KNOWN 0x7u

static struct vgt_maps before, after;

/* Refused with @error; no mapping is left behind, and the argument is as it was. */
static void expect_alloc_refused(struct vgetrandom_alloc_args args, size_t args_len, int error,
				 const char *what, int bit)
{
	struct vgetrandom_alloc_args copy = args;

	vgt_maps_read(&before);
	errno = 0;
	cr_assert_null(vgetrandom_alloc(&args, args_len), "%s, bit %d: accepted", what, bit);
	cr_assert_eq(errno, error, "%s, bit %d: %s", what, bit, strerror(errno));
	vgt_maps_read(&after);
	cr_assert(vgt_maps_are_equal(&before, &after), "%s, bit %d: a mapping stays", what, bit);
	cr_assert_eq(memcmp(&args, &copy, sizeof(args)), 0, "%s, bit %d: written to", what, bit);
}

Test(seed_002, every_reserved_bit_of_alloc_is_refused)
{
	for (int bit = 0; bit < 64; bit++) {
		uint64_t value = (uint64_t)1 << bit;
		struct vgetrandom_alloc_args flags = { .flags = value },
					     size = { .size_per_each = value },
					     bytes = { .bytes_allocated = value };

		expect_alloc_refused(flags, sizeof(flags), EINVAL, "flags", bit);
		expect_alloc_refused(size, sizeof(size), EINVAL, "size_per_each", bit);
		expect_alloc_refused(bytes, sizeof(bytes), EINVAL, "bytes_allocated", bit);
	}
}

Test(seed_002, a_longer_argument_is_refused_for_each_bit_that_is_not_known)
{
	struct {
		struct vgetrandom_alloc_args args;
		uint64_t tail[2];
	} longer = { 0 };

	for (int bit = 0; bit < 128; bit++) {
		memset(longer.tail, 0, sizeof(longer.tail));
		longer.tail[bit / 64] = (uint64_t)1 << bit % 64;
		errno = 0;
		cr_assert_null(vgetrandom_alloc(&longer.args, sizeof(longer)), "bit %d", bit);
		cr_assert_eq(errno, E2BIG, "bit %d: %s", bit, strerror(errno));
	}
	for (size_t len = 0; len < sizeof(longer.args); len++)
		expect_alloc_refused(longer.args, len, EINVAL, "args_len", (int)len);
}

Test(seed_002, every_unknown_flag_of_getrandom_is_refused_as_by_the_system_call)
{
	unsigned char buf[16];

	for (int bit = 0; bit < 32; bit++) {
		unsigned int flag = 1u << bit;
		long by_kernel;

		if (flag & GRND_KNOWN)
			continue;
		by_kernel = syscall(SYS_getrandom, buf, sizeof(buf), flag);
		memset(buf, 0, sizeof(buf));
		errno = 0;
		cr_assert_eq(vgetrandom(buf, sizeof(buf), flag), by_kernel, "flag %#x", flag);
		if (by_kernel < 0)
			cr_assert_eq(errno, EINVAL, "flag %#x: %s", flag, strerror(errno));
		cr_assert(by_kernel > 0 || vgt_all_are(buf, sizeof(buf), 0),
			  "flag %#x: bytes after an error", flag);
	}
}

/* ~0 as a length asks for the parameters, in this form only; what is reserved there is zero. */
static void expect_strict_parameters(vgr_getrandom_fn *getrandom, bool is_ours)
{
	struct vgetrandom_opaque_params params;
	unsigned char buf[16];

	memset(&params, 0xff, sizeof(params));
	cr_assert_eq(getrandom(NULL, 0, 0, &params, ~0UL), 0);
	cr_assert(vgt_all_are(params.reserved, sizeof(params.reserved), 0), "reserved is not zero");
	cr_assert_eq(params.mmap_flags & 0x0f, 0x08, "mmap_flags %#x", params.mmap_flags);
	for (unsigned int form = 1; form < 8; form++) {
		long ret;

		memset(&params, 0xff, sizeof(params));
		ret = getrandom(form & 1 ? buf : NULL, form & 2 ? sizeof(buf) : 0,
				form & 4 ? 0x1 : 0, &params, ~0UL);
		if (form == 2 || form == 6)
			cr_assert_lt(ret, 0, "form %u: %ld", form, ret);
		if (is_ours)
			cr_assert(vgt_all_are(&params, sizeof(params), 0xff), "form %u", form);
	}
}

Test(seed_002, parameters_are_told_to_the_exact_question_only)
{
	const void *native = vgr_elf_symbol((const void *)getauxval(AT_SYSINFO_EHDR),
					    "__vdso_getrandom", "LINUX_2.6");
	const void *ours;

	cr_assert_eq(vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS), 0);
	ours = vgr_elf_symbol(vgr_inprocess_image(), "__vdso_getrandom", "LINUX_2.6");
	expect_strict_parameters((vgr_getrandom_fn *)ours, true);
	if (native)
		expect_strict_parameters((vgr_getrandom_fn *)native, false);
}
