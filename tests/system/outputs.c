// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Open addressing; the words are their own hash, since they ought to be random. */
#define _GNU_SOURCE
#include "outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Not malloc(): some tests fork where its locks may be held. */
void outputs_init(struct outputs *o, size_t num_words)
{
	*o = (struct outputs){ .size = 64 };
	while (o->size < 2 * num_words)
		o->size *= 2;
	o->words = mmap(NULL, o->size * sizeof(*o->words), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (o->words == MAP_FAILED)
		abort();
}

void outputs_free(struct outputs *o)
{
	munmap(o->words, o->size * sizeof(*o->words));
}

static bool add_word(struct outputs *o, uint64_t word)
{
	size_t i = word & (o->size - 1);

	while (o->words[i] && o->words[i] != word)
		i = (i + 1) & (o->size - 1);
	if (o->words[i]) {
		if (!o->why[0])
			snprintf(o->why, sizeof(o->why), "the word %016lx came twice in %zu words",
				 (unsigned long)word, o->num);
		return false;
	}
	o->words[i] = word;
	if (++o->num > o->size - o->size / 4)
		abort();
	return true;
}

bool outputs_add(struct outputs *o, const void *buf, size_t len)
{
	const unsigned char *p = buf;

	if (has_zero_window(buf, len)) {
		if (!o->why[0])
			snprintf(o->why, sizeof(o->why), "eight zero bytes in an output of %zu",
				 len);
		return false;
	}
	for (size_t i = 0; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, p + i, sizeof(word));
		if (!add_word(o, word))
			return false;
	}
	return true;
}

bool outputs_merge(struct outputs *o, const struct outputs *from)
{
	for (size_t i = 0; i < from->size; i++)
		if (from->words[i] && !add_word(o, from->words[i]))
			return false;
	return true;
}

bool has_zero_window(const void *buf, size_t len)
{
	const unsigned char *p = buf;
	size_t run = 0;

	for (size_t i = 0; i < len; i++) {
		run = p[i] ? 0 : run + 1;
		if (run == 8)
			return true;
	}
	return false;
}

bool share_a_word(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const unsigned char *pa = a, *pb = b;

	for (size_t i = 0; i + 8 <= a_len; i += 8)
		for (size_t j = 0; j + 8 <= b_len; j += 8)
			if (memcmp(pa + i, pb + j, 8) == 0)
				return true;
	return false;
}
