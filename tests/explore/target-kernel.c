// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Linux's own function, of this machine's vDSO or of a file. What its data page is like, how long a
 * state is and where its ChaCha20 is are found by watching it.
 */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "chacha.h"
#include "config.h"
#include "memory.h"
#include "prelude.h"
#include "target.h"

#define GENERATION 0x1001

/* Of Linux 6.11 to 6.18: what it hands out of a refill. */
#define BATCH_LEN 96

enum { EMPTY, FRESH, OLD, LEFT };

static const char *const names[] = { [EMPTY] = "empty", [FRESH] = "fresh", [OLD] = "old" };

static struct {
	bool is_watched;
	uint64_t first, last; /* loads from the data pages */
} loads;

static const char *load(struct explore_image *image, const char *path)
{
	uint8_t *vdso = (uint8_t *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)vdso;

	if (path)
		return explore_image_load(image, path);
	if (!vdso)
		return "is not there";
	return explore_image_parse(image, EXPLORE_IMAGE, vdso,
				   header->e_shoff + (size_t)header->e_shnum * header->e_shentsize);
}

static bool is_look(uint64_t address, uint64_t pc)
{
	(void)pc;
	if (!loads.is_watched || address - EXPLORE_STATE_PAGE < EXPLORE_PAGE)
		return true;
	loads.last = address;
	if (!loads.first)
		loads.first = address;
	return true;
}

static size_t ask_state_len(void)
{
	uint64_t buffer = explore_buffer_address(0, 64);
	uint64_t args[] = { 0, 0, 0, buffer, UINT64_MAX };
	uint32_t len;

	if (explore_prelude_call(explore_machine.image->entry, args, 5) != 0)
		explore_die("the kernel's function does not tell its parameters");
	memcpy(&len, explore_machine_at(buffer, sizeof(len)), sizeof(len));
	return len;
}

static void call_once(void)
{
	const struct explore_machine *m = &explore_machine;
	uint64_t args[] = { explore_buffer_address(0, 64), 4, 0, m->state_address, m->state_len };

	memset(&loads, 0, sizeof(loads));
	loads.is_watched = true;
	explore_prelude_call(m->image->entry, args, 5);
	loads.is_watched = false;
}

/* The first load is that of whether the RNG is ready; if it is, the generation comes. */
static void find_data(uint8_t *data, uint64_t address)
{
	call_once();
	if (!loads.first)
		explore_die("the kernel's function looks at no data page");
	data[loads.first - address] = 1;
	call_once();
	if (loads.last == loads.first)
		explore_die("the kernel's function looks at no generation");
	explore_machine.generation = data + (loads.last - address);
}

static void open_kernel(uint32_t level)
{
	const struct explore_image *image = explore_machine.image;
	uint64_t address;
	uint8_t *data;

	(void)level;
	explore_words_init(0);
	memset(&explore_now, 0, sizeof(explore_now));
	data = explore_machine_add_state(ask_state_len(), &address);
	explore_chacha_add_linux(image);
	find_data(data, address);
}

static unsigned int starts_for(uint32_t size, struct explore_start *starts)
{
	unsigned int num = 0;

	for (; num < LEFT; num++) {
		starts[num].number = num;
		snprintf(starts[num].name, sizeof(starts[num].name), "%s", names[num]);
	}
	/* Not enough for the call, and nothing. */
	for (uint32_t left = size > 4 && size < BATCH_LEN ? size - 4 : 0;; left = 0) {
		starts[num].number = LEFT + left;
		snprintf(starts[num++].name, sizeof(starts[0].name), "left-%u", left);
		if (!left)
			return num;
	}
}

static bool find_start(const char *name, struct explore_start *start)
{
	uint32_t left = explore_prelude_left(name);

	snprintf(start->name, sizeof(start->name), "%s", name);
	for (uint32_t i = 0; i < LEFT; i++) {
		start->number = i;
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	start->number = LEFT + left;
	return left < BATCH_LEN;
}

static void make_start(const struct explore_start *start, uint32_t level)
{
	uint32_t left = start->number >= LEFT ? start->number - LEFT : BATCH_LEN - 4;

	(void)level;
	memset(&explore_now, 0, sizeof(explore_now));
	explore_memory_wipe(EXPLORE_DROPPABLE);
	explore_set_generation(GENERATION);
	if (start->number == EMPTY)
		return;
	for (uint32_t unread = BATCH_LEN; unread > left; unread -= 4)
		explore_prelude_draw(4);
	if (start->number != OLD)
		return;
	explore_set_generation(GENERATION + 1);
	explore_now.seed_needed = explore_now.num_seeds;
}

const struct explore_target explore_target_kernel = {
	.name = "kernel",
	.summary = "Linux's function, of FILE or of this machine's vDSO",
	.load = load,
	.open = open_kernel,
	.enter = explore_enter_vdso,
	.starts = starts_for,
	.find_start = find_start,
	.make_start = make_start,
	.reseed = explore_reseed_generation,
	.is_look = is_look,
};
