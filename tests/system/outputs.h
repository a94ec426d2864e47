/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What was drawn, to see that nothing was drawn twice.
 *
 * A set of 8-byte words, not of whole outputs: a repeat need not begin where an output begins.
 * Random words do not meet: two of ten million are equal once in 300,000 runs.
 */
#ifndef VGS_OUTPUTS_H
#define VGS_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outputs {
	uint64_t *words;
	size_t num, size;
	char why[96]; /* the first thing that was wrong; empty: nothing */
};

/* @num_words: at most so many will come. */
void outputs_init(struct outputs *o, size_t num_words);
void outputs_free(struct outputs *o);

/*
 * Adds the whole 8-byte words of an output. Returns false, and says why in @o, if it has eight
 * zero bytes in a row or a word that was there before. Not for two at a time, neither threads
 * nor a signal handler.
 */
bool outputs_add(struct outputs *o, const void *buf, size_t len);

/* Adds all of @from. */
bool outputs_merge(struct outputs *o, const struct outputs *from);

/* Whether eight bytes in a row, at any alignment, are zero. */
bool has_zero_window(const void *buf, size_t len);

/* Whether an aligned 8-byte word of one is among those of the other. */
bool share_a_word(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
