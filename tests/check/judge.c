// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A run is right if every output of both processes is there, is new, and is random as far as one
 * can see from outside; and if afterwards both go on as if nothing had happened.
 */
#include "judge.h"

#include <string.h>

#include "windows.h"

/* More system calls than usual that the last calls may make: a refill may fall into them. */
#define LATE_SYSCALLS_MORE 4

const char *const check_kind_names[CHECK_NUM_KINDS] = {
	[CHECK_RIGHT] = "right",
	[CHECK_NOT_INJECTED] = "not injected",
	[CHECK_SAME_OUTPUT] = "parent and child got the same",
	[CHECK_ZEROS] = "zeros",
	[CHECK_ZERO_KEY] = "keystream of the zero key",
	[CHECK_REPEATS_OTHER] = "repeats bytes of the other process",
	[CHECK_REPEATS_ITSELF] = "repeats bytes of its own",
	[CHECK_UNWRITTEN] = "bytes not written",
	[CHECK_WRONG_RETURN] = "wrong return value",
	[CHECK_NEXT_WRONG] = "the next calls fail",
	[CHECK_NEXT_SLOW] = "the fast path does not come back",
	[CHECK_DIED] = "crash or abort",
	[CHECK_STUCK] = "hang",
};

enum owner { BEFORE, PARENT, CHILD };

struct judgement {
	const struct check_run *run;
	const struct check_report *report;
	struct check_verdict verdict;
};

/* Of the outputs of the run that is judged. */
static struct check_windows *set;

static void find(struct judgement *j, enum check_kind kind, bool is_weak)
{
	if (j->verdict.kind == CHECK_RIGHT)
		j->verdict = (struct check_verdict){ kind, is_weak };
}

static void look_at(struct judgement *j, const void *buf, size_t len)
{
	if (check_has_zeros(buf, len))
		find(j, CHECK_ZEROS, len < CHECK_WINDOW_LEN);
	else if (check_has_zero_keystream(buf, len))
		find(j, CHECK_ZERO_KEY, false);
}

/* The noise that the buffer was filled with: eight bytes of it, or the last one. */
static void look_for_noise(struct judgement *j, const uint8_t *buf, size_t len)
{
	const uint8_t *noise = j->report->pattern;

	for (size_t i = 0, run = 0; i < len; i++) {
		run = buf[i] == noise[i] ? run + 1 : 0;
		if (run == CHECK_WINDOW_LEN)
			find(j, CHECK_UNWRITTEN, false);
	}
	if (buf[0] == noise[0] || buf[len - 1] == noise[len - 1])
		find(j, CHECK_UNWRITTEN, true);
}

/* A call that a failing getrandom(2) kept from its bytes says so, and that is right. */
static bool is_excused(const struct judgement *j, uint64_t ret)
{
	return check_fault_has(j->run->fault, CHECK_FAIL) && check_target_refused(ret);
}

static bool has_outer(const struct judgement *j, const struct check_side *side)
{
	return !side->jumped && !is_excused(j, side->ret);
}

static void judge_calls(struct judgement *j, const struct check_side *side)
{
	size_t size = j->run->call.size;

	if (has_outer(j, side)) {
		if (!check_target_succeeded(side->ret, size))
			find(j, CHECK_WRONG_RETURN, false);
		look_at(j, side->outer, size);
		look_for_noise(j, side->outer, size);
	}
	for (unsigned int i = 0; i < side->num_nested; i++) {
		if (!check_target_succeeded(side->nested_ret[i], j->report->nested_len))
			find(j, CHECK_WRONG_RETURN, false);
		look_at(j, side->nested[i], j->report->nested_len);
	}
	for (unsigned int i = 0; i < side->num_next; i++)
		look_at(j, side->next[i], CHECK_NEXT_LEN);
	if (side->next_failed)
		find(j, CHECK_NEXT_WRONG, false);
}

static int add(const void *buf, size_t len, int owner)
{
	int other = check_windows_add(set, buf, len, owner);

	/* Owners are numbered in threes: before, parent and child each have many outputs. */
	return other < 0 ? -1 : other % 3;
}

static void compare(struct judgement *j, const void *buf, size_t len, enum owner who, int *number)
{
	int other = add(buf, len, 3 * ++*number + (int)who);

	if (other >= 0)
		find(j,
		     other == (int)who || other == BEFORE ? CHECK_REPEATS_ITSELF
							  : CHECK_REPEATS_OTHER,
		     false);
}

static void compare_side(struct judgement *j, const struct check_side *side, enum owner who,
			 int *number)
{
	if (has_outer(j, side))
		compare(j, side->outer, j->run->call.size, who, number);
	for (unsigned int i = 0; i < side->num_nested; i++)
		compare(j, side->nested[i], j->report->nested_len, who, number);
	for (unsigned int i = 0; i < side->num_next; i++)
		compare(j, side->next[i], CHECK_NEXT_LEN, who, number);
}

