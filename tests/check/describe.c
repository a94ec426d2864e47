// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An address as a developer wants it: image, offset, instruction. The instruction comes from
 * objdump; without it there is only the offset.
 */
#define _GNU_SOURCE
#include "report.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define INSTRUCTION_LEN_MAX 16

/* With the section headers, which lie behind the segment: objdump wants them. */
static size_t file_len(void)
{
	const ElfW(Ehdr) *header = (const void *)check_function.image;
	size_t len = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;

	return len > check_function.image_len ? len : check_function.image_len;
}

/* An image that is only in memory, as a file. */
static const char *image_path(void)
{
	static char path[64];
	int fd;

	if (check_function.path[0])
		return check_function.path;
	if (path[0])
		return path;
	fd = memfd_create("image", 0);
	if (fd < 0 ||
	    write(fd, (const void *)check_function.image, file_len()) != (ssize_t)file_len())
		return NULL;
	/* Not .../self/...: objdump is another process. */
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	return path;
}

/* objdump says "address <symbol+offset>:", and in the next line "  address:\tinstruction". */
static bool disassemble(const char *path, uintptr_t offset, char *text, size_t text_size)
{
	char command[512], line[256], symbol[128] = "";
	FILE *pipe;
	bool found = false;

	if (strchr(path, '\''))
		return false;
	snprintf(command, sizeof(command),
		 "objdump -d --no-show-raw-insn --start-address=%#lx --stop-address=%#lx '%s' "
		 "2>/dev/null",
		 (unsigned long)offset, (unsigned long)offset + INSTRUCTION_LEN_MAX, path);
	pipe = popen(command, "re");
	while (pipe && fgets(line, sizeof(line), pipe)) {
		char *instruction = strchr(line, '\t'), *name = strchr(line, '<');

		line[strcspn(line, "\n")] = '\0';
		if (!symbol[0] && !instruction && name)
			snprintf(symbol, sizeof(symbol), "%.*s", (int)strcspn(name, ":"), name);
		if (!instruction || found)
			continue;
		for (char *p = instruction; *p; p++)
			*p = *p == '\t' ? ' ' : *p;
		snprintf(text, text_size, "%s %s", symbol, instruction + 1);
		found = true;
	}
	if (pipe)
		pclose(pipe);
	return found;
}

/* @name+@offset, and @path's instruction there; without objdump, @symbol if there is one. */
static void describe(const char *name, const char *path, uintptr_t offset, const char *symbol,
		     char *text, size_t text_size)
{
	char instruction[192];

	if (path && disassemble(path, offset, instruction, sizeof(instruction)))
		snprintf(text, text_size, "%s+%#lx: %s", name, (unsigned long)offset, instruction);
	else
		snprintf(text, text_size, "%s+%#lx%s", name, (unsigned long)offset, symbol);
}

/* Of the dynamic symbols. */
static void name_symbol(uintptr_t ip, const Dl_info *info, char *symbol, size_t size)
{
	symbol[0] = '\0';
	if (info->dli_sname)
		snprintf(symbol, size, ": <%s+%#lx>", info->dli_sname,
			 (unsigned long)(ip - (uintptr_t)info->dli_saddr));
}

void check_describe(uintptr_t ip, char *text, size_t text_size)
{
	uintptr_t offset = ip - check_function.image;
	bool in_image = check_function.image && offset < check_function.image_len;
	char symbol[160] = "";
	const char *name;
	Dl_info info;
	bool is_loaded = dladdr((const void *)ip, &info) && info.dli_fname;

	if (is_loaded)
		name_symbol(ip, &info, symbol, sizeof(symbol));
	if (in_image) {
		describe(check_function.image_name, image_path(), offset, symbol, text, text_size);
	} else if (is_loaded) {
		name = strrchr(info.dli_fname, '/');
		describe(name ? name + 1 : info.dli_fname, info.dli_fname,
			 ip - (uintptr_t)info.dli_fbase, symbol, text, text_size);
	} else {
		snprintf(text, text_size, "%#lx", (unsigned long)ip);
	}
}
