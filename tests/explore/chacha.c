// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "chacha.h"

#include <stdlib.h>
#include <string.h>

#include "../../vdso/state.h"
#include "call.h"
#include "config.h"
#include "machine.h"
#include "order.h"

#define BLOCK_WORDS (VGR_CHACHA20_BLOCK_LEN / 4)
#define BLOCKS_MAX  (EXPLORE_SOURCE_WORDS / BLOCK_WORDS)
#define STORES_MAX  (BLOCKS_MAX * VGR_CHACHA20_BLOCK_LEN)

/*
 * chacha20.h: (dst, last, nblocks, key, counter, scratch). Linux: (dst, key, &counter, nblocks),
 * which advances the counter.
 */
enum { DST, LAST, NBLOCKS, KEY, COUNTER, SCRATCH };
enum { LINUX_DST, LINUX_KEY, LINUX_COUNTER, LINUX_NBLOCKS };

struct stores {
	unsigned int num;
	struct explore_store all[STORES_MAX];
};

static struct version {
	bool is_linux;
	uint64_t entry;
	struct stores *of[BLOCKS_MAX + 1];
} versions[2];

/* Linux's function, outside of which in its image its version is: that has no name. */
static struct {
	uint64_t image, image_len, function, function_len;
} caller;

struct args {
	uint64_t dst, last, nblocks, key, counter;
	uint64_t counter_at; /* 0: it is passed */
};

void explore_chacha_add(uint64_t entry)
{
	versions[0].entry = entry;
}

void explore_chacha_add_linux(const struct explore_image *image)
{
	versions[1].is_linux = true;
	caller.image = image->base;
	caller.image_len = image->len;
	caller.function = image->entry;
	caller.function_len = image->entry_len;
}

static struct version *version_at(uint64_t pc)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].entry == pc && pc)
			return &versions[i];
	return NULL;
}

bool explore_chacha_is_entry(uint64_t pc)
{
	/* It calls nothing else. */
	if (!versions[1].entry && pc - caller.image < caller.image_len &&
	    pc - caller.function >= caller.function_len)
		versions[1].entry = pc;
	return version_at(pc) != NULL;
}

static struct args read_args(const struct version *version)
{
	const uint64_t *regs = explore_now.regs;
	const unsigned int *arg = explore_machine.arch->args;
	struct args args = { .dst = regs[arg[DST]] };

	if (!version->is_linux) {
		args.last = regs[arg[LAST]];
		args.nblocks = regs[arg[NBLOCKS]];
		args.key = regs[arg[KEY]];
		args.counter = regs[arg[COUNTER]];
		return args;
	}
	args.nblocks = (uint32_t)regs[arg[LINUX_NBLOCKS]];
	args.last = args.dst + (args.nblocks - 1) * VGR_CHACHA20_BLOCK_LEN;
	args.key = regs[arg[LINUX_KEY]];
	args.counter_at = regs[arg[LINUX_COUNTER]];
	memcpy(&args.counter, explore_machine_at(args.counter_at, sizeof(args.counter)),
	       sizeof(args.counter));
	return args;
}

/* Contiguous output in a buffer; whatever else is written is its stack. */
static void set_args(const struct version *version, uint64_t *regs, uint64_t dst, uint64_t nblocks)
{
	const unsigned int *arg = explore_machine.arch->args;
	uint64_t somewhere = EXPLORE_STACK + EXPLORE_STACK_LEN / 4;

	regs[arg[DST]] = dst;
	if (version->is_linux) {
		regs[arg[LINUX_KEY]] = somewhere;
		regs[arg[LINUX_COUNTER]] = somewhere + VGR_CHACHA20_KEY_LEN;
		regs[arg[LINUX_NBLOCKS]] = nblocks;
		return;
	}
	regs[arg[LAST]] = dst + (nblocks - 1) * VGR_CHACHA20_BLOCK_LEN;
	regs[arg[NBLOCKS]] = nblocks;
	regs[arg[KEY]] = somewhere;
	regs[arg[SCRATCH]] = somewhere + VGR_CHACHA20_KEY_LEN;
}

