// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Open addressing; a new epoch empties the table. */
#define _GNU_SOURCE
#include "windows.h"

#include <stdlib.h>
#include <string.h>

#include "chacha20.h"
#include "check.h"

/* Longer than the longest read; and what a state would go on with, key by key. */
#define KEYSTREAM_BLOCKS 136
#define KEY_CHAIN_LEN    4
#define CHAIN_BLOCKS     20

struct check_window {
	uint64_t bytes;
	uint32_t epoch;
	int owner;
};

struct check_windows {
	size_t size, size_max, num;
	uint32_t epoch;
	struct check_window table[];
};

static uint64_t window_at(const uint8_t *p)
{
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return bytes;
}

/* A power of two that is at most half full. */
static size_t size_for(size_t max)
{
	size_t size = 256;

	while (size < 2 * max)
		size *= 2;
	return size;
}

struct check_windows *check_windows_new(size_t max)
{
	size_t size = size_for(max);
	struct check_windows *set = check_shared_alloc(sizeof(*set) + size * sizeof(set->table[0]));

	set->size_max = size;
	set->size = size;
	set->epoch = 1;
	return set;
}

void check_windows_clear(struct check_windows *set, size_t max)
{
	set->size = size_for(max);
	if (set->size > set->size_max)
		abort();
	set->num = 0;
	set->epoch++;
}

static size_t slot_of(const struct check_windows *set, uint64_t bytes)
{
	size_t i = (bytes * 0x9e3779b97f4a7c15u) >> 20 & (set->size - 1);

	while (set->table[i].epoch == set->epoch && set->table[i].bytes != bytes)
		i = (i + 1) & (set->size - 1);
	return i;
}

int check_windows_find(const struct check_windows *set, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (size_t i = 0; i + CHECK_WINDOW_LEN <= len; i++) {
		const struct check_window *slot = &set->table[slot_of(set, window_at(p + i))];

		if (slot->epoch == set->epoch)
			return slot->owner;
	}
	return -1;
}

int check_windows_add(struct check_windows *set, const void *buf, size_t len, int owner)
{
	const uint8_t *p = buf;
	int found = -1;

	for (size_t i = 0; i + CHECK_WINDOW_LEN <= len; i++) {
		uint64_t bytes = window_at(p + i);
		struct check_window *slot = &set->table[slot_of(set, bytes)];

		if (slot->epoch == set->epoch) {
			if (found < 0 && slot->owner != owner)
				found = slot->owner;
			continue;
		}
		if (++set->num > set->size / 4 * 3)
			abort();
		*slot = (struct check_window){ bytes, set->epoch, owner };
	}
	return found;
}

bool check_has_zeros(const void *buf, size_t len)
{
	const uint8_t *p = buf;
	size_t wanted = len < CHECK_WINDOW_LEN ? len : CHECK_WINDOW_LEN;
	size_t run = 0;

	for (size_t i = 0; i < len; i++) {
		run = p[i] ? 0 : run + 1;
		if (run == wanted)
			return true;
	}
	return false;
}

static void add_keystream(struct check_windows *set, const uint8_t *key, size_t nblocks,
			  uint8_t *stream)
{
	vgr_chacha20_generic(stream, stream + (nblocks - 1) * VGR_CHACHA20_BLOCK_LEN, nblocks, key,
			     0, NULL);
	check_windows_add(set, stream, nblocks * VGR_CHACHA20_BLOCK_LEN, 0);
}

/* The next key is the head of the keystream in our state, bytes 96 to 127 in the kernel's. */
static void add_chain(struct check_windows *set, size_t key_offset)
{
	uint8_t key[VGR_CHACHA20_KEY_LEN] = { 0 };
	static uint8_t stream[CHAIN_BLOCKS * VGR_CHACHA20_BLOCK_LEN];

	for (int i = 0; i < KEY_CHAIN_LEN; i++) {
		add_keystream(set, key, CHAIN_BLOCKS, stream);
		memcpy(key, stream + key_offset, sizeof(key));
	}
}

bool check_has_zero_keystream(const void *buf, size_t len)
{
	static struct check_windows *set;

	if (!set) {
		static uint8_t stream[KEYSTREAM_BLOCKS * VGR_CHACHA20_BLOCK_LEN];
		static const uint8_t key[VGR_CHACHA20_KEY_LEN];

		set = check_windows_new(sizeof(stream) +
					2 * KEY_CHAIN_LEN * CHAIN_BLOCKS * VGR_CHACHA20_BLOCK_LEN);
		add_keystream(set, key, KEYSTREAM_BLOCKS, stream);
		add_chain(set, 0);
		add_chain(set, 96);
	}
	return check_windows_find(set, buf, len) >= 0;
}
