// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reads smaps. What a process calls its mappings is its own affair, so nothing here believes a
 * line to be well-formed.
 */
#define _GNU_SOURCE
#include "mappings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE_PATH "/dev/vgetrandom"

bool cli_mapping_has(const struct cli_mapping *mapping, const char *flag)
{
	for (const char *word = mapping->flags; *word; word += word[2] ? 3 : 2)
		if (!word[1] || memcmp(word, flag, 2) == 0)
			return word[1];
	return false;
}

const char *cli_mapping_kind_name(enum cli_mapping_kind kind)
{
	static const char *const names[] = {
		[CLI_MAPPING_DROPPABLE] = "droppable", [CLI_MAPPING_MODULE] = "module",
		[CLI_MAPPING_NAMED] = "named",         [CLI_MAPPING_WIPE_ON_FORK] = "wipe-on-fork",
		[CLI_MAPPING_ASKED_FOR] = "asked-for", [CLI_MAPPING_OTHER] = "other",
	};

	return names[kind];
}

/* The first line of a mapping: addresses, permissions, offset, device, inode, name. */
static bool parse_header(const char *line, struct cli_mapping *mapping)
{
	struct cli_mapping m = { .kind = CLI_MAPPING_OTHER };
	int name_at = 0;

	if (!isxdigit((unsigned char)line[0]) ||
	    sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %n", &m.start, &m.end,
		   m.permissions, &name_at) != 3 ||
	    m.end <= m.start)
		return false;
	if (name_at > 0)
		snprintf(m.name, sizeof(m.name), "%s", line + name_at);
	m.name[strcspn(m.name, "\n")] = '\0';
	*mapping = m;
	return true;
}

static void take_flags(struct cli_mapping *m, const char *text)
{
	size_t len = 0;

	for (; *text && len + 4 < sizeof(m->flags); text++) {
		if (isalnum((unsigned char)text[0]) && isalnum((unsigned char)text[1])) {
			if (len)
				m->flags[len++] = ' ';
			m->flags[len++] = *text++;
			m->flags[len++] = *text;
		}
	}
	m->flags[len] = '\0';
}

static bool is_private_anonymous(const struct cli_mapping *m)
{
	return m->permissions[3] == 'p' && m->permissions[1] == 'w' && !m->name[0];
}

static enum cli_mapping_kind classify(const struct cli_mapping *m)
{
	if (cli_mapping_has(m, "dp"))
		return CLI_MAPPING_DROPPABLE;
	if (strcmp(m->name, MODULE_PATH) == 0 && m->permissions[1] == 'w')
		return CLI_MAPPING_MODULE;
	if (strncmp(m->name, "[anon:", 6) == 0 && strstr(m->name, "getrandom"))
		return CLI_MAPPING_NAMED;
	if (cli_mapping_has(m, "wf") && cli_mapping_has(m, "dd") && is_private_anonymous(m))
		return CLI_MAPPING_WIPE_ON_FORK;
	return CLI_MAPPING_OTHER;
}

static int append(struct cli_mappings *mappings, const struct cli_mapping *mapping)
{
	/* Powers of two, so that appending is cheap. */
	if ((mappings->num & (mappings->num - 1)) == 0) {
		size_t size = mappings->num ? 2 * mappings->num : 1;
		void *list = reallocarray(mappings->list, size, sizeof(*mapping));

		if (!list)
			return ENOMEM;
		mappings->list = list;
	}
	mappings->list[mappings->num++] = *mapping;
	return 0;
}

static int end_mapping(struct cli_mappings *mappings, struct cli_mapping *m, uint64_t address)
{
	if (m->end == 0)
		return 0;
	m->kind = classify(m);
	if (address)
		m->kind = address >= m->start && address < m->end ? CLI_MAPPING_ASKED_FOR
								  : CLI_MAPPING_OTHER;
	return m->kind == CLI_MAPPING_OTHER ? 0 : append(mappings, m);
}

static int parse(FILE *file, uint64_t address, struct cli_mappings *mappings)
{
	struct cli_mapping m = { 0 };
	size_t line_size = 0;
	char *line = NULL;
	/* No mapping at all: a zombie, or a thread of the kernel. */
	int err = 0, err_if_empty = ESRCH;

	errno = 0;
	while (!err && getline(&line, &line_size, file) >= 0) {
		struct cli_mapping next;

		if (parse_header(line, &next)) {
			err = end_mapping(mappings, &m, address);
			m = next;
			err_if_empty = 0;
		} else if (strncmp(line, "VmFlags:", 8) == 0) {
			take_flags(&m, line + 8);
			mappings->has_flags = true;
		}
	}
	/* ESRCH: the process ended while we read. */
	if (!err && ferror(file))
		err = errno ? errno : EIO;
	if (!err)
		err = end_mapping(mappings, &m, address);
	free(line);
	return err ? err : err_if_empty;
}

/* Wiped on fork and not dumped may be anything. It is looked at only if nothing better is there. */
static void drop_guesses(struct cli_mappings *mappings)
{
	size_t num = 0;

	for (size_t i = 0; i < mappings->num; i++)
		if (mappings->list[i].kind != CLI_MAPPING_WIPE_ON_FORK)
			mappings->list[num++] = mappings->list[i];
	if (num)
		mappings->num = num;
}

int cli_mappings_read(int proc_fd, uint64_t address, struct cli_mappings *mappings)
{
	int fd = openat(proc_fd, "smaps", O_RDONLY | O_CLOEXEC);
	FILE *file;
	int err;

	*mappings = (struct cli_mappings){ 0 };
	if (fd < 0)
		return errno == ENOENT ? ESRCH : errno;
	file = fdopen(fd, "r");
	if (!file) {
		err = errno;
		close(fd);
		return err;
	}
	err = parse(file, address, mappings);
	fclose(file);
	drop_guesses(mappings);
	return err;
}

void cli_mappings_free(struct cli_mappings *mappings)
{
	free(mappings->list);
	*mappings = (struct cli_mappings){ 0 };
}
