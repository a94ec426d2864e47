// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "walk.h"

#include <string.h>

#include "call.h"
#include "canon.h"
#include "chacha.h"
#include "config.h"
#include "faults.h"
#include "graph.h"
#include "pending.h"
#include "system.h"
#include "target.h"
#include "trail.h"

/* Undisturbed calls after the one under test. */
#define NEXT_CALLS 2

/* Of the steps of ChaCha20, which cost little, and of instructions. */
#define LOOK_EVERY_STEP 32
#define LOOK_EVERY_INSN 32

/* Far more than any call with its nested ones takes. */
#define STEPS_MAX 100000

struct explore_walk explore_walk;

static void find(enum explore_kind kind)
{
	struct explore_totals *totals = explore_walk.totals;

	explore_walk.is_over = true;
	explore_walk.kind = kind;
	if (explore_walk.done || explore_walk.is_replay)
		return;
	if (explore_limits.merges)
		explore_graph_connect(explore_walk.from, explore_walk.way, EXPLORE_END);
	totals->num_bad += !explore_kind_is_known(kind);
	if (totals->num_findings < EXPLORE_FINDINGS_MAX)
		explore_finding_add(totals->num_findings++, kind);
}

static bool faults_can_come(void)
{
	return explore_now.faults_left && !explore_walk.done && !explore_walk.is_replay &&
	       (explore_now.phase == 0 || explore_limits.closes);
}

static bool is_replayed_here(void)
{
	return explore_walk.is_replay && !explore_walk.done &&
	       explore_walk.replayed < explore_walk.num_replay &&
	       explore_walk.replay[explore_walk.replayed].step == explore_now.step;
}

/*
 * Whether it is worth a look that this may have been met before. Where no fault can come any more,
 * running on costs a small part of looking: there, one boundary of several is looked at, which is
 * the same one in equal runs; and the first one behind a nested call, because most leave all as
 * it was.
 */
static bool is_looked_at(uint64_t pc)
{
	const struct explore_call *call = explore_top();

	if (!explore_limits.merges)
		return false;
	if (faults_can_come() || explore_walk.came_back)
		return true;
	if (call->chacha)
		return call->chacha_step % LOOK_EVERY_STEP == 0;
	return ((uint32_t)pc * 0x9e3779b1u >> 16) % LOOK_EVERY_INSN == 0;
}

/* Whether a run came here before, or one that is equal. */
static bool is_known_here(void)
{
	struct explore_canon canon = explore_canon_now();
	bool is_known;
	uint32_t node = explore_graph_meet(&canon, explore_now.faults_left, &is_known);

	explore_graph_connect(explore_walk.from, explore_walk.way, node);
	explore_walk.from = node;
	explore_walk.way = EXPLORE_STEP;
	return is_known;
}

static bool flags_decide(uint64_t pc)
{
	const struct explore_arch *arch = explore_machine.arch;

	return explore_walk.is_emulated && arch->flags_decide && arch->flags_decide(pc);
}

/* The boundary before the instruction at @pc. False: nothing new begins here. */
static bool visit(uint64_t pc)
{
	/* A system call is one that others see, and what fails it comes right before it. */
	bool counts = explore_walk.touched || !explore_limits.skips_private ||
		      explore_system_is_call(pc);

	explore_walk.touched = false;
	explore_now.step++;
	if (++explore_walk.steps > STEPS_MAX) {
		find(EXPLORE_HANG);
		return false;
	}
	if (explore_walk.until && explore_walk.until()) {
		explore_walk.is_over = true;
		return false;
	}
	if (is_replayed_here()) {
		explore_walk.fault_is_due = true;
		return false;
	}
	if (explore_walk.done || explore_walk.is_replay || !counts || flags_decide(pc))
		return true;
	if (explore_walk.is_emulated && (faults_can_come() || is_looked_at(pc)))
		explore_machine_sync();
	if (is_looked_at(pc))
		explore_walk.is_over = is_known_here();
	explore_walk.came_back = false;
	if (!explore_walk.is_over && faults_can_come())
		explore_pending_push(explore_walk.from);
	return !explore_walk.is_over;
}

/* The instruction at @pc is done; 0: none is, since the kernel was entered. */
static void note_reservation(uint64_t pc)
{
	const struct explore_arch *arch = explore_machine.arch;
	enum explore_reservation does = EXPLORE_LEAVES;
	uint32_t insn;

	if (!arch->reservation || !pc)
		return;
	memcpy(&insn, &explore_machine.image->bytes[pc - EXPLORE_IMAGE], sizeof(insn));
	does = arch->reservation(insn);
	if (does != EXPLORE_LEAVES)
		explore_now.is_reserved = does == EXPLORE_TAKES;
}

