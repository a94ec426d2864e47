/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A short text, put together without the C library: snprintf(3) is not async-signal-safe.
 */
#ifndef VGR_TEXT_H
#define VGR_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct vgr_text {
	char chars[512];
	size_t len;
};

static inline void vgr_put(struct vgr_text *text, const char *string)
{
	while (*string && text->len < sizeof(text->chars))
		text->chars[text->len++] = *string++;
}

static inline void vgr_put_number(struct vgr_text *text, uint64_t number)
{
	char digits[24];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	vgr_put(text, &digits[i]);
}

#endif
