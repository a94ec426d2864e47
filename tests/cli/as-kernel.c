// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * as-kernel KIND COMMAND...: runs a program on what it takes for another kernel. Exit status 77
 * where there are no seccomp filters.
 *
 * old:      6.10 and older: MAP_DROPPABLE is an unknown mapping type
 * ancient:  4.13 and older: MADV_WIPEONFORK, too, is unknown
 * emulator: accepts any advice and any mapping type that Linux does not have
 * unready:  the generator of random numbers is not initialised
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"

#define TYPE_MASK       0x0f
#define DROPPABLE       0x08
#define IMPOSSIBLE_TYPE 0x0b
#define WIPEONFORK      18
#define NONBLOCK        1

#define RULES_MAX       3

/* clang-format off */
#define NO_DROPPABLE { SYS_mmap, 3, TYPE_MASK, DROPPABLE, VGT_ANSWER(EINVAL) }
/* clang-format on */

static const struct {
	const char *name;
	struct vgt_rule rules[RULES_MAX];
	size_t num;
} kernels[] = {
	{ "old", { NO_DROPPABLE }, 1 },
	{ "ancient",
	  { NO_DROPPABLE, { SYS_madvise, 2, UINT32_MAX, WIPEONFORK, VGT_ANSWER(EINVAL) } },
	  2 },
	{ "emulator",
	  { { SYS_mmap, 3, TYPE_MASK, IMPOSSIBLE_TYPE, VGT_ANSWER(0) },
	    { SYS_madvise, -1, 0, 0, VGT_ANSWER(0) } },
	  2 },
	{ "unready", { { SYS_getrandom, 2, NONBLOCK, NONBLOCK, VGT_ANSWER(EAGAIN) } }, 1 },
};

int main(int argc, char **argv)
{
	if (!vgt_seccomp_works()) {
		printf("skipped: no seccomp filters here: other kernels cannot be imitated\n");
		return 77;
	}
	for (size_t i = 0; argc > 2 && i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if (strcmp(argv[1], kernels[i].name) != 0)
			continue;
		vgt_seccomp_install(kernels[i].rules, kernels[i].num);
		execvp(argv[2], argv + 2);
	}
	fprintf(stderr, "usage: as-kernel old|ancient|emulator|unready COMMAND...\n");
	return 2;
}
