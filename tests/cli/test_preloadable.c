// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What run looks at before it starts a command: files that are not what they say. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf-file.h"
#include "preloadable.h"
#include "random.h"

#define DAMAGES 2000

static unsigned char *bytes;
static size_t len;
static char path[] = "/tmp/vgetrandom-damaged-XXXXXX";
static int fd;

/* A copy of this test, which is dynamic and has versions, to be damaged. */
static void copy_program(void)
{
	struct cli_elf self;

	cr_assert(cli_elf_open(&self, "/proc/self/exe"));
	len = self.len;
	bytes = malloc(len);
	cr_assert_not_null(bytes);
	memcpy(bytes, self.bytes, len);
	cli_elf_close(&self);
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
}

static void remove_copy(void)
{
	close(fd);
	unlink(path);
	free(bytes);
}

TestSuite(preloadable, .init = copy_program, .fini = remove_copy);

static void write_copy(size_t size)
{
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(pwrite(fd, bytes, size, 0), (ssize_t)size);
}

/* As the program, as its shim, and as the C library that its dynamic linker has. */
static void look_in_every_role(void)
{
	struct cli_preloadable result;
	struct cli_elf elf;

	cli_look_if_preloadable(path, "/proc/self/exe", &result);
	cli_look_if_preloadable("/proc/self/exe", path, &result);
	if (!cli_elf_open(&elf, path))
		return;
	cli_elf_defines(&elf, "no such symbol");
	cli_elf_has_version(&elf, "no such version");
	cli_elf_close(&elf);
}

/* This one needs more than the C library: it is no shim. */
Test(preloadable, what_a_shim_needs_is_looked_up_in_the_C_library)
{
	struct cli_preloadable result;

	write_copy(len);
	cli_look_if_preloadable(path, "/bin/true", &result);
	cr_assert_str_eq(result.reason, "");
	cr_assert(!result.is_harmed);
	cli_look_if_preloadable("/bin/true", path, &result);
	cr_assert(strstr(result.reason, " has no "), "%s", result.reason);
	cr_assert(result.is_harmed);
}

Test(preloadable, truncated_files_are_harmless)
{
	for (size_t size = 0; size < len; size += size < 8192 ? 61 : len / 64) {
		write_copy(size);
		look_in_every_role();
	}
}

Test(preloadable, damaged_headers_are_harmless)
{
	const ElfW(Ehdr) *header = (const void *)bytes;
	size_t sections = header->e_shoff, sections_len = header->e_shnum * sizeof(ElfW(Shdr));
	struct vgt_random random;

	vgt_random_init(&random);
	/* A crash has no message of its own. */
	fprintf(stderr, "seed %llu\n", (unsigned long long)random.seed);
	for (int i = 0; i < DAMAGES; i++) {
		/* The ELF and program headers, or the section headers, which point everywhere. */
		size_t at = i % 2 ? vgt_random_below(&random, 1024)
				  : sections + vgt_random_below(&random, sections_len);
		unsigned char was = bytes[at];

		bytes[at] = (unsigned char)vgt_random_next(&random);
		cr_assert_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
		look_in_every_role();
		bytes[at] = was;
	}
}
