// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* vgr_elf_symbol(): finds what is in an image, and nothing else. */
#include <criterion/criterion.h>
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "elf-symbol.h"
#include "guard.h"
#include "image.h"

static const char version[] = "LINUX_2.6";

Test(elf_symbol, finds_the_functions_of_the_embedded_image)
{
	const char *image = vgr_inprocess_image();
	const char *function = vgr_elf_symbol(image, "__vdso_getrandom", version);

	cr_assert(function > image && function < image + 64 * 1024, "image %p, function %p", image,
		  function);
	cr_assert_eq(vgr_elf_symbol(image, "getrandom", version), function);
	cr_assert_eq((uintptr_t)image % VGT_PAGE_LEN, 0);
}

Test(elf_symbol, finds_working_functions_of_the_kernels_image)
{
	const void *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct vgr_port_timespec moment;
	vgr_gettime_fn *now;

	if (!vdso)
		cr_skip_test("the kernel has no vDSO here");
	now = (vgr_gettime_fn *)vgr_elf_symbol(vdso, "__vdso_clock_gettime", version);
	cr_assert(now, "no __vdso_clock_gettime");
	cr_assert_eq(now(CLOCK_REALTIME, &moment), 0);
	cr_assert(moment.s > 1700000000, "it says %ld", moment.s);
	cr_assert(vgr_elf_symbol(vdso, "__vdso_time", version));
}

Test(elf_symbol, other_names_and_versions_are_not_found)
{
	const void *image = vgr_inprocess_image();

	cr_assert_null(vgr_elf_symbol(image, "__vdso_getrandom", "LINUX_2.7"));
	cr_assert_null(vgr_elf_symbol(image, "__vdso_getrandom", "LINUX_2"));
	cr_assert_null(vgr_elf_symbol(image, "__vdso_getrandom", ""));
	cr_assert_null(vgr_elf_symbol(image, "__vdso_getrando", version));
	cr_assert_null(vgr_elf_symbol(image, "__vdso_getrandom2", version));
	cr_assert_null(vgr_elf_symbol(image, "", version));
	cr_assert_null(vgr_elf_symbol(image, "vgr_chacha20_sse2", version), "a hidden symbol");
}

Test(elf_symbol, no_image_has_no_symbols)
{
	cr_assert_null(vgr_elf_symbol(NULL, "__vdso_getrandom", version));
}

/* A copy can be looked at like the original; addresses are relative to where it is. */
static unsigned char *copy_of_image(void)
{
	unsigned char *copy = vgt_guarded_alloc(4);

	memcpy(copy, vgr_inprocess_image(), 4 * VGT_PAGE_LEN);
	return copy;
}

Test(elf_symbol, address_is_relative_to_the_mapping)
{
	const char *image = vgr_inprocess_image();
	const char *original = vgr_elf_symbol(image, "__vdso_getrandom", version);
	unsigned char *copy = copy_of_image();

	cr_assert_eq((unsigned char *)vgr_elf_symbol(copy, "__vdso_getrandom", version) - copy,
		     original - image);
}

Test(elf_symbol, what_is_no_shared_object_is_refused)
{
	unsigned char *copy = copy_of_image();
	Elf64_Ehdr *header = (Elf64_Ehdr *)copy;

	header->e_type = ET_EXEC;
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "an executable");
	header->e_type = ET_DYN;
	cr_assert(vgr_elf_symbol(copy, "__vdso_getrandom", version));
	for (unsigned int i = 0; i < SELFMAG; i++) {
		copy[i] ^= 1;
		cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "magic %u", i);
		copy[i] ^= 1;
	}
	memset(copy, 0, VGT_PAGE_LEN);
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "zeros");
}

static void hide_segments(unsigned char *copy, uint32_t type)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)copy;
	Elf64_Phdr *segments = (Elf64_Phdr *)(copy + header->e_phoff);

	for (unsigned int i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == type)
			segments[i].p_type = PT_NULL;
}

Test(elf_symbol, image_without_its_tables_is_refused)
{
	unsigned char *copy = copy_of_image();

	hide_segments(copy, PT_DYNAMIC);
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "no PT_DYNAMIC");
	copy = copy_of_image();
	hide_segments(copy, PT_LOAD);
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "no PT_LOAD");
}

static Elf64_Dyn *find_dynamic(unsigned char *copy, int64_t tag)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)copy;
	const Elf64_Phdr *segment = (const Elf64_Phdr *)(copy + header->e_phoff);
	Elf64_Dyn *dynamic;

	while (segment->p_type != PT_DYNAMIC)
		segment++;
	dynamic = (Elf64_Dyn *)(copy + segment->p_offset);
	while (dynamic->d_tag != tag && dynamic->d_tag != DT_NULL)
		dynamic++;
	cr_assert_eq(dynamic->d_tag, tag, "the image has no tag %lx", tag);
	return dynamic;
}

/* Images of newer kernels have one table, those of older ones the other. */
Test(elf_symbol, either_hash_table_is_enough)
{
	static const int64_t tags[] = { DT_HASH, DT_GNU_HASH };

	for (int i = 0; i < 2; i++) {
		unsigned char *copy = copy_of_image();
		const char *function = vgr_elf_symbol(copy, "__vdso_getrandom", version);
		const char *alias = vgr_elf_symbol(copy, "getrandom", version);

		find_dynamic(copy, tags[i])->d_tag = DT_DEBUG;
		cr_assert_eq(vgr_elf_symbol(copy, "__vdso_getrandom", version), function,
			     "without tag %lx", tags[i]);
		cr_assert_eq(vgr_elf_symbol(copy, "getrandom", version), alias, "without tag %lx",
			     tags[i]);
		cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrando", version));
	}
}

Test(elf_symbol, image_without_any_hash_table_is_refused)
{
	unsigned char *copy = copy_of_image();

	find_dynamic(copy, DT_HASH)->d_tag = DT_DEBUG;
	find_dynamic(copy, DT_GNU_HASH)->d_tag = DT_DEBUG;
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version));
}

/* The contract: an object of this architecture. */
Test(elf_symbol, other_architectures_are_refused)
{
	unsigned char *copy = copy_of_image();
	Elf64_Ehdr *header = (Elf64_Ehdr *)copy;

	header->e_machine = EM_NONE;
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "another machine");
	header->e_machine = EM_X86_64;
	header->e_ident[EI_CLASS] = ELFCLASS32;
	cr_assert_null(vgr_elf_symbol(copy, "__vdso_getrandom", version), "another class");
}
