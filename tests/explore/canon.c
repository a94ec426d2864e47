// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A word that was handed out can come again only if it is still there, or if the key of its
 * keystream is, or that of the keystream that the key came of. All else that is past is forgotten.
 *
 * Words that are neither plain nor of a source are what two words were combined to. A configuration
 * with such a one keeps the names of its sources: equal is then what is really equal.
 */
#include "canon.h"

#include <string.h>

#include "config.h"
#include "machine.h"
#include "memory.h"

#define FIRST_GENERATION 0x1001
#define GENERATIONS      32
#define NAMES_MAX        512

/* What the memory came to, by its bytes: most runs look at few states again and again. */
#define CACHE_LEN   8192
#define CACHE_NAMES 8

#define LINE_LEN    64

enum { TAG_WORD = 1, TAG_OTHER, TAG_PART, TAG_KEY, TAG_AGE, TAG_PAST, TAG_MEMORY };

static struct {
	uint64_t hash[2], sum[2];
	bool keeps_names;
	uint32_t num;
	uint32_t source[NAMES_MAX];
	uint64_t live[NAMES_MAX][EXPLORE_SOURCE_WORDS / 64];
	bool makes_all[NAMES_MAX]; /* its keystream is being made */
	uint32_t last;
	uint32_t generations; /* bit n: FIRST_GENERATION + n was met */
} canon;

struct cached {
	uint64_t key[2]; /* of the bytes */
	uint64_t hash[2];
	uint64_t live[CACHE_NAMES][EXPLORE_SOURCE_WORDS / 64];
	uint32_t source[CACHE_NAMES], num, generations;
	bool keeps_names;
};

static struct cached cache[CACHE_LEN];

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 29;
	x *= 0x9e3779b97f4a7c15u;
	return x ^ x >> 32;
}

static void emit(uint64_t value)
{
	canon.hash[0] = (canon.hash[0] ^ value) * 0x9e3779b97f4a7c15u;
	canon.hash[0] ^= canon.hash[0] >> 31;
	canon.hash[1] = (canon.hash[1] + value) * 0xc2b2ae3d27d4eb4fu;
	canon.hash[1] ^= canon.hash[1] >> 29;
}

/* What has no order. */
static void add(uint64_t value)
{
	canon.sum[0] += mix(value);
	canon.sum[1] += mix(value ^ 0x5851f42d4c957f2du);
}

static uint32_t find(uint32_t source)
{
	if (canon.last < canon.num && canon.source[canon.last] == source)
		return canon.last;
	for (uint32_t i = 0; i < canon.num; i++)
		if (canon.source[i] == source)
			return i;
	return canon.num;
}

static uint32_t name(uint32_t source)
{
	uint32_t i = find(source);

	if (i == NAMES_MAX)
		explore_die("more than %d sources in one configuration", NAMES_MAX);
	if (i == canon.num) {
		canon.source[i] = source;
		memset(canon.live[i], 0, sizeof(canon.live[i]));
		canon.makes_all[i] = false;
		canon.num++;
	}
	canon.last = i;
	return i;
}

static void emit_word(uint32_t word)
{
	uint32_t source, index, i;

	if (explore_word_is_plain(word)) {
		if (word - FIRST_GENERATION < GENERATIONS)
			canon.generations |= 1u << (word - FIRST_GENERATION);
		emit(word);
	} else if (explore_word_known(word, &source, &index)) {
		i = name(source);
		canon.live[i][index / 64] |= 1ull << index % 64;
		emit((uint64_t)TAG_WORD << 32 | i << 8 | index);
	} else {
		canon.keeps_names = true;
		emit((uint64_t)TAG_OTHER << 32 | word);
	}
}

static void emit_memory(const uint8_t *memory, size_t len)
{
	size_t i;

	for (i = 0; i + 4 <= len; i += 4) {
		uint32_t word;

		memcpy(&word, memory + i, sizeof(word));
		emit_word(word);
	}
	/* Of a part of a word all that counts is whether it is zero or not written. */
	for (; i < len; i++)
		emit((uint64_t)TAG_PART << 32 |
		     (memory[i] == 0 || memory[i] == EXPLORE_UNWRITTEN ? memory[i] : 1u));
}

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
	key[0] = mix(a);
	key[1] = mix(b);
}

