/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The mappings of a process that hold states of a generator, from /proc/PID/smaps.
 */
#ifndef VGR_CLI_MAPPINGS_H
#define VGR_CLI_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By what a mapping was taken for one with states. */
enum cli_mapping_kind {
	CLI_MAPPING_DROPPABLE,    /* VmFlags dp */
	CLI_MAPPING_MODULE,       /* of /dev/vgetrandom */
	CLI_MAPPING_NAMED,        /* the name has getrandom in it */
	CLI_MAPPING_WIPE_ON_FORK, /* VmFlags wf dd; taken only if there is none of the above */
	CLI_MAPPING_ASKED_FOR,
	CLI_MAPPING_OTHER,
};

struct cli_mapping {
	uint64_t start, end;
	enum cli_mapping_kind kind;
	char permissions[8];
	char name[96];
	char flags[128]; /* words of two letters, with spaces between them */
};

struct cli_mappings {
	struct cli_mapping *list;
	size_t num;
	bool has_flags; /* the kernel tells VmFlags */
};

/*
 * Reads them from the folder @proc_fd of a process in /proc. If @address is not 0, the one that it
 * lies in instead, whatever that is.
 *
 * Returns 0, or errno: EACCES, ENOMEM, ESRCH if the process has no mapping at all, such as one that
 * has ended. An empty list is no error.
 * To be freed with cli_mappings_free() in any case.
 */
int cli_mappings_read(int proc_fd, uint64_t address, struct cli_mappings *mappings);
void cli_mappings_free(struct cli_mappings *mappings);

/* Whether VmFlags has @flag, two letters. */
bool cli_mapping_has(const struct cli_mapping *mapping, const char *flag);

const char *cli_mapping_kind_name(enum cli_mapping_kind kind);

#endif
