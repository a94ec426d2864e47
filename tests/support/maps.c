// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Reads /proc/self. The texts lie in static memory, so these are for one thread. */
#include "maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char smaps[16 * VGT_MAPS_SIZE];

/* The kernel gives a page at a time, whatever is asked for. */
static size_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t ret;

	if (fd < 0)
		abort();
	do {
		ret = read(fd, buf + len, size - 1 - len);
		if (ret > 0)
			len += (size_t)ret;
	} while (ret > 0 || (ret < 0 && errno == EINTR));
	close(fd);
	if (len == size - 1)
		abort();
	buf[len] = '\0';
	return len;
}

void vgt_maps_read(struct vgt_maps *maps)
{
	maps->len = read_file("/proc/self/maps", maps->text, sizeof(maps->text));
}

bool vgt_maps_are_equal(const struct vgt_maps *a, const struct vgt_maps *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static bool is_header(const char *line, struct vgt_vma *vma)
{
	unsigned long start, end;
	char r;

	if (sscanf(line, "%lx-%lx %c", &start, &end, &r) != 3)
		return false;
	vma->start = start;
	vma->end = end;
	return true;
}

bool vgt_vma_of(const void *address, struct vgt_vma *vma)
{
	struct vgt_vma current = { 0 };
	char *line, *rest = smaps;

	read_file("/proc/self/smaps", smaps, sizeof(smaps));
	while ((line = strsep(&rest, "\n"))) {
		if (is_header(line, &current) || strncmp(line, "VmFlags:", 8) != 0)
			continue;
		if ((uintptr_t)address < current.start || (uintptr_t)address >= current.end)
			continue;
		*vma = current;
		snprintf(vma->flags, sizeof(vma->flags), "%s ", line + 8);
		return true;
	}
	return false;
}

bool vgt_vma_has(const struct vgt_vma *vma, const char *flag)
{
	char word[8];

	snprintf(word, sizeof(word), " %s ", flag);
	return strstr(vma->flags, word);
}

long vgt_status_kb(const char *field)
{
	char text[8192];
	const char *found;

	read_file("/proc/self/status", text, sizeof(text));
	found = strstr(text, field);
	return found ? strtol(found + strlen(field), NULL, 10) : -1;
}
