// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Depth first: a run goes on without faults to its end, and leaves a snapshot at each boundary
 * where a fault could come. The last snapshot is put back, one fault comes, and that run goes on in
 * its turn. What was met before with as many faults to come is not gone into again.
 */
#include "schedule.h"

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

#define LOOK_EVERY 8

/* Far more than any call with its nested ones takes. */
#define STEPS_MAX 100000

struct explore_limits explore_limits;

static struct {
	struct explore_totals *totals;

	/* The run under way. */
	bool is_over, is_emulated; /* the registers are in the emulator */
	bool touched;              /* more than registers and stack, since the last boundary */
	uint32_t steps, last_look;
	uint64_t last_pc;
	uint32_t from; /* the last configuration, and what leads from it to the next */
	unsigned int way;
	enum explore_kind kind;
	uint32_t size;

	/* Not explored, but run to the end. */
	void (*done)(int64_t result);
	bool (*until)(void);
	bool is_replay, fault_is_due;
	const struct explore_event *replay;
	unsigned int num_replay, replayed;
} walk;

static void find(enum explore_kind kind)
{
	struct explore_totals *totals = walk.totals;

	walk.is_over = true;
	walk.kind = kind;
	if (walk.done || walk.is_replay)
		return;
	if (explore_limits.merges)
		explore_graph_connect(walk.from, walk.way, EXPLORE_END);
	totals->num_bad += !explore_kind_is_known(kind);
	if (totals->num_findings < EXPLORE_FINDINGS_MAX)
		explore_finding_add(totals->num_findings++, kind);
}

static bool faults_can_come(void)
{
	return explore_now.faults_left && !walk.done && !walk.is_replay &&
	       (explore_now.phase == 0 || explore_limits.closes);
}

static bool is_replayed_here(void)
{
	return walk.is_replay && !walk.done && walk.replayed < walk.num_replay &&
	       walk.replay[walk.replayed].step == explore_now.step;
}

/*
 * Whether it is worth a look that this may have been met before. Where no fault can come any more,
 * running on costs a small part of looking: there, one boundary of several is looked at, which is
 * the same one in equal runs.
 */
static bool is_looked_at(uint64_t pc)
{
	const struct explore_call *call = explore_top();

	if (!explore_limits.merges)
		return false;
	if (faults_can_come())
		return true;
	if (call->chacha)
		return call->chacha_step % LOOK_EVERY == 0;
	return ((uint32_t)pc * 0x9e3779b1u >> 16) % LOOK_EVERY == 0;
}

/* Whether a run came here before, or one that is equal. */
static bool is_known_here(void)
{
	struct explore_canon canon = explore_canon_now();
	bool is_known;
	uint32_t node = explore_graph_meet(&canon, explore_now.faults_left, &is_known);

	explore_graph_connect(walk.from, walk.way, node);
	walk.from = node;
	walk.way = EXPLORE_STEP;
	return is_known;
}

/* The boundary before the instruction at @pc. False: nothing new begins here. */
static bool visit(uint64_t pc)
{
	bool counts = walk.touched || !explore_target->skips_private;

	walk.touched = false;
	explore_now.step++;
	if (++walk.steps > STEPS_MAX) {
		find(EXPLORE_HANG);
		return false;
	}
	if (walk.until && walk.until()) {
		walk.is_over = true;
		return false;
	}
	if (is_replayed_here()) {
		walk.fault_is_due = true;
		return false;
	}
	if (walk.done || walk.is_replay || !counts)
		return true;
	if (walk.is_emulated && (faults_can_come() || is_looked_at(pc)))
		explore_machine_sync();
	if (is_looked_at(pc))
		walk.is_over = is_known_here();
	if (!walk.is_over && faults_can_come())
		explore_pending_push(walk.from);
	return !walk.is_over;
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

	note_reservation(walk.last_pc);
	walk.last_pc = pc;
	walk.is_emulated = true;
	goes_on = visit(pc);
	walk.is_emulated = false;
	return goes_on && !explore_chacha_is_entry(pc) && !explore_system_is_call(pc);
}

static void note_access(enum explore_access access, uint64_t address)
{
	walk.touched = true;
	if (access == EXPLORE_TOUCHES)
		return;
	if (access != EXPLORE_WRITES_BUFFER && explore_target->is_look &&
	    !explore_target->is_look(address, walk.last_pc))
		return;
	explore_call_access(access);
	walk.last_look = explore_now.step;
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
	walk.last_look = explore_now.step;
	walk.touched = true;
}

/* No call is under way. */
static void begin_next(void)
{
	struct explore_config *c = &explore_now;

	if (!explore_limits.closes && ++c->phase > NEXT_CALLS) {
		walk.is_over = true;
		if (explore_limits.merges && !walk.is_replay)
			explore_graph_connect(walk.from, walk.way, EXPLORE_END);
		if (!explore_limits.merges)
			walk.totals->schedules++;
		return;
	}
	c->fail = 0;
	c->failed = 0;
	explore_call_begin(walk.size);
}