/* Both calls ended with the same bytes: all of a short one, any eight of a long one. */
static bool is_same_output(const struct judgement *j)
{
	const struct check_side *parent = &j->report->parent, *child = &j->report->child;
	size_t size = j->run->call.size;

	if (!has_outer(j, parent) || !has_outer(j, child))
		return false;
	if (size < CHECK_WINDOW_LEN)
		return memcmp(parent->outer, child->outer, size) == 0;
	for (size_t i = 0, run = 0; i < size; i++) {
		run = parent->outer[i] == child->outer[i] ? run + 1 : 0;
		if (run == CHECK_WINDOW_LEN)
			return true;
	}
	return false;
}

/* Of all outputs that are compared. */
static size_t num_bytes(const struct judgement *j)
{
	const struct check_report *report = j->report;

	return report->num_before * CHECK_NEXT_LEN +
	       2 * (j->run->call.size + CHECK_NESTED_CALLS * report->nested_len) +
	       (report->parent.num_next + report->child.num_next) * CHECK_NEXT_LEN;
}

void check_judge_init(void)
{
	set = check_windows_new(CHECK_DRAWS_MAX * CHECK_NEXT_LEN +
				2 * (CHECK_SIZE_MAX + CHECK_NESTED_CALLS * CHECK_NESTED_MAX +
				     CHECK_NEXT_CALLS * CHECK_NEXT_LEN));
}

/*
 * The same output is looked for first among others: it is right in the tail, and all
 * other findings are worse.
 */
static void compare_all(struct judgement *j)
{
	const struct check_report *report = j->report;
	struct check_side *child = (struct check_side *)&report->child;
	int number = 0;

	check_windows_clear(set, num_bytes(j));
	for (unsigned int i = 0; i < report->num_before; i++)
		compare(j, report->before[i], CHECK_NEXT_LEN, BEFORE, &number);
	compare_side(j, &report->parent, PARENT, &number);
	if (!report->forked)
		return;
	if (is_same_output(j)) {
		bool was_jumped = child->jumped;

		/* Everything but the output that is known to be the same. */
		child->jumped = true;
		compare_side(j, child, CHILD, &number);
		child->jumped = was_jumped;
		find(j, CHECK_SAME_OUTPUT, j->run->call.size < CHECK_WINDOW_LEN);
		return;
	}
	compare_side(j, child, CHILD, &number);
}

static bool is_slow(const struct check_run *run, const struct check_side *side,
		    unsigned int late_syscalls)
{
	/* Without a guard of its own there is no way back from a jump, see vdso/README.md. */
	if (side->jumped && !run->target->recovers)
		return false;
	return side->late_syscalls > late_syscalls + LATE_SYSCALLS_MORE;
}

struct check_verdict check_judge(const struct check_run *run, const struct check_report *report,
				 unsigned int late_syscalls)
{
	struct judgement j = { .run = run, .report = report };
	bool two_points = run->fault->split != 0;

	if (report->was_impossible)
		return (struct check_verdict){ CHECK_NOT_INJECTED, false };
	if (report->end == CHECK_HUNG)
		return (struct check_verdict){ CHECK_STUCK, false };
	/* Who has no way to report an error may end the process instead. */
	if (report->end == CHECK_GAVE_UP && check_fault_has(run->fault, CHECK_FAIL) &&
	    check_function.convention == CHECK_BUF)
		return (struct check_verdict){ CHECK_RIGHT, false };
	if (report->end != CHECK_ENDED)
		return (struct check_verdict){ CHECK_DIED, false };
	judge_calls(&j, &report->parent);
	if (report->forked)
		judge_calls(&j, &report->child);
	compare_all(&j);
	if (is_slow(run, &report->parent, late_syscalls) ||
	    (report->forked && is_slow(run, &report->child, late_syscalls)))
		find(&j, CHECK_NEXT_SLOW, false);
	if (j.verdict.kind == CHECK_RIGHT &&
	    (!report->injected[0] || (two_points && !report->injected[1])))
		j.verdict.kind = CHECK_NOT_INJECTED;
	return j.verdict;
}

enum check_kind check_run_and_judge(struct check_run *run, struct check_report *report,
				    unsigned int late_syscalls)
{
	struct check_votes votes = { 0 };

	for (int i = 0; i < CHECK_WEAK_REPEATS; i++) {
		run->pattern = (uint8_t)(run->pattern + 37);
		check_run(run, report);
		if (check_vote(&votes, check_judge(run, report, late_syscalls)))
			break;
	}
	return votes.kind;
}
