// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "call.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "order.h"

#define COPY_STEP 8

/* Between a call and the handler that interrupts it; the kernel's frame is larger. */
#define HANDLER_GAP 256

void explore_call_set_return(uint64_t *regs, uint64_t sp)
{
	const struct explore_arch *arch = explore_machine.arch;

	if (arch->return_on_stack) {
		uint64_t to = EXPLORE_RETURN;

		sp -= sizeof(to);
		memcpy(explore_machine_at(sp, sizeof(to)), &to, sizeof(to));
	} else {
		regs[arch->link] = EXPLORE_RETURN;
	}
	regs[arch->sp] = sp;
}

void explore_call_begin(uint32_t size)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct explore_config *c = &explore_now;
	uint64_t sp = EXPLORE_STACK + EXPLORE_STACK_LEN - 64 - arch->above_sp;
	uint64_t buffer = explore_buffer_address(c->num_calls, size);
	uint64_t args[] = { buffer, size, 0, explore_machine.state_address,
			    explore_machine.state_len };
	struct explore_call *call = &c->calls[c->num_calls];

	if (c->num_calls) {
		sp = (c->regs[arch->sp] - HANDLER_GAP) & ~(uint64_t)15;
		memcpy(explore_top()->regs, c->regs, sizeof(c->regs));
	}
	memset(call, 0, sizeof(*call));
	call->size = size;
	call->seed_needed = call->seed_needed_before = c->seed_needed;
	call->looked_since_fork = call->looked_since_reseed = true;
	memset(c->regs, 0, sizeof(c->regs));
	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		c->regs[arch->args[i]] = args[i];
	explore_call_set_return(c->regs, sp);
	call->entry_sp = c->regs[arch->sp];
	c->regs[arch->pc] = explore_machine.image->entry;
	memset(explore_machine_at(buffer, size), EXPLORE_UNWRITTEN, size);
	c->num_calls++;
}

void explore_call_end(void)
{
	if (--explore_now.num_calls)
		memcpy(explore_now.regs, explore_top()->regs, sizeof(explore_now.regs));
}

void explore_call_access(enum explore_access access)
{
	struct explore_call *call = explore_top();

	if (access != EXPLORE_READS_RNG)
		call->looked_since_fork = true;
	if (access != EXPLORE_READS_STATE)
		call->looked_since_reseed = true;
}

void explore_call_return_early(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint64_t *regs = explore_now.regs;

	for (unsigned int i = 0; i < arch->num_scratch; i++)
		regs[arch->scratch[i]] = 0;
	if (arch->return_on_stack) {
		memcpy(&regs[arch->pc], explore_machine_at(regs[arch->sp], 8), 8);
		regs[arch->sp] += 8;
	} else {
		regs[arch->pc] = regs[arch->link];
	}
}

bool explore_call_is_syscall(uint64_t pc)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint64_t offset = pc - EXPLORE_IMAGE;

	return offset < explore_machine.image->len &&
	       memcmp(&explore_machine.image->bytes[offset], arch->syscall, arch->syscall_len) == 0;
}

static void return_from_syscall(int64_t result)
{
	const struct explore_arch *arch = explore_machine.arch;

	explore_top()->copying = false;
	explore_now.regs[arch->pc] += arch->syscall_len;
	explore_now.regs[arch->result] = (uint64_t)result;
	arch->syscall_done(explore_now.regs);
}

static void begin_syscall(uint64_t address, uint64_t len)
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

void explore_call_syscall_step(void)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct explore_config *c = &explore_now;
	struct explore_call *call = explore_top();
	uint64_t address = c->regs[arch->syscall_args[0]];
	uint64_t len = c->regs[arch->syscall_args[1]];

	if (!call->copying) {
		begin_syscall(address, len);
		return;
	}
	/* Into the buffer it comes at once: nothing looks at that in between. */
	for (uint64_t end = call->copied + COPY_STEP; call->copied < len; call->copied++) {
		uint32_t source = explore_source_fresh(c->num_seeds - 1);
		uint32_t word = explore_word(source, call->copied / 4);

		if (call->copied == end && address - EXPLORE_STATE_PAGE < EXPLORE_PAGE)
			return;
		*explore_machine_at(address + call->copied, 1) =
			explore_byte_of(word, call->copied);
	}
	if (address - EXPLORE_STATE_PAGE >= EXPLORE_PAGE)
		explore_call_access(EXPLORE_WRITES_BUFFER);
	return_from_syscall((int64_t)len);
}
