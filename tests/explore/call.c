// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "call.h"

#include <string.h>

#include "config.h"
#include "order.h"
#include "target.h"

/* Between a call and the handler that interrupts it; the kernel's frame is larger. */
#define HANDLER_GAP 256

/* Of the deepest call. */
#define STACK_NEEDED 3072

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

/* Of a call for @size bytes at @buffer, with nothing in registers yet. */
static struct explore_call *begin(uint32_t size, uint64_t buffer)
{
	const struct explore_arch *arch = explore_machine.arch;
	struct explore_config *c = &explore_now;
	uint64_t sp = EXPLORE_STACK + EXPLORE_STACK_LEN - 64 - arch->above_sp;
	struct explore_call *call = &c->calls[c->num_calls];

	if (c->num_calls) {
		sp = (c->regs[arch->sp] - HANDLER_GAP) & ~(uint64_t)15;
		memcpy(explore_top()->regs, c->regs, sizeof(c->regs));
	}
	if (sp < EXPLORE_STACK + STACK_NEEDED)
		explore_die("the stack of the process is too short for %u calls", c->num_calls + 1);
	/* What calls that are over left there is nobody's, and would tell configurations apart. */
	memset(explore_machine.stack, 0, sp - EXPLORE_STACK);
	memset(call, 0, sizeof(*call));
	call->size = size;
	call->seed_needed = call->seed_needed_before = c->seed_needed;
	call->looked_since_fork = call->looked_since_reseed = true;
	memset(c->regs, 0, sizeof(c->regs));
	explore_call_set_return(c->regs, sp);
	call->entry_sp = c->regs[arch->sp];
	memset(explore_machine_at(buffer, size), EXPLORE_UNWRITTEN, size);
	c->num_calls++;
	return call;
}

void explore_call_begin(uint32_t size)
{
	uint64_t buffer = explore_buffer_address(explore_now.num_calls, size);

	begin(size, buffer);
	explore_target->enter(explore_now.regs, buffer, size);
}

void explore_call_begin_function(uint64_t entry, const uint64_t *args, unsigned int num_args)
{
	const struct explore_arch *arch = explore_machine.arch;

	begin(0, explore_buffer_address(explore_now.num_calls, 0));
	for (unsigned int i = 0; i < num_args; i++)
		explore_now.regs[arch->args[i]] = args[i];
	explore_now.regs[arch->pc] = entry;
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