static void hash_memory(uint64_t key[2])
{
	struct explore_memory memory;

	key[0] = key[1] = 1;
	for (unsigned int n = 0; explore_memory_get(n, &memory); n++) {
		size_t offset = 0, len;

		key[0] ^= mix((uint64_t)memory.fate << 32 | n);
		for (; (len = next_line(&memory, &offset)) != 0; offset += LINE_LEN)
			hash_line(&memory, offset, len, key);
	}
}

static void emit_lines(void)
{
	struct explore_memory memory;

	for (unsigned int n = 0; explore_memory_get(n, &memory); n++) {
		size_t offset = 0, len;

		emit((uint64_t)TAG_MEMORY << 32 | (uint64_t)memory.fate << 8 | n);
		for (; (len = next_line(&memory, &offset)) != 0; offset += LINE_LEN) {
			emit(offset);
			emit_memory(memory.bytes + offset, len);
		}
	}
}

static void remember(struct cached *cached, const uint64_t key[2])
{
	cached->key[0] = cached->key[1] = 0;
	if (canon.num > CACHE_NAMES)
		return;
	memcpy(cached->key, key, sizeof(cached->key));
	memcpy(cached->hash, canon.hash, sizeof(cached->hash));
	memcpy(cached->live, canon.live, canon.num * sizeof(canon.live[0]));
	memcpy(cached->source, canon.source, canon.num * sizeof(canon.source[0]));
	cached->num = canon.num;
	cached->generations = canon.generations;
	cached->keeps_names = canon.keeps_names;
}

/* Comes first, so that its names depend on nothing else. */
static void emit_memories(void)
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
	memcpy(canon.hash, cached->hash, sizeof(canon.hash));
	memcpy(canon.live, cached->live, cached->num * sizeof(canon.live[0]));
	memcpy(canon.source, cached->source, cached->num * sizeof(canon.source[0]));
	memset(canon.makes_all, 0, cached->num * sizeof(canon.makes_all[0]));
	canon.num = cached->num;
	canon.generations = cached->generations;
	canon.keeps_names = cached->keeps_names;
}

static void emit_regs(const uint64_t *regs)
{
	for (unsigned int i = 0; i < explore_machine.arch->num_regs; i++) {
		emit_word((uint32_t)regs[i]);
		emit_word((uint32_t)(regs[i] >> 32));
	}
}

/* Only if there is something that it decides. */
static bool looked_since_fork(unsigned int n)
{
	const struct explore_config *c = &explore_now;

	for (uint32_t i = 0; i < c->num_past; i++)
		if (c->past[i].owner == EXPLORE_SHARED + n)
			return c->calls[n].looked_since_fork;
	return true;
}

static bool looked_since_reseed(const struct explore_call *call)
{
	return call->looked_since_reseed || call->seed_needed == call->seed_needed_before;
}

static void emit_call(unsigned int n)
{
	const struct explore_config *c = &explore_now;
	const struct explore_call *call = &c->calls[n];
	uint64_t begin, end;

	emit_regs(n + 1 == c->num_calls ? c->regs : call->regs);
	explore_stack_range(n, &begin, &end);
	emit_memory(explore_machine_at(begin, end - begin), end - begin);
	emit_memory(explore_machine_at(explore_buffer_address(n, call->size), call->size),
		    call->size);
	emit((uint64_t)call->more << 48 | (uint64_t)call->size << 32 | call->copied << 8 |
	     call->copying << 2 | looked_since_fork(n) << 1 | looked_since_reseed(call));
	emit((uint64_t)call->chacha_step << 32 | (call->chacha ? name(call->chacha - 1) + 1 : 0));
	/* Its words will be there, if they are not. */
	if (call->chacha)
		canon.makes_all[name(call->chacha - 1)] = true;
}

static bool is_live(uint32_t i, uint32_t index)
{
	return canon.live[i][index / 64] >> index % 64 & 1;
}

