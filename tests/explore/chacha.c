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

enum { DST, LAST, NBLOCKS, KEY, COUNTER, SCRATCH };

struct stores {
	unsigned int num;
	struct explore_store all[STORES_MAX];
};

static struct {
	uint64_t entry;
	struct stores *of[BLOCKS_MAX + 1];
} chacha;

void explore_chacha_init(uint32_t level)
{
	const struct explore_arch *arch = explore_machine.arch;

	for (unsigned int i = 0; arch->chacha[i].symbol; i++)
		if (arch->chacha[i].level == level)
			chacha.entry = explore_image_function(explore_machine.image,
							      arch->chacha[i].symbol, NULL);
	for (unsigned int i = 0; i <= BLOCKS_MAX; i++) {
		free(chacha.of[i]);
		chacha.of[i] = NULL;
	}
}

bool explore_chacha_is_entry(uint64_t pc)
{
	return pc == chacha.entry && pc != 0;
}

/* Contiguous output in a buffer, the key in the state; whatever else is written is its stack. */
static struct stores *learn(unsigned int nblocks)
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
	regs[arch->args[DST]] = dst;
	regs[arch->args[LAST]] = dst + len - VGR_CHACHA20_BLOCK_LEN;
	regs[arch->args[NBLOCKS]] = nblocks;
	regs[arch->args[KEY]] = explore_machine.state_address + offsetof(struct vgr_state, key);
	regs[arch->args[SCRATCH]] = explore_machine.state_address;
	explore_call_set_return(regs, EXPLORE_STACK + EXPLORE_STACK_LEN / 2);
	regs[arch->pc] = chacha.entry;
	stores->num = explore_machine_record(regs, dst, len, stores->all, STORES_MAX);
	explore_snapshot_put_back(snapshot);
	explore_snapshot_free(snapshot);
	len = 0;
	for (unsigned int i = 0; i < stores->num; i++)
		len += stores->all[i].len;
	if (len != (size_t)nblocks * VGR_CHACHA20_BLOCK_LEN)
		explore_die("ChaCha20 of %u blocks stored %zu bytes in the emulator", nblocks, len);
	return stores;
}

static const struct stores *stores_of(uint64_t nblocks)
{
	if (nblocks > BLOCKS_MAX)
		explore_die("more than %d blocks at once; choose smaller sizes", BLOCKS_MAX);
	if (!chacha.of[nblocks])
		chacha.of[nblocks] = learn((unsigned int)nblocks);
	return chacha.of[nblocks];
}

unsigned int explore_chacha_stores(unsigned int nblocks)
{
	return stores_of(nblocks)->num;
}

static void read_key(struct explore_call *call, const uint64_t *args)
{
	const uint8_t *key = explore_machine_at(args[KEY], VGR_CHACHA20_KEY_LEN);
	uint32_t words[EXPLORE_KEY_WORDS];

	if (!key || args[COUNTER] != 0)
		explore_die("ChaCha20 is called with a key that is not in the process, or does not "
			    "begin with block 0");
	explore_load_words(words, key, EXPLORE_KEY_WORDS);
	call->chacha = explore_source_keystream(words) + 1;
	call->chacha_step = 0;
	explore_call_access(EXPLORE_READS_STATE);
}

static void store_byte(const struct explore_call *call, const uint64_t *args, size_t offset)
{
	size_t last = (args[NBLOCKS] - 1) * VGR_CHACHA20_BLOCK_LEN;
	uint64_t address = offset < last ? args[DST] + offset : args[LAST] + (offset - last);
	uint8_t *at = explore_machine_at(address, 1);
	uint32_t word = explore_word(call->chacha - 1, (uint32_t)offset / 4);

	if (!at)
		explore_die("ChaCha20 is told to write outside the process");
	*at = explore_byte_of(word, offset);
	if (address - EXPLORE_STATE_PAGE >= EXPLORE_PAGE)
		explore_call_access(EXPLORE_WRITES_BUFFER);
}

void explore_chacha_step(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct explore_call *call = explore_top();
	const struct stores *stores;
	uint64_t args[EXPLORE_ARGS];

	for (unsigned int i = 0; i < EXPLORE_ARGS; i++)
		args[i] = explore_now.regs[arch->args[i]];
	stores = stores_of(args[NBLOCKS]);
	if (!call->chacha) {
		read_key(call, args);
	} else if (call->chacha_step < stores->num) {
		const struct explore_store *store = &stores->all[call->chacha_step++];

		for (size_t i = 0; i < store->len; i++)
			store_byte(call, args, store->offset + i);
	} else {
		call->chacha = 0;
		call->chacha_step = 0;
		explore_call_return_early();
	}
}