static void note_undisturbed(void)
{
	struct explore_totals *totals = walk.totals;

	if (totals->boundaries || explore_now.trail || walk.is_replay)
		return;
	totals->boundaries = explore_now.step;
	totals->tail = explore_now.step - walk.last_look;
}

static void returned(void)
{
	int64_t result = (int64_t)explore_now.regs[explore_machine.arch->result];
	enum explore_kind kind;

	if (walk.done) {
		walk.done(result);
		explore_call_end();
		walk.is_over = explore_now.num_calls == 0;
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

static void come(unsigned int fault)
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
	walk.touched = true;
	explore_now.is_reserved = false;
	walk.last_pc = 0;
	return explore_machine_run(explore_now.regs);
}

static void go_on(void)
{
	while (!walk.is_over) {
		enum explore_stop stop = EXPLORE_STOPPED;

		if (explore_top()->chacha || explore_top()->copying)
			visit(explore_now.regs[explore_machine.arch->pc]);
		else
			stop = run_machine();
		if (walk.is_over)
			return;
		if (stop == EXPLORE_CRASHED) {
			find(EXPLORE_CRASH);
		} else if (stop == EXPLORE_RETURNED) {
			returned();
		} else if (walk.fault_is_due) {
			walk.fault_is_due = false;
			come(walk.replay[walk.replayed++].fault);
		} else {
			host_step();
		}
	}
}

static void begin_run(void)
{
	walk.is_over = false;
	walk.touched = true;
	walk.steps = 0;
	walk.kind = EXPLORE_RIGHT;
}

void explore_run_undisturbed(void (*done)(int64_t result))
{
	walk.done = done;
	begin_run();
	go_on();
	walk.done = NULL;
	begin_run();
}

static void ignore_result(int64_t result)
{
	(void)result;
}

void explore_run_until(bool (*is_enough)(void))
{
	walk.until = is_enough;
	explore_run_undisturbed(ignore_result);
	walk.until = NULL;
}

/* The next fault of the last snapshot. */
static void branch(void)
{
	struct explore_pending *pending = explore_pending_last();
	unsigned int fault = pending->fault++;

	if (fault == EXPLORE_NUM_FAULTS) {
		explore_pending_pop();
		return;
	}
	if (!(explore_limits.faults >> fault & 1))
		return;
	begin_run();
	explore_snapshot_put_back(pending->snapshot);
	if (!explore_fault_can_come(fault) ||
	    (fault == EXPLORE_NESTED && explore_now.num_calls >= explore_limits.depth))
		return;
	walk.totals->runs++;
	walk.from = pending->node;
	walk.way = fault;
	if (explore_limits.merges)
		explore_graph_connect(walk.from, walk.way, EXPLORE_END);
	if (!explore_limits.closes)
		explore_now.faults_left--;
	come(fault);
	go_on();
}

static bool is_enough(void)
{
	return explore_limits.stops_first && walk.totals->num_bad;
}

static void explore_up_to(const struct explore_snapshot *start, unsigned int num_faults)
{
	explore_graph_clear();
	explore_canon_clear();
	explore_trail_clear();
	walk.totals->schedules = 0;
	walk.totals->num_findings = 0;
	walk.totals->runs = 0;
	explore_snapshot_put_back(start);
	explore_now.step = 0;
	explore_now.faults_left = explore_limits.closes ? 1 : num_faults;
	explore_call_begin(walk.size);
	walk.from = EXPLORE_ROOT;
	walk.way = EXPLORE_STEP;
	begin_run();
	go_on();
	while (explore_pending_last() && !is_enough())
		branch();
	while (explore_pending_last())
		explore_pending_pop();
	walk.totals->configs = explore_graph_size();
	if (explore_limits.merges && !explore_limits.closes && !is_enough())
		walk.totals->schedules = explore_graph_count(num_faults);
}

void explore_schedules(uint32_t size, struct explore_totals *totals)
{
	struct explore_snapshot *start = explore_snapshot_take();
	unsigned int k = explore_limits.closes ? explore_limits.num_faults : 0;

	memset(totals, 0, sizeof(*totals));
	walk.totals = totals;
	walk.size = size;
	walk.is_replay = false;
	for (; k <= explore_limits.num_faults && !totals->num_bad; k++)
		explore_up_to(start, k);
	totals->is_closed = explore_limits.closes && !totals->num_bad;
	explore_snapshot_free(start);
}

enum explore_kind explore_replay(uint32_t size, const struct explore_event *events,
				 unsigned int num_events)
{
	static struct explore_totals totals;

	walk.totals = &totals;
	walk.size = size;
	walk.is_replay = true;
	walk.replay = events;
	walk.num_replay = num_events;
	walk.replayed = 0;
	explore_trail_clear();
	explore_now.step = 0;
	explore_call_begin(size);
	begin_run();
	go_on();
	return walk.kind;
}
