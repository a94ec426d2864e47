// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a debug build tests at load, in the process that loads the module: ChaCha20 in every
 * version that this machine can run, from the sources of the image, and the module's memory. If
 * something is wrong it says what, and there is no device.
 */
#define pr_fmt(fmt) "vgetrandom: self-test: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/fpu/api.h>

#include "../module.h"
#include "chacha20.h"

#define NUM_BLOCKS 40

static bool selftest_fails;
module_param(selftest_fails, bool, 0444);
MODULE_PARM_DESC(selftest_fails, "As if the test of the memory had failed");

/* RFC 8439, appendix A.1, numbers 1 to 3: keystream with a zero nonce. */
static const struct {
	u8 key[VGR_CHACHA20_KEY_LEN];
	u64 counter;
	u8 keystream[VGR_CHACHA20_BLOCK_LEN];
} vectors[] = {
	{ .counter = 0,
	  .keystream = "\x76\xb8\xe0\xad\xa0\xf1\x3d\x90\x40\x5d\x6a\xe5\x53\x86\xbd\x28"
		       "\xbd\xd2\x19\xb8\xa0\x8d\xed\x1a\xa8\x36\xef\xcc\x8b\x77\x0d\xc7"
		       "\xda\x41\x59\x7c\x51\x57\x48\x8d\x77\x24\xe0\x3f\xb8\xd8\x4a\x37"
		       "\x6a\x43\xb8\xf4\x15\x18\xa1\x1c\xc3\x87\xb6\x69\xb2\xee\x65\x86" },
	{ .counter = 1,
	  .keystream = "\x9f\x07\xe7\xbe\x55\x51\x38\x7a\x98\xba\x97\x7c\x73\x2d\x08\x0d"
		       "\xcb\x0f\x29\xa0\x48\xe3\x65\x69\x12\xc6\x53\x3e\x32\xee\x7a\xed"
		       "\x29\xb7\x21\x76\x9c\xe6\x4e\x43\xd5\x71\x33\xb0\x74\xd8\x39\xd5"
		       "\x31\xed\x1f\x28\x51\x0a\xfb\x45\xac\xe1\x0a\x1f\x4b\x79\x4d\x6f" },
	{ .key[VGR_CHACHA20_KEY_LEN - 1] = 1,
	  .counter = 1,
	  .keystream = "\x3a\xeb\x52\x24\xec\xf8\x49\x92\x9b\x9d\x82\x8d\xb1\xce\xd4\xdd"
		       "\x83\x20\x25\xe8\x01\x8b\x81\x60\xb8\x22\x84\xf3\xc9\x49\xaa\x5a"
		       "\x8e\xca\x00\xbb\xb4\xa7\x3b\xda\xd1\x92\xb5\xc4\x2f\x73\xf2\xfd"
		       "\x4e\x27\x36\x44\xc8\xb3\x61\x25\xa6\x4a\xdd\xeb\x00\x6c\x13\xa0" },
};

static const char *const names[] = {
	[VGETRANDOM_CHACHA_GENERIC] = "portable",   [VGETRANDOM_CHACHA_SSE2] = "SSE2",
	[VGETRANDOM_CHACHA_AVX2] = "AVX2",          [VGETRANDOM_CHACHA_AVX512] = "AVX-512",
	[VGETRANDOM_CHACHA_AVX512VL] = "AVX-512VL",
};

/* The keys are known, so anywhere will do. Tested at load, by one thread. */
static u8 scratch[VGR_CHACHA20_SCRATCH_LEN];

/* Called by name: user mode's functions do not begin as an indirect branch of the kernel wants it.
 */
