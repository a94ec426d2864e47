/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Repeats a count during which keys were renewed. The kernel reseeds every minute and whenever a
 * test asks; each thread on native then makes three more system calls. In-process, a key that is
 * used for a minute is renewed.
 *
 *	struct vgt_quiet quiet = { 0 };
 *
 *	do {
 *		vgt_quiet_begin(&quiet);
 *		... a draw, which notices an earlier reseed; then what is counted ...
 *	} while (!vgt_quiet_end(&quiet));
 */
#ifndef VGT_QUIET_H
#define VGT_QUIET_H

#include <stdbool.h>
#include <stdint.h>

struct vgt_quiet {
	uint64_t generation;
	long since;
	unsigned int tries;
};

/* Both may make a system call. The first aborts and says so when a hundred tries were in vain. */
void vgt_quiet_begin(struct vgt_quiet *quiet);

/* Returns whether no key that was new at vgt_quiet_begin() had to be renewed since. */
bool vgt_quiet_end(const struct vgt_quiet *quiet);

/* Like vgt_run_child() (child.h), in another child for each try. */
bool vgt_quiet_run_child(void (*body)(void *arg), void *arg, char *why);

#endif
