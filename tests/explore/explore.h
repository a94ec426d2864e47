/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What all of vgetrandom-explore shares: where things lie in the emulated process, exit statuses,
 * errors. One thread.
 *
 * All addresses and lengths are below EXPLORE_PLAIN_END, and no fresh random word is: so whether
 * a word of memory is secret can be seen from the word (words.h).
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLORE_PLAIN_END 0x200000u

/* The data page lies in front of the image; how far is the image's affair. */
#define EXPLORE_IMAGE      0x110000u
#define EXPLORE_IMAGE_MAX  0x20000u
#define EXPLORE_STATE_PAGE 0x140000u
#define EXPLORE_PAGE       0x1000u

/* Buffer n ends where page 2n + 1 ends, and the page behind it is not there: no call writes on. */
#define EXPLORE_BUFFERS   0x150000u
#define EXPLORE_STACK     0x180000u
#define EXPLORE_STACK_LEN 0x4000u

/* What the library maps, and what is a thread's own. */
#define EXPLORE_HEAP       0x1a0000u
#define EXPLORE_HEAP_PAGES 16
#define EXPLORE_THREAD     0x1c0000u
#define EXPLORE_THREAD_LEN 512u

/* Where calls return to: nothing is there, the emulator stops. */
#define EXPLORE_RETURN 0x1f0000u

/* Calls that interrupt each other, at most. */
#define EXPLORE_DEPTH_MAX 5
#define EXPLORE_LEN_MAX   1024

enum explore_exit {
	EXPLORE_EXIT_SAFE = 0,
	EXPLORE_EXIT_UNSAFE = 1,
	EXPLORE_EXIT_USAGE = 2,
};

/* One line on stderr. */
void explore_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, then exit status 1: the explorer itself cannot go on, so nothing was shown. */
void explore_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
