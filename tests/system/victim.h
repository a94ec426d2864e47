/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What boundary tests do things to: the library with a provider, or the image's function on a
 * state of its own.
 */
#ifndef VGS_VICTIM_H
#define VGS_VICTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct victim {
	const char *name;

	/* Prepares it; false: not on this kernel. */
	bool (*start)(void);
	ssize_t (*draw)(void *buf, size_t len);

	/* What a page drop does. Async-signal-safe. */
	void (*wipe)(void);
};

extern const struct victim library_inprocess, library_native, raw_inprocess;

/* The state of raw_inprocess, once it was started. */
const void *raw_state(void);

/* One call, and what came of it; make_one_call() takes it as its argument. */
struct one_call {
	const struct victim *victim;
	size_t len;
	ssize_t ret;
	unsigned char buf[8192];
};
void make_one_call(void *one_call);

#endif
