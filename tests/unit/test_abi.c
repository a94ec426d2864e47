// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * __vdso_getrandom() of the embedded image, as a libc calls it: parameters, errors, limits, and
 * what it writes to. What it leaves to the system call: test_abi_syscall.c.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "elf-symbol.h"
#include "guard.h"
#include "state-fixture.h"
#include "oracle.h"

TestSuite(abi, .init = state_setup);

static bool is_fresh(const struct vgr_state *st)
{
	return vgt_all_are(st, sizeof(*st), 0);
}

static const unsigned char zero_params[64];

Test(abi, query_tells_the_parameters)
{
	struct vgetrandom_opaque_params params;

	memset(&params, MARK, sizeof(params));
	cr_assert_eq(fn(NULL, 0, 0, &params, ~0UL), 0);
	cr_assert_eq(params.size_of_opaque_state, 1024, "size %u", params.size_of_opaque_state);
	cr_assert_eq(params.mmap_prot, 3, "mmap_prot %#x", params.mmap_prot);
	cr_assert_eq(params.mmap_flags, 0x28, "mmap_flags %#x", params.mmap_flags);
	cr_assert(memcmp(params.reserved, zero_params, sizeof(params.reserved)) == 0,
		  "the reserved words are not all zero");
}

Test(abi, query_writes_exactly_the_parameters)
{
	unsigned char *page = vgt_guarded_alloc(1);
	unsigned char *params = page + VGT_PAGE_LEN - 64;

	memset(page, MARK, VGT_PAGE_LEN);
	cr_assert_eq(fn(NULL, 0, 0, params, ~0UL), 0);
	cr_assert(vgt_all_are(page, VGT_PAGE_LEN - 64, MARK), "it wrote below the structure");
	cr_assert_eq(params[63], 0);
}

Test(abi, only_the_exact_query_is_answered)
{
	/* Aligned like a state, because as a query it would be one that is too long. */
	unsigned char *params = (unsigned char *)states;

	for (unsigned int mix = 0; mix < 8; mix++) {
		void *buffer = mix & 1 ? buf : NULL;
		size_t len = mix & 2 ? 16 : 0;
		unsigned int flags = mix & 4 ? 1 : 0;
		long wanted = syscall(SYS_getrandom, buffer, len, flags);
		ssize_t ret;

		wanted = wanted < 0 ? -errno : wanted;
		memset(params, MARK, 64);
		ret = fn(buffer, len, flags, params, ~0UL);
		cr_assert_eq(ret, wanted, "buffer %p, len %zu, flags %u: expected %ld, got %zd",
			     buffer, len, flags, wanted, ret);
		cr_assert_eq(vgt_all_are(params, 64, MARK), mix != 0,
			     "buffer %p, len %zu, flags %u was taken for the query", buffer, len,
			     flags);
	}
	for (size_t off = 1; off < 3; off++) {
		memset(params, MARK, 64);
		cr_assert_eq(fn(NULL, 0, 0, params, ~0UL - off), 0);
		cr_assert(vgt_all_are(params, 64, MARK), "opaque_len ~0UL - %zu is no query", off);
	}
}

Test(abi, state_that_straddles_a_page_is_efault)
{
	unsigned char *pages = vgt_guarded_alloc(2);

	for (size_t offset = 0; offset <= VGT_PAGE_LEN; offset++) {
		bool fits = offset <= VGT_PAGE_LEN - STATE_LEN || offset == VGT_PAGE_LEN;
		void *st = pages + offset;
		ssize_t wanted = fits ? 16 : -EFAULT, ret;

		memset(pages, 0, 2 * VGT_PAGE_LEN);
		ret = fn(buf, 16, 0, st, STATE_LEN);
		cr_assert_eq(ret, wanted, "offset %zu: expected %zd, got %zd", offset, wanted, ret);
		if (fits)
			continue;
		cr_assert(vgt_all_are(pages, 2 * VGT_PAGE_LEN, 0), "offset %zu: written to",
			  offset);
		/* Linux looks at this before anything else. */
		cr_assert_eq(fn(buf, 16, 0x80, st, STATE_LEN), -EFAULT, "unknown flags");
		cr_assert_eq(fn(buf, 16, 0, st, 7), -EFAULT, "wrong opaque_len");
		cr_assert_eq(fn(buf, 5000, 0, st, STATE_LEN), -EFAULT, "long read");
		cr_assert_eq(fn(NULL, 0, 0, st, STATE_LEN), -EFAULT, "len 0");
	}
}

