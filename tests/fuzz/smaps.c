// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The /proc/PID/smaps of a process that `vgetrandom inspect` looks at: it names its mappings. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "mappings.h"

static char folder[] = "/dev/shm/vgetrandom-fuzz-XXXXXX";
static int folder_fd = -1, fd;

static void remove_folder(void)
{
	unlinkat(folder_fd, "smaps", 0);
	rmdir(folder);
}

/* cli_mappings_read() opens a file of this name in a folder. */
static void make_folder(void)
{
	if (!mkdtemp(folder))
		abort();
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(folder_fd, "smaps", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (folder_fd < 0 || fd < 0)
		abort();
	atexit(remove_folder);
}

static void check(const struct cli_mapping *m)
{
	if (m->start >= m->end || !memchr(m->name, '\0', sizeof(m->name)) ||
	    !memchr(m->flags, '\0', sizeof(m->flags)) ||
	    !memchr(m->permissions, '\0', sizeof(m->permissions)))
		abort();
	(void)cli_mapping_has(m, "wf");
	if (!cli_mapping_kind_name(m->kind))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cli_mappings mappings;

	if (folder_fd < 0)
		make_folder();
	vgt_fuzz_file(fd, data, len);
	/* Once for any, once for what lies at an address. */
	for (uint64_t address = 0; address <= 0x7f0000001000; address += 0x7f0000001000) {
		(void)cli_mappings_read(folder_fd, address, &mappings);
		for (size_t i = 0; i < mappings.num; i++)
			check(&mappings.list[i]);
		cli_mappings_free(&mappings);
	}
	return 0;
}
