// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which code a boundary lies in. Our image has its symbols, so ChaCha20 can be told from the state
 * machine: what happens to the state happens between the instructions of the latter, and ChaCha20's
 * are many thousands.
 */
#define _GNU_SOURCE
#include "code.h"

#include <limits.h>
#include <link.h>
#include <string.h>

#define CHACHA20_PREFIX "vgr_chacha20_"
#define ENTRIES_MAX     8

static uintptr_t entries[ENTRIES_MAX];
static unsigned int num_entries;

static void add_entries(const char *image, const ElfW(Shdr) * symbols, const ElfW(Shdr) * strings)
{
	const ElfW(Sym) *symbol = (const void *)(image + symbols->sh_offset);

	for (size_t i = 0; i < symbols->sh_size / sizeof(*symbol); i++) {
		const char *name = image + strings->sh_offset + symbol[i].st_name;

		if (ELF64_ST_TYPE(symbol[i].st_info) == STT_FUNC && num_entries < ENTRIES_MAX &&
		    strncmp(name, CHACHA20_PREFIX, strlen(CHACHA20_PREFIX)) == 0)
			entries[num_entries++] = (uintptr_t)image + symbol[i].st_value;
	}
}

void check_find_chacha20(const void *image)
{
	const ElfW(Ehdr) *header = image;
	const ElfW(Shdr) *sections = (const void *)((const char *)image + header->e_shoff);

	num_entries = 0;
	for (unsigned int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			add_entries(image, &sections[i], &sections[sections[i].sh_link]);
}

bool check_enters_chacha20(uintptr_t ip)
{
	for (unsigned int i = 0; i < num_entries; i++)
		if (entries[i] == ip)
			return true;
	return false;
}

/* From the first instruction to the return, whatever ChaCha20 calls in between. */
void check_find_places(const struct check_visit *visits, long num, uint8_t *places)
{
	bool is_inside = false;
	uintptr_t entry_sp = 0;

	for (long i = 0; i < num; i++) {
		bool in_image = visits[i].ip - check_function.image < check_function.image_len;

		if (is_inside && visits[i].sp > entry_sp)
			is_inside = false;
		if (!is_inside && check_enters_chacha20(visits[i].ip)) {
			is_inside = true;
			entry_sp = visits[i].sp;
		}
		places[i] = is_inside                 ? CHECK_CHACHA20
			    : in_image && num_entries ? CHECK_STATE_MACHINE
						      : CHECK_ELSEWHERE;
	}
}

unsigned int check_find_spans(const struct check_visit *visits, long num, const uint8_t *places,
			      struct check_span *spans, unsigned int max)
{
	unsigned int num_spans = 0;

	for (long i = 0; i < num && num_spans < max; i++) {
		struct check_span *span = &spans[num_spans];

		if (places[i] != CHECK_CHACHA20)
			continue;
		*span = (struct check_span){ .entry = i, .has_key = LONG_MAX };
		for (; i < num && places[i] == CHECK_CHACHA20; i++)
			if (visits[i].loads && !visits[i].in_scratch)
				span->has_key = i + 1;
		span->end = i;
		num_spans++;
	}
	return num_spans;
}