static bool boundary(uint64_t pc)
{
	bool goes_on;

	note_reservation(explore_walk.last_pc);
	explore_walk.last_pc = pc;
	explore_walk.is_emulated = true;
	goes_on = visit(pc);
	explore_walk.is_emulated = false;
	return goes_on && !explore_chacha_is_entry(pc) && !explore_system_is_call(pc);
}

static void note_access(enum explore_access access, uint64_t address)
{
	explore_walk.touched = true;
	if (access == EXPLORE_TOUCHES)
		return;
	if (access != EXPLORE_WRITES_BUFFER && explore_target->is_look &&
	    !explore_target->is_look(address, explore_walk.last_pc))
		return;
	explore_call_access(access);
	explore_walk.last_look = explore_now.step;
}

const struct explore_events explore_schedule_events = { .boundary = boundary,
							.access = note_access };

/* What the explorer does in the program's place. */
static void host_step(void)
{
	if (explore_chacha_is_entry(explore_now.regs[explore_machine.arch->pc]))
		explore_chacha_step();
	else
		explore_system_step();
	explore_walk.last_look = explore_now.step;
	explore_walk.touched = true;
}

/* No call is under way. */
static void begin_next(void)
{
	struct explore_config *c = &explore_now;

	if (!explore_limits.closes && ++c->phase > NEXT_CALLS) {
		explore_walk.is_over = true;
		if (explore_limits.merges && !explore_walk.is_replay)
			explore_graph_connect(explore_walk.from, explore_walk.way, EXPLORE_END);
		if (!explore_limits.merges)
			explore_walk.totals->schedules++;
		return;
	}
	c->fail = 0;
	c->failed = 0;
	explore_call_begin(explore_walk.size);
}

static void note_undisturbed(void)
{
	struct explore_totals *totals = explore_walk.totals;

	if (totals->boundaries || explore_now.trail || explore_walk.is_replay)
		return;
	totals->boundaries = explore_now.step;
	totals->tail = explore_now.step - explore_walk.last_look;
}

static void returned(void)
{
	int64_t result = (int64_t)explore_now.regs[explore_machine.arch->result];
	enum explore_kind kind;

	if (explore_walk.done) {
		explore_walk.done(result);
		explore_call_end();
		explore_walk.is_over = explore_now.num_calls == 0;
		return;
	}
	kind = explore_judge_call(result);
	if (!kind) {
		uint32_t more = explore_top()->more, size = explore_top()->size;

		explore_call_end();
		if (more) {
			explore_call_begin(size);
			explore_top()->more = more - 1;
		}
		explore_walk.came_back = true;
		if (explore_now.num_calls)
			return;
		note_undisturbed();
		kind = explore_judge_state();
	}
	if (kind)
		find(kind);
	else
		begin_next();
}

void explore_walk_come(unsigned int fault)
{
	explore_trail_add(fault);
	explore_fault_come(fault);
	/* Out of all calls. */
	if (!explore_now.num_calls)
		begin_next();
}

/* Whoever comes back to a call comes from the kernel: see explore_machine_run(). */
static enum explore_stop run_machine(void)
{
	explore_walk.touched = true;
	explore_now.is_reserved = false;
	explore_walk.last_pc = 0;
	return explore_machine_run(explore_now.regs);
}

void explore_walk_go_on(void)
{
	while (!explore_walk.is_over) {
		enum explore_stop stop = EXPLORE_STOPPED;

		if (explore_top()->chacha || explore_top()->copying)
			visit(explore_now.regs[explore_machine.arch->pc]);
		else
			stop = run_machine();
		if (explore_walk.is_over)
			return;
		if (stop == EXPLORE_CRASHED) {
			find(EXPLORE_CRASH);
		} else if (stop == EXPLORE_RETURNED) {
			returned();
		} else if (explore_walk.fault_is_due) {
			explore_walk.fault_is_due = false;
			explore_walk_come(explore_walk.replay[explore_walk.replayed++].fault);
		} else {
			host_step();
		}
	}
}

void explore_walk_begin(void)
{
	explore_walk.is_over = false;
	explore_walk.touched = true;
	explore_walk.came_back = false;
	explore_walk.steps = 0;
	explore_walk.kind = EXPLORE_RIGHT;
}

void explore_run_undisturbed(void (*done)(int64_t result))
{
	explore_walk.done = done;
	explore_walk_begin();
	explore_walk_go_on();
	explore_walk.done = NULL;
	explore_walk_begin();
}

static void ignore_result(int64_t result)
{
	(void)result;
}

void explore_run_until(bool (*is_enough)(void))
{
	explore_walk.until = is_enough;
	explore_run_undisturbed(ignore_result);
	explore_walk.until = NULL;
}