Test(abi, state_needs_no_alignment)
{
	unsigned char *page = vgt_guarded_alloc(1);

	for (size_t offset = 1; offset <= VGT_PAGE_LEN - STATE_LEN; offset += 61) {
		struct vgr_state *st = (struct vgr_state *)(page + offset);
		uint8_t a[600] = { 0 }, b[600] = { 0 };

		memset(page, MARK, VGT_PAGE_LEN);
		memset((void *)st, 0, STATE_LEN);
		for (size_t len = 1; len <= 600; len = len * 3 + 1) {
			cr_assert_eq(fn(a, len, 0, st, STATE_LEN), (ssize_t)len);
			cr_assert_eq(fn(b, len, 0, st, STATE_LEN), (ssize_t)len);
			cr_assert(len < 8 || memcmp(a, b, len) != 0, "%zu bytes repeat", len);
		}
		cr_assert(vgt_all_are(page, offset, MARK) &&
				  vgt_all_are((unsigned char *)st + STATE_LEN,
					      VGT_PAGE_LEN - offset - STATE_LEN, MARK),
			  "offset %zu: wrote beside the state", offset);
	}
}

Test(abi, readiness_may_come_at_any_time)
{
	vgt_image_set_ready(0);
	cr_assert_eq(fn(buf, 300, 0, states, STATE_LEN), 300);
	cr_assert(is_fresh(states), "a state was used before the RNG was ready");
	vgt_image_set_ready(1);
	cr_assert_eq(fn(buf, 300, 0, states, STATE_LEN), 300);
	cr_assert_neq(states->generation, 0, "the state is still not used");
}

Test(abi, no_bytes_need_no_state)
{
	for (unsigned int flags = 0; flags < 6; flags++)
		cr_assert_eq(fn(NULL, 0, flags, states, STATE_LEN), 0, "flags %u", flags);
	cr_assert(is_fresh(states), "a read of no bytes used the state");
	cr_assert_eq(fn(NULL, 0, 6, states, STATE_LEN), -EINVAL);
}

Test(abi, every_flag_and_length_gives_what_the_system_call_gives)
{
	static const size_t lens[] = { 0, 1, 16, 300, 5000 };

	for (unsigned int flags = 0; flags < 256; flags++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
			long wanted = syscall(SYS_getrandom, buf, lens[i], flags);
			ssize_t ret = fn(buf, lens[i], flags, states, STATE_LEN);

			wanted = wanted < 0 ? -errno : wanted;
			cr_assert_eq(ret, wanted, "flags %#x, len %zu: expected %ld, got %zd",
				     flags, lens[i], wanted, ret);
		}
	}
}

Test(abi, getrandom_is_the_same_function)
{
	cr_assert_eq(vgr_elf_symbol(vgr_inprocess_image(), "getrandom", "LINUX_2.6"),
		     (const void *)fn);
}

/* Exactly len bytes, at the very end of what may be written. */
static void expect_exact_length(uint32_t level, unsigned char *end, size_t len)
{
	unsigned char *to = end - len;
	size_t checked = len < 16 ? len : 16;

	memset(end - len - 64, MARK, len + 64);
	cr_assert_eq(fn(to, len, 0, states, STATE_LEN), (ssize_t)len);
	cr_assert(vgt_all_are(to - 64, 64, MARK), "%s: %zu bytes: wrote before the buffer",
		  vgt_level_name(level), len);
	if (len < 8)
		return;
	cr_assert(!vgt_all_are(to, checked, MARK) && !vgt_all_are(end - checked, checked, MARK),
		  "%s: %zu bytes: not all were written", vgt_level_name(level), len);
}

Test(abi, buffer_may_end_where_memory_ends)
{
	unsigned char *pages = vgt_guarded_alloc(2);

	for (uint32_t level = 0; level <= vgr_cpu_chacha_max(); level++) {
		vgt_image_start(level);
		for (size_t len = 1; len <= 2100; len++) {
			expect_exact_length(level, pages + 2 * VGT_PAGE_LEN, len);
			/* Not at the end, but at every alignment: what follows stays. */
			expect_exact_length(level, pages + 4000 + len % 64, len);
			cr_assert(vgt_all_are(states + 1, STATE_LEN, 0), "wrote after the state");
		}
	}
}

Test(abi, buffer_is_not_written_to_after_its_end)
{
	for (size_t len = 1; len <= 2100; len++) {
		memset(buf, MARK, sizeof(buf));
		cr_assert_eq(fn(buf + len % 64, len, 0, states, STATE_LEN), (ssize_t)len);
		cr_assert(vgt_all_are(buf + len % 64 + len, 256, MARK), "%zu bytes", len);
		cr_assert(vgt_all_are(buf, len % 64, MARK), "%zu bytes", len);
	}
}