static void keystream(u32 level, u8 *dst, size_t nblocks, const u8 *key, u64 counter)
{
	u8 *last = dst + (nblocks - 1) * VGR_CHACHA20_BLOCK_LEN;

	kernel_fpu_begin();
	switch (level) {
	case VGETRANDOM_CHACHA_GENERIC:
		vgr_chacha20_generic(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_SSE2:
		vgr_chacha20_sse2(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_AVX2:
		vgr_chacha20_avx2(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_AVX512:
		vgr_chacha20_avx512(dst, last, nblocks, key, counter, scratch);
		break;
	case VGETRANDOM_CHACHA_AVX512VL:
		vgr_chacha20_avx512vl(dst, last, nblocks, key, counter, scratch);
		break;
	}
	kernel_fpu_end();
}

static int test_vectors(u32 level, u8 *buf)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		keystream(level, buf, 1, vectors[i].key, vectors[i].counter);
		if (memcmp(buf, vectors[i].keystream, VGR_CHACHA20_BLOCK_LEN)) {
			pr_err("ChaCha20 %s: vector %zu of RFC 8439 A.1 differs\n", names[level],
			       i + 1);
			return -EIO;
		}
	}
	return 0;
}

/* Against one block at a time of the portable version, which is right by now. */
static int test_lengths(u32 level, u8 *buf, u8 *expected)
{
	const u8 *key = vectors[2].key;
	size_t n;

	for (n = 1; n <= NUM_BLOCKS; n++) {
		keystream(VGETRANDOM_CHACHA_GENERIC, expected + (n - 1) * VGR_CHACHA20_BLOCK_LEN, 1,
			  key, n - 1);
		keystream(level, buf, n, key, 0);
		if (memcmp(buf, expected, n * VGR_CHACHA20_BLOCK_LEN)) {
			pr_err("ChaCha20 %s: %zu blocks differ\n", names[level], n);
			return -EIO;
		}
	}
	return 0;
}

int vgr_selftest_chacha20(void)
{
	u8 *buf = kmalloc_array(2 * NUM_BLOCKS, VGR_CHACHA20_BLOCK_LEN, GFP_KERNEL);
	u32 level;
	int err = 0;

	if (!buf)
		return -ENOMEM;
	for (level = 0; level <= vgr_cpu_chacha_max() && !err; level++) {
		err = test_vectors(level, buf);
		if (!err)
			err = test_lengths(level, buf, buf + NUM_BLOCKS * VGR_CHACHA20_BLOCK_LEN);
	}
	kfree(buf);
	return err;
}

/* Page @i of the mapping holds @wanted, or was dropped; says what it holds instead. */
static int expect_page(unsigned long addr, unsigned long i, u64 wanted, const char *when)
{
	u64 __user *word = (u64 __user *)(addr + i * PAGE_SIZE);
	u64 v;

	if (get_user(v, word)) {
		pr_err("memory: page %lu cannot be read %s\n", i, when);
		return -EIO;
	}
	if (v != wanted && v != 0) {
		pr_err("memory: page %lu holds %llx instead of %llx %s\n", i, v, wanted, when);
		return -EIO;
	}
	return 0;
}

static int use_and_drop(unsigned long addr, unsigned long num)
{
	unsigned long i;
	int err = 0;

	for (i = 0; i < num && !err; i++) {
		err = expect_page(addr, i, 0, "when fresh");
		if (!err)
			err = put_user(~(u64)i, (u64 __user *)(addr + i * PAGE_SIZE));
	}
	for (i = 0; i < num && !err; i++)
		err = expect_page(addr, i, ~(u64)i, "when written");
	if (err)
		return err;
	/* All there are: those of other processes may have been there longer. */
	vgr_droppable_drop(ULONG_MAX);
	for (i = 0; i < num && !err; i++)
		err = expect_page(addr, i, 0, "when dropped");
	return err;
}

int vgr_selftest_memory(void)
{
	const unsigned long num = 4;
	unsigned long addr;
	int err;

	if (!current->mm) {
		pr_info("no process, so its memory is not tested\n");
		return 0;
	}
	addr = vgr_droppable_map(num * PAGE_SIZE);
	if (IS_ERR_VALUE(addr)) {
		pr_err("memory: cannot be mapped, error %ld\n", (long)addr);
		return (int)addr;
	}
	err = use_and_drop(addr, num);
	vm_munmap(addr, num * PAGE_SIZE);
	if (!err && selftest_fails)
		err = -EIO;
	if (!err)
		pr_info("passed\n");
	return err;
}