static struct stores *learn(const struct version *version, uint64_t nblocks)
{
	const struct explore_arch *arch = explore_machine.arch;
	size_t len = (size_t)nblocks * VGR_CHACHA20_BLOCK_LEN;
	uint64_t dst = explore_buffer_address(EXPLORE_DEPTH_MAX - 1, len);
	struct stores *stores = calloc(1, sizeof(*stores));
	uint64_t regs[EXPLORE_REGS_MAX] = { 0 };
	struct explore_snapshot *snapshot;

	if (!stores)
		explore_die("out of memory");
	snapshot = explore_snapshot_take();
	set_args(version, regs, dst, nblocks);
	explore_call_set_return(regs, EXPLORE_STACK + EXPLORE_STACK_LEN / 2);
	regs[arch->pc] = version->entry;
	stores->num = explore_machine_record(regs, dst, len, stores->all, STORES_MAX);
	explore_snapshot_put_back(snapshot);
	explore_snapshot_free(snapshot);
	len = 0;
	for (unsigned int i = 0; i < stores->num; i++) {
		const struct explore_store *store = &stores->all[i];

		if (store->offset % VGR_CHACHA20_BLOCK_LEN + store->len > VGR_CHACHA20_BLOCK_LEN)
			explore_die("a store of ChaCha20 belongs to two blocks");
		len += store->len;
	}
	if (len != nblocks * VGR_CHACHA20_BLOCK_LEN)
		explore_die("ChaCha20 of %u blocks stored %zu bytes in the emulator",
			    (unsigned int)nblocks, len);
	return stores;
}

static const struct stores *stores_of(struct version *version, const struct args *args)
{
	if (args->nblocks == 0 || args->counter + args->nblocks > BLOCKS_MAX)
		explore_die("more than %d blocks at once; choose smaller sizes", BLOCKS_MAX);
	if (!version->of[args->nblocks])
		version->of[args->nblocks] = learn(version, args->nblocks);
	return version->of[args->nblocks];
}

static void read_key(struct explore_call *call, const struct args *args)
{
	const uint8_t *key = explore_machine_at(args->key, VGR_CHACHA20_KEY_LEN);
	uint32_t words[EXPLORE_KEY_WORDS];

	if (!key)
		explore_die("ChaCha20 is called with a key that is not in the process");
	explore_load_words(words, key, EXPLORE_KEY_WORDS);
	call->chacha = explore_source_keystream(words) + 1;
	call->chacha_step = 0;
	explore_call_access(EXPLORE_READS_STATE);
}

/* All of it in one block, so that none of it is elsewhere than the rest. */
static void store(const struct explore_call *call, const struct args *args,
		  const struct explore_store *store)
{
	size_t last = (args->nblocks - 1) * VGR_CHACHA20_BLOCK_LEN, offset = store->offset;
	uint64_t address = offset < last ? args->dst + offset : args->last + (offset - last);
	uint8_t *at = explore_machine_at(address, store->len);
	uint32_t word = 0;

	if (!at)
		explore_die("ChaCha20 is told to write outside the process");
	for (size_t i = 0; i < store->len; i++, offset++) {
		uint64_t at_word = args->counter * BLOCK_WORDS + offset / 4;

		if (i == 0 || offset % 4 == 0)
			word = explore_word(call->chacha - 1, (uint32_t)at_word);
		at[i] = explore_byte_of(word, offset);
	}
	if (address - EXPLORE_BUFFERS < EXPLORE_STACK - EXPLORE_BUFFERS)
		explore_call_access(EXPLORE_WRITES_BUFFER);
}

static void finish(struct explore_call *call, const struct args *args)
{
	uint64_t counter = args->counter + args->nblocks;

	if (args->counter_at)
		memcpy(explore_machine_at(args->counter_at, sizeof(counter)), &counter,
		       sizeof(counter));
	call->chacha = 0;
	call->chacha_step = 0;
	explore_call_return_early();
}

void explore_chacha_step(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct version *version = version_at(explore_now.regs[arch->pc]);
	struct args args = read_args(version);
	const struct stores *stores = stores_of(version, &args);
	struct explore_call *call = explore_top();

	if (!call->chacha) {
		read_key(call, &args);
	} else if (call->chacha_step < stores->num) {
		store(call, &args, &stores->all[call->chacha_step++]);
	} else {
		finish(call, &args);
	}
}