/* Whether the keystream of @source can be made: its key is there, or can be made in its turn. */
static bool can_be_made(uint32_t source, int depth)
{
	const struct explore_source *s = explore_source(source);
	uint32_t from, index, i = find(source);

	if (i < canon.num && canon.makes_all[i])
		return true;
	if (!s->is_key || source == EXPLORE_SOURCE_ZERO || depth == 8)
		return s->is_key;
	for (int word = 0; word < EXPLORE_KEY_WORDS; word++) {
		if (!explore_word_known(s->key[word], &from, &index))
			continue;
		i = find(from);
		if (!(i < canon.num && is_live(i, index)) && !can_be_made(from, depth + 1))
			return false;
	}
	return true;
}

static uint64_t key_hash(uint32_t source)
{
	const struct explore_source *s = explore_source(source);
	uint64_t h = TAG_KEY;
	uint32_t from, index;

	for (int word = 0; word < EXPLORE_KEY_WORDS; word++) {
		uint64_t value = s->key[word];

		if (explore_word_known(s->key[word], &from, &index)) {
			uint32_t i = find(from);

			value = (uint64_t)TAG_WORD << 32 | index;
			value |= i < canon.num ? (uint64_t)i << 8 : key_hash(from) << 16;
		}
		h = mix(h * 31 + value);
	}
	return h;
}

static uint64_t ages(uint32_t source)
{
	const struct explore_config *c = &explore_now;
	uint32_t oldest = explore_source(source)->oldest;
	uint64_t bits = oldest >= c->seed_needed;

	for (uint32_t i = 0; i < c->num_calls; i++)
		bits = bits << 2 | (oldest >= c->calls[i].seed_needed) << 1 |
		       (oldest >= c->calls[i].seed_needed_before);
	return bits;
}

static void add_names(void)
{
	for (uint32_t i = 0; i < canon.num; i++) {
		uint32_t source = canon.source[i];

		add((uint64_t)TAG_AGE << 60 | (uint64_t)i << 32 | ages(source));
		if (explore_source(source)->is_key && can_be_made(source, 0))
			add(mix(key_hash(source)) + i);
		if (canon.keeps_names)
			emit(source);
	}
}

/* False: it cannot come again. */
static bool add_past(struct explore_past *past)
{
	uint64_t h = (uint64_t)TAG_PAST << 32 | past->owner;
	bool all, any = false;
	uint32_t i;

	if (past->source == EXPLORE_NO_SOURCE) {
		canon.keeps_names = true;
		add(mix(h) + past->words[0]);
		return true;
	}
	i = find(past->source);
	all = can_be_made(past->source, 0);
	if (i == canon.num && !all)
		return false;
	h = mix(h) + (i < canon.num ? i : key_hash(past->source));
	for (int word = 0; word < EXPLORE_SOURCE_WORDS / 64; word++) {
		uint64_t live = all ? ~0ull : canon.live[i][word];

		past->words[word] &= live;
		any |= past->words[word] != 0;
		h = mix(h) + past->words[word];
	}
	if (any)
		add(h);
	return any;
}

static void emit_past(void)
{
	struct explore_config *c = &explore_now;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->num_past; i++)
		if (add_past(&c->past[i]))
			c->past[kept++] = c->past[i];
	c->num_past = kept;
}

struct explore_canon explore_canon_now(void)
{
	const struct explore_config *c = &explore_now;
	struct explore_canon result;

	memset(canon.hash, 0, sizeof(canon.hash));
	memset(canon.sum, 0, sizeof(canon.sum));
	canon.num = canon.last = canon.generations = 0;
	canon.keeps_names = false;
	emit_memories();
	emit(c->clock);
	emit_word((uint32_t)c->generation);
	emit((uint64_t)c->num_calls << 48 | (uint64_t)c->phase << 32 | (uint32_t)c->fail);
	emit((uint64_t)c->is_reserved << 32 | c->failed);
	for (unsigned int i = 0; i < c->num_calls; i++)
		emit_call(i);
	emit_past();
	add_names();
	emit(canon.sum[0]);
	emit(canon.sum[1]);
	result.hash[0] = mix(canon.hash[0]);
	result.hash[1] = mix(canon.hash[1]);
	return result;
}

void explore_canon_clear(void)
{
	memset(cache, 0, sizeof(cache));
}

uint64_t explore_unused_generation(void)
{
	uint32_t i = 0;

	explore_canon_now();
	while (canon.generations >> i & 1)
		i++;
	return FIRST_GENERATION + i;
}
