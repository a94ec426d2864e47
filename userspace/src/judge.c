// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Arming the judge: what the kernel's function does with a state of its own is found out by
 * looking, not by knowing its layout.
 */
#include "judge.h"

#include <linux/errno.h>

#include "wipe.h"

/* A state of the function is 144 bytes in Linux 6.11 to 6.18. */
#define WORDS_MAX 128

/* A wipe, a fork or a reseed while it is armed looks like a function that is not deterministic. */
#define ATTEMPTS 4

uint32_t vgr_judge_word[VGR_JUDGE_WORDS_MAX];
uint32_t vgr_judge_num_words;

static bool draw(const struct vgr_provider *provider, uint64_t *judge, uint64_t *bytes)
{
	*bytes = 0;
	return provider->judge(bytes, sizeof(*bytes), GRND_NONBLOCK, judge, provider->judge_len) ==
	       sizeof(*bytes);
}

static void copy(uint64_t *to, const uint64_t *from, size_t len)
{
	for (size_t i = 0; i < len / sizeof(*to); i++)
		to[i] = READ_ONCE(from[i]);
}

/* How many words differ; the first ones go to @word. */
static uint32_t compare(const uint64_t *before, const uint64_t *judge, size_t len, uint32_t *word)
{
	uint32_t num = 0;

	for (uint32_t i = 0; i < len / sizeof(*judge); i++) {
		if (READ_ONCE(judge[i]) == before[i])
			continue;
		if (num < VGR_JUDGE_WORDS_MAX)
			word[num] = i;
		num++;
	}
	for (uint32_t i = num; num && i < VGR_JUDGE_WORDS_MAX; i++)
		word[i] = word[0];
	return num;
}

/* The layout is that of the running kernel, so whoever arms first and whoever arms later agree. */
static void remember(struct vgr_slot *slot, const uint64_t *before, const uint32_t *word,
		     uint32_t num, uint64_t expected)
{
	for (uint32_t i = 0; i < VGR_JUDGE_WORDS_MAX; i++) {
		__atomic_store_n(&vgr_judge_word[i], word[i], __ATOMIC_RELAXED);
		WRITE_ONCE(slot->value[i], before[word[i]]);
	}
	__atomic_store_n(&vgr_judge_num_words, num, __ATOMIC_RELAXED);
	WRITE_ONCE(slot->expected, expected);
}

static int arm_once(const struct vgr_provider *provider, struct vgr_slot *slot, uint64_t *judge)
{
	uint64_t before[WORDS_MAX], bytes, again;
	uint32_t word[VGR_JUDGE_WORDS_MAX], num;

	vgr_wipe(judge, provider->judge_len);
	if (!draw(provider, judge, &bytes))
		return -EAGAIN;
	copy(before, judge, provider->judge_len);
	if (!draw(provider, judge, &bytes))
		return -EAGAIN;
	num = compare(before, judge, provider->judge_len, word);
	if (num == 0 || num > VGR_JUDGE_WORDS_MAX || bytes == 0)
		return -EOPNOTSUPP;
	for (uint32_t i = 0; i < num; i++)
		WRITE_ONCE(judge[word[i]], before[word[i]]);
	if (!draw(provider, judge, &again))
		return -EAGAIN;
	if (again != bytes)
		return -EOPNOTSUPP;
	remember(slot, before, word, num, bytes);
	return 0;
}

int vgr_judge_arm(const struct vgr_provider *provider, struct vgr_slot *slot)
{
	uint64_t *judge = READ_ONCE(slot->judge);
	int err = -EOPNOTSUPP;

	/* The child of a fork in the middle of a call. */
	if (!judge)
		return -EAGAIN;
	if (provider->judge_len > WORDS_MAX * sizeof(*judge))
		return -EOPNOTSUPP;
	for (int i = 0; i < ATTEMPTS && err == -EOPNOTSUPP; i++)
		err = arm_once(provider, slot, judge);
	return err;
}
