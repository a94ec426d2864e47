/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Memory between two pages that may not be touched, and marks around a buffer.
 */
#ifndef VGT_GUARD_H
#define VGT_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define VGT_PAGE_LEN 4096

/*
 * Returns @num_pages zeroed pages with a PROT_NONE page before and after them; an access
 * beyond either end is a SIGSEGV. Free with vgt_guarded_free().
 */
unsigned char *vgt_guarded_alloc(size_t num_pages);
void vgt_guarded_free(unsigned char *p, size_t num_pages);

/* Whether all @len bytes at @p are @value. */
bool vgt_all_are(const void *p, size_t len, unsigned char value);

/*
 * Whether a 6-byte window of @needle occurs anywhere in @hay, at any alignment. If so,
 * *@at is the offset in @hay. Windows of which more than half are the same byte are not
 * looked for: the edge of what was erased, or a small number, is no secret.
 */
bool vgt_find_window(const void *hay, size_t hay_len, const void *needle, size_t needle_len,
		     size_t *at);

#endif
