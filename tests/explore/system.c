// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The kernel of the emulated process. getrandom(2) fills in steps; the rest, which only the library
 * asks for, is done at once, because nothing can come in the middle that would not come after it.
 */
#include "system.h"

#include <errno.h>
#include <linux/mman.h>
#include <string.h>

#include "call.h"
#include "config.h"
#include "machine.h"
#include "memory.h"
#include "order.h"

#define COPY_STEP 8

/* Linux 6.11; <linux/mman.h> of older headers has none. */
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

bool explore_system_is_call(uint64_t pc)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint64_t offset = pc - EXPLORE_IMAGE;

	return offset < explore_machine.image->len &&
	       memcmp(&explore_machine.image->bytes[offset], arch->syscall, arch->syscall_len) == 0;
}

/* Of the call that comes now. */
static unsigned int number(void)
{
	return (unsigned int)explore_now.regs[explore_machine.arch->syscall_number];
}

bool explore_system_is_getrandom(uint64_t pc)
{
	unsigned int getrandom = explore_machine.arch->syscalls.getrandom;

	return explore_system_is_call(pc) && (!getrandom || number() == getrandom);
}

static void return_from_syscall(int64_t result)
{
	const struct explore_arch *arch = explore_machine.arch;

	explore_top()->copying = false;
	explore_now.regs[arch->pc] += arch->syscall_len;
	explore_now.regs[arch->result] = (uint64_t)result;
	arch->syscall_done(explore_now.regs);
}

static void begin_getrandom(uint64_t address, uint64_t len)
{
	struct explore_config *c = &explore_now;

	if (c->fail) {
		int fail = c->fail;

		c->fail = 0;
		return_from_syscall(-fail);
	} else if (!explore_machine_at(address, len)) {
		return_from_syscall(-EFAULT);
	} else {
		explore_top()->copying = true;
		explore_top()->copied = 0;
		c->num_seeds++;
	}
}

static bool is_wiped(uint64_t address)
{
	return explore_memory_fate(address) >= EXPLORE_WIPED_ON_FORK;
}

static void getrandom_step(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct explore_config *c = &explore_now;
	struct explore_call *call = explore_top();
	uint64_t address = c->regs[arch->syscall_args[0]];
	uint64_t len = c->regs[arch->syscall_args[1]];

	if (!call->copying) {
		begin_getrandom(address, len);
		return;
	}
	/* Into the buffer it comes at once: nothing looks at that in between. */
	for (uint64_t end = call->copied + COPY_STEP; call->copied < len; call->copied++) {
		uint32_t source = explore_source_fresh(c->num_seeds - 1);
		uint32_t word = explore_word(source, call->copied / 4);

		if (call->copied == end && is_wiped(address))
			return;
		*explore_machine_at(address + call->copied, 1) =
			explore_byte_of(word, call->copied);
	}
	if (!is_wiped(address))
		explore_call_access(EXPLORE_WRITES_BUFFER);
	return_from_syscall((int64_t)len);
}

/* @len bytes in whole pages at @address become @fate. */
static int64_t set_fate(uint64_t address, uint64_t len, enum explore_fate fate)
{
	uint64_t first = (address - EXPLORE_HEAP) / EXPLORE_PAGE, num = len / EXPLORE_PAGE;

	if (address % EXPLORE_PAGE || first >= EXPLORE_HEAP_PAGES ||
	    num > EXPLORE_HEAP_PAGES - first)
		return -EINVAL;
	memset(explore_now.heap + first, (int)fate, num);
	return 0;
}

static bool is_free(uint64_t first, uint64_t num)
{
	for (uint64_t page = first; page < first + num; page++)
		if (explore_now.heap[page] != EXPLORE_NOT_MAPPED)
			return false;
	return true;
}

static int64_t map(uint64_t len, uint64_t flags)
{
	enum explore_fate fate = EXPLORE_STAYS;
	uint64_t num = len / EXPLORE_PAGE, first = 0, address;

	if ((flags & MAP_TYPE) == MAP_DROPPABLE)
		fate = EXPLORE_DROPPABLE;
	else if ((flags & MAP_TYPE) != MAP_PRIVATE)
		return -EINVAL;
	while (first + num <= EXPLORE_HEAP_PAGES && !is_free(first, num))
		first++;
	if (first + num > EXPLORE_HEAP_PAGES || num == 0)
		return -ENOMEM;
	address = EXPLORE_HEAP + first * EXPLORE_PAGE;
	set_fate(address, len, fate);
	memset(explore_memory_at(address, EXPLORE_PAGE), 0, len);
	return (int64_t)address;
}

static int64_t advise(uint64_t address, uint64_t len, uint64_t advice)
{
	enum explore_fate before = explore_memory_fate(address - 1);

	if (advice != MADV_WIPEONFORK)
		return -EINVAL;
	return set_fate(address, len,
			before == EXPLORE_STAYS ? EXPLORE_WIPED_PART : EXPLORE_WIPED_ON_FORK);
}

/* Nobody can set it; it is a look at whether the key is too old. */
static int64_t read_clock(uint64_t address)
{
	uint64_t now[2] = { explore_now.clock, 0 };
	uint8_t *to = explore_machine_at(address, sizeof(now));

	explore_call_access(EXPLORE_READS_RNG);
	if (!to)
		return -EFAULT;
	memcpy(to, now, sizeof(now));
	return 0;
}

static int64_t other(unsigned int call, const uint64_t *args)
{
	const struct explore_syscalls *calls = &explore_machine.arch->syscalls;

	if (call == calls->mmap)
		return map(args[1], args[3]);
	if (call == calls->munmap)
		return set_fate(args[0], args[1], EXPLORE_NOT_MAPPED);
	if (call == calls->madvise)
		return advise(args[0], args[1], args[2]);
	if (call == calls->clock_gettime)
		return read_clock(args[1]);
	if (call == calls->openat)
		return -ENOENT;
	return -ENOSYS;
}

void explore_system_step(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint64_t args[4];

	if (explore_top()->copying || explore_system_is_getrandom(explore_now.regs[arch->pc])) {
		getrandom_step();
		return;
	}
	for (unsigned int i = 0; i < 4; i++)
		args[i] = explore_now.regs[arch->syscall_args[i]];
	return_from_syscall(other(number(), args));
}
