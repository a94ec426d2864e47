/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Eight bytes of random output never come twice. A set of all 8-byte windows of outputs, at every
 * offset, with the owner of each.
 */
#ifndef VGR_CHECK_WINDOWS_H
#define VGR_CHECK_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECK_WINDOW_LEN 8

struct check_windows;

/*
 * An empty set for at most @max windows at a time. Aborts if there is no memory. It is shared with
 * children: private pages would be copied at each of the many forks of this program.
 */
struct check_windows *check_windows_new(size_t max);

/* Empties the set for @max windows, no more than it was made for: few need but few pages. */
void check_windows_clear(struct check_windows *set, size_t max);

/*
 * Adds the windows of @buf for @owner. Returns the owner of the first window that another
 * owner has added before, or -1.
 */
int check_windows_add(struct check_windows *set, const void *buf, size_t len, int owner);

/* The same without adding. */
int check_windows_find(const struct check_windows *set, const void *buf, size_t len);

/* Whether a window is all zero; shorter buffers: whether all of it is. */
bool check_has_zeros(const void *buf, size_t len);

/* Whether a window is keystream of ChaCha20 with a key of zeros, or with what follows from it. */
bool check_has_zero_keystream(const void *buf, size_t len);

#endif
