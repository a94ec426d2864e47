// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The library: the core over the port on system calls, and the image inside it, in a process of one
 * thread. Provider inprocess looks at clocks; native has a model of Linux's function for a judge.
 */
#include <linux/auxvec.h>
#include <stdio.h>
#include <string.h>
#include <vgetrandom/types.h>

#include "../../kernel-side/include/vgetrandom/abi.h"
#include "../../userspace/src/pool.h"
#include "../../vdso/state.h"
#include "chacha.h"
#include "config.h"
#include "memory.h"
#include "prelude.h"
#include "target.h"

#define GENERATION 0x1001
#define CLOCK      1000

/* VGR_RESEED_INTERVAL_S of draw.h. */
#define TOO_OLD_S 60

/* One fewer than the calls in a row after which a slot is given up. */
#define BUSY_CALLS      7

#define STATES_PER_PAGE (EXPLORE_PAGE / sizeof(struct vgr_state))

enum { FIRST, EMPTY, FRESH, OLD, STUCK, LEFT };

static const char *const names[] = {
	[FIRST] = "first", [EMPTY] = "empty", [FRESH] = "fresh", [OLD] = "old", [STUCK] = "stuck",
};

static struct {
	uint64_t getrandom, configure, set_auxv;
	uint64_t auxv[6];
	uint64_t auxv_at;
	struct explore_image image, model; /* inside of it */
	const struct vgetrandom_rng_data *image_data;
} library;

static bool is_native(void)
{
	return explore_target == &explore_target_native;
}

static uint64_t need(const char *name)
{
	uint64_t address = explore_image_symbol(explore_machine.image, name, NULL);

	if (!address)
		explore_die("the library has no '%s': it is not what tests/explore builds", name);
	return address;
}

static const char *load(struct explore_image *image, const char *path)
{
	const char *wrong = explore_image_load(image, path);

	return wrong || !image->entry ? wrong : "is an image and not a library";
}

static void open_inner(struct explore_image *inner, const char *name)
{
	uint64_t len = 0, address = need(name);
	const char *wrong;

	explore_image_symbol(explore_machine.image, name, &len);
	wrong = explore_image_parse(inner, address, explore_machine_text(address), len);
	if (wrong)
		explore_die("%s inside the library %s", name, wrong);
}

static void open_model(void)
{
	struct vgetrandom_rng_data *data;

	open_inner(&library.model, "explore_model");
	data = (struct vgetrandom_rng_data *)explore_machine_text(library.model.rng_data);
	data->is_ready = 1;
	explore_machine.generation = (uint8_t *)&data->generation;
	explore_machine_watch_rng(library.model.rng_data, sizeof(*data));
	/* What is called in there is ChaCha20, but by inprocess time(2). */
	if (is_native())
		explore_chacha_add_linux(&library.model);
}

static void open_library(uint32_t level)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint64_t auxv[] = { AT_PAGESZ, EXPLORE_PAGE, 0, 0, 0, 0 };

	explore_machine_add_library();
	library.getrandom = need("vgetrandom_core_getrandom");
	library.configure = need("vgetrandom_core_configure");
	library.set_auxv = need("vgr_port_set_auxv");
	open_inner(&library.image, "vgr_image");
	library.image_data =
		(const struct vgetrandom_rng_data *)explore_machine_text(library.image.rng_data);
	for (unsigned int i = 0; arch->chacha[i].symbol; i++)
		if (arch->chacha[i].level == level)
			explore_chacha_add(
				explore_image_symbol(&library.image, arch->chacha[i].symbol, NULL));
	/* The clock that nobody can set is no part of the model's vDSO, and so a system call. */
	open_model();
	auxv[2] = AT_SYSINFO_EHDR;
	auxv[3] = library.model.base;
	/* Behind what is a thread's own. */
	library.auxv_at = EXPLORE_THREAD + EXPLORE_THREAD_LEN;
	memcpy(explore_machine.thread + EXPLORE_THREAD_LEN, auxv, sizeof(auxv));
}

static void enter(uint64_t *regs, uint64_t buffer, uint32_t size)
{
	const struct explore_arch *arch = explore_machine.arch;

	regs[arch->args[0]] = buffer;
	regs[arch->args[1]] = size;
	regs[arch->pc] = library.getrandom;
}

/* What is enough for the call, less, and nothing. */
static unsigned int starts_for(uint32_t size, struct explore_start *starts)
{
	uint32_t enough = size <= VGR_SMALL_LEN_MAX ? VGR_SMALL_LEN_MAX : (size + 7) & ~7u;
	uint32_t left[] = { enough, enough - 8, 0 };
	unsigned int num = 0;

	for (; num < LEFT; num++) {
		starts[num].number = num;
		snprintf(starts[num].name, sizeof(starts[num].name), "%s", names[num]);
	}
	for (unsigned int i = 0; i < 3; i++, num++) {
		starts[num].number = LEFT + left[i];
		snprintf(starts[num].name, sizeof(starts[num].name), "left-%u", left[i]);
	}
	return num;
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
	return left < VGR_BATCH_LEN && left % 8 == 0;
}

