/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is explored: one descriptor each.
 */
#ifndef EXPLORE_TARGET_H
#define EXPLORE_TARGET_H

#include "image.h"
#include "machine.h"
#include "starts.h"

struct explore_target {
	const char *name;
	const char *summary; /* for --help */

	/* A file, or the vDSO of this machine without one. Returns NULL or what is wrong. */
	const char *(*load)(struct explore_image *image, const char *path);

	/* Builds the process, and finds the versions of ChaCha20; @level is the one for our image.
	 */
	void (*open)(uint32_t level);

	/* The registers of a call for @size bytes at @buffer. */
	void (*enter)(uint64_t *regs, uint64_t buffer, uint32_t size);

	/* All starts for calls for @size bytes; the one named @name, false if there is none. */
	unsigned int (*starts)(uint32_t size, struct explore_start *starts);
	bool (*find_start)(const char *name, struct explore_start *start);

	/* Makes explore_now and the memory what they are before the call. */
	void (*make_start)(const struct explore_start *start, uint32_t level);

	/* After that no key from before may be used. */
	void (*reseed)(void);

	/*
	 * State @n of our layout, of *@generation if it is valid; NULL: there are no more. What it
	 * keeps is judged. None: only what calls return is.
	 */
	const uint8_t *(*state)(unsigned int n, uint64_t *generation);

	/* Whether a load at @address is a look at the state or at the data page. NULL: each is. */
	bool (*is_look)(uint64_t address, uint64_t pc);

	/* A handler that makes many calls is another thing than one that makes one. */
	bool has_bursts;
};

extern const struct explore_target explore_target_image;
extern const struct explore_target explore_target_kernel;
extern const struct explore_target explore_target_inprocess;
extern const struct explore_target explore_target_native;

/* The one that is explored. */
extern const struct explore_target *explore_target;

/* Shared: the registers for __vdso_getrandom(), and a reseed that is a change of the generation. */
void explore_enter_vdso(uint64_t *regs, uint64_t buffer, uint32_t size);
void explore_reseed_generation(void);

/* NULL: none has this name; number @n: there are not so many. */
const struct explore_target *explore_target_find(const char *name);
const struct explore_target *explore_target_get(unsigned int n);

#endif
