// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What the memory comes to, kept by its bytes: most runs look at few states again and again. */
#include <string.h>

#include "canon.h"
#include "memory.h"
#include "naming.h"

#define CACHE_LEN   8192
#define CACHE_NAMES 8
#define LINE_LEN    64

struct cached {
	uint64_t key[2]; /* of the bytes */
	uint64_t hash[2];
	uint64_t live[CACHE_NAMES][EXPLORE_SOURCE_WORDS / 64];
	uint32_t source[CACHE_NAMES], num, generations;
	bool keeps_names;
};

static struct cached cache[CACHE_LEN];

/* Lines of zeros say nothing. Returns the next one's length; 0: there are no more. */
static size_t next_line(const struct explore_memory *memory, size_t *offset)
{
	static const uint8_t zeros[LINE_LEN];

	for (; *offset < memory->len; *offset += LINE_LEN) {
		size_t rest = memory->len - *offset, len = rest < LINE_LEN ? rest : LINE_LEN;

		if (memcmp(memory->bytes + *offset, zeros, len) != 0)
			return len;
	}
	return 0;
}

static void hash_line(const struct explore_memory *memory, size_t offset, size_t len,
		      uint64_t key[2])
{
	uint64_t a = key[0] ^ (memory->address + offset), b = key[1] + memory->fate;

	for (size_t i = 0; i < len; i += 8) {
		uint64_t value = 0;

		memcpy(&value, memory->bytes + offset + i, len - i < 8 ? len - i : 8);
		a = (a ^ value) * 0x9e3779b97f4a7c15u;
		a ^= a >> 32;
		b = (b + value) * 0xc2b2ae3d27d4eb4fu;
		b ^= b >> 29;
	}
	key[0] = explore_mix(a);
	key[1] = explore_mix(b);
}

static void hash_memory(uint64_t key[2])
{
	struct explore_memory memory;

	key[0] = key[1] = 1;
	for (unsigned int n = 0; explore_memory_get(n, &memory); n++) {
		size_t offset = 0, len;

		key[0] ^= explore_mix((uint64_t)memory.fate << 32 | n);
		for (; (len = next_line(&memory, &offset)) != 0; offset += LINE_LEN)
			hash_line(&memory, offset, len, key);
	}
}

static void emit_lines(void)
{
	struct explore_memory memory;

	for (unsigned int n = 0; explore_memory_get(n, &memory); n++) {
		size_t offset = 0, len;

		explore_emit((uint64_t)TAG_MEMORY << 32 | (uint64_t)memory.fate << 8 | n);
		for (; (len = next_line(&memory, &offset)) != 0; offset += LINE_LEN) {
			explore_emit(offset);
			explore_emit_memory(memory.bytes + offset, len);
		}
	}
}

static void remember(struct cached *cached, const uint64_t key[2])
{
	cached->key[0] = cached->key[1] = 0;
	if (explore_naming.num > CACHE_NAMES)
		return;
	memcpy(cached->key, key, sizeof(cached->key));
	memcpy(cached->hash, explore_naming.hash, sizeof(cached->hash));
	memcpy(cached->live, explore_naming.live,
	       explore_naming.num * sizeof(explore_naming.live[0]));
	memcpy(cached->source, explore_naming.source,
	       explore_naming.num * sizeof(explore_naming.source[0]));
	cached->num = explore_naming.num;
	cached->generations = explore_naming.generations;
	cached->keeps_names = explore_naming.keeps_names;
}

void explore_emit_memories(void)
{
	struct cached *cached;
	uint64_t key[2];

	hash_memory(key);
	cached = &cache[key[0] % CACHE_LEN];
	if (memcmp(cached->key, key, sizeof(key)) != 0) {
		emit_lines();
		remember(cached, key);
		return;
	}
	memcpy(explore_naming.hash, cached->hash, sizeof(explore_naming.hash));
	memcpy(explore_naming.live, cached->live, cached->num * sizeof(explore_naming.live[0]));
	memcpy(explore_naming.source, cached->source,
	       cached->num * sizeof(explore_naming.source[0]));
	memset(explore_naming.makes_all, 0, cached->num * sizeof(explore_naming.makes_all[0]));
	explore_naming.num = cached->num;
	explore_naming.generations = cached->generations;
	explore_naming.keeps_names = cached->keeps_names;
}

void explore_canon_clear(void)
{
	memset(cache, 0, sizeof(cache));
}