/* As the kernel starts it. */
static void start_process(uint32_t level)
{
	const struct explore_machine *m = &explore_machine;
	uint64_t auxv[] = { library.auxv_at };
	uint64_t provider[] = { is_native() ? VGETRANDOM_PROVIDER_NATIVE
					    : VGETRANDOM_PROVIDER_INPROCESS,
				level };

	memset(&explore_now, 0, sizeof(explore_now));
	memset(m->thread, 0, EXPLORE_THREAD_LEN);
	if (m->arch->thread_points_to_itself)
		memcpy(m->thread + (m->thread_pointer - EXPLORE_THREAD), &m->thread_pointer,
		       sizeof(m->thread_pointer));
	memcpy(m->data, m->image->bytes + (m->image->data - EXPLORE_IMAGE), m->image->data_len);
	explore_now.clock = CLOCK;
	explore_set_generation(GENERATION);
	explore_prelude_call(library.set_auxv, auxv, 1);
	explore_prelude_call(library.configure, provider, 2);
}

static void reseed(void)
{
	/* To the provider inprocess this is another second, if the model has those. */
	explore_reseed_generation();
	if (!is_native())
		explore_now.clock += TOO_OLD_S;
}

/* Whoever finds less than VGR_SMALL_LEN_MAX bytes makes a new batch, so the last read takes many.
 */
static void leave_unread(uint32_t left)
{
	uint32_t unread = VGR_BATCH_LEN - 8;
	uint32_t enough = left > VGR_SMALL_LEN_MAX ? left : VGR_SMALL_LEN_MAX;

	/* A long read that finds no batch makes one, and does not take from it. */
	explore_prelude_draw(8);
	while (unread > left) {
		uint32_t size = unread >= enough + 64 ? 64 : unread > enough ? 8 : unread - left;

		explore_prelude_draw(size);
		unread -= size;
	}
}

static void make_start(const struct explore_start *start, uint32_t level)
{
	start_process(level);
	switch (start->number) {
	case FIRST:
		return;
	case STUCK:
		explore_prelude_draw(8);
		explore_prelude_abandon(8);
		for (int i = 0; i < BUSY_CALLS; i++)
			explore_prelude_draw(8);
		return;
	case EMPTY:
		explore_prelude_draw(8);
		explore_memory_wipe(EXPLORE_DROPPABLE);
		return;
	case FRESH:
		explore_prelude_draw(8);
		return;
	case OLD:
		explore_prelude_draw(8);
		reseed();
		explore_now.seed_needed = explore_now.num_seeds;
		return;
	default:
		leave_unread(start->number - LEFT);
	}
}

static const uint8_t *state(unsigned int n, uint64_t *generation)
{
	const uint8_t *page;

	*generation = library.image_data->generation;
	for (uint64_t address = EXPLORE_HEAP;
	     address < EXPLORE_HEAP + EXPLORE_HEAP_PAGES * EXPLORE_PAGE; address += EXPLORE_PAGE) {
		if (explore_memory_fate(address) != EXPLORE_DROPPABLE)
			continue;
		if (n < STATES_PER_PAGE) {
			page = explore_memory_at(address, EXPLORE_PAGE);
			return page + n * sizeof(struct vgr_state);
		}
		n -= STATES_PER_PAGE;
	}
	return NULL;
}

/*
 * What statistics are made of decides nothing: counts of a slot and of the process. So are the
 * generation and the name of the seed, where the core (and not the image) looks at them after the
 * draw; before that its last look is at the slot.
 */
static bool is_look(uint64_t address, uint64_t pc)
{
	uint64_t in_slot = address % sizeof(struct vgr_slot);
	uint64_t in_state = address % sizeof(struct vgr_state);
	bool is_core = pc < library.image.base;

	switch (explore_memory_fate(address)) {
	case EXPLORE_WIPED_PART:
		return in_slot != offsetof(struct vgr_slot, calls) &&
		       in_slot != offsetof(struct vgr_slot, bytes) &&
		       in_slot < offsetof(struct vgr_slot, seed_id);
	case EXPLORE_DROPPABLE:
		return !is_core || (in_state != offsetof(struct vgr_state, seed_id) &&
				    in_state != offsetof(struct vgr_state, generation));
	case EXPLORE_NOT_MAPPED: /* not of the heap: a data page */
		return true;
	default:
		return false;
	}
}

#define LIBRARY                                                                               \
	.load = load, .open = open_library, .enter = enter, .starts = starts_for,             \
	.find_start = find_start, .make_start = make_start, .reseed = reseed, .state = state, \
	.is_look = is_look, .has_bursts = true

const struct explore_target explore_target_inprocess = {
	.name = "library-inprocess",
	.summary = "FILE is the library, with provider inprocess",
	LIBRARY,
};

const struct explore_target explore_target_native = {
	.name = "library-native",
	.summary = "the same with native, and a model of Linux's function",
	LIBRARY,
};
