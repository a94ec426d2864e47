// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A program on the disk that `vgetrandom run` is to start: everything that is asked of it. */
#define _GNU_SOURCE
#include "elf-file.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"

/* Strings that are said to end are read to their end. */
static size_t read_string(const char *string)
{
	return string ? strlen(string) : 0;
}

static size_t read_all(const struct cli_elf *elf)
{
	size_t sum = read_string(cli_elf_interpreter(elf));
	const char *string;

	for (unsigned int n = 0; (string = cli_elf_dynamic_string(elf, DT_NEEDED, n)); n++)
		sum += read_string(string);
	sum += read_string(cli_elf_dynamic_string(elf, DT_RUNPATH, 0));
	for (unsigned int n = 0; cli_elf_symbol(elf, n, &string); n++)
		sum += read_string(string);
	for (unsigned int n = 0; n < 64 && (string = cli_elf_needed_version(elf, n)); n++)
		sum += read_string(string);
	return sum + cli_elf_defines(elf, "getrandom") + cli_elf_has_version(elf, "GLIBC_2.36");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int fd = -1;
	struct cli_elf elf;
	char path[32];

	if (fd < 0)
		fd = memfd_create("elf-file", MFD_CLOEXEC);
	vgt_fuzz_file(fd, data, len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (cli_elf_open(&elf, path)) {
		(void)read_all(&elf);
		cli_elf_close(&elf);
	}
	return 0;
}
