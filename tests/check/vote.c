// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What could be chance is seen again, and the kind that came in most runs is believed.
 */
#include "judge.h"

/*
 * A plain fork that gave different bytes is to be seen twice: a call that has its bytes starts over
 * if the kernel reseeds right then, and the tail would look shorter than it is.
 */
static unsigned int times_needed(const struct check_fault *fault, enum check_kind kind)
{
	return fault == &check_faults[CHECK_PLAIN_FORK] && kind == CHECK_RIGHT ? 2 : 1;
}

/* Boyer and Moore's majority vote: another kind takes one off. */
bool check_vote(struct check_votes *votes, const struct check_fault *fault,
		struct check_verdict verdict)
{
	if (votes->num == 0)
		votes->kind = verdict.kind;
	if (votes->kind == verdict.kind)
		votes->num++;
	else
		votes->num--;
	if (verdict.is_weak)
		return false;
	if (times_needed(fault, verdict.kind) == 1) {
		votes->kind = verdict.kind;
		return true;
	}
	return votes->kind == verdict.kind && votes->num >= times_needed(fault, verdict.kind);
}
