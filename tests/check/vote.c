// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What could be chance is seen again, and the kind that came in most runs is believed.
 */
#include "judge.h"

/* Boyer and Moore's majority vote: another kind takes one off. */
bool check_vote(struct check_votes *votes, struct check_verdict verdict)
{
	if (votes->num == 0 || !verdict.is_weak)
		votes->kind = verdict.kind;
	if (votes->kind == verdict.kind)
		votes->num++;
	else
		votes->num--;
	return !verdict.is_weak;
}
