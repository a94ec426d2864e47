// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "prelude.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "config.h"
#include "judge.h"
#include "machine.h"
#include "schedule.h"

static int64_t last_result;

static void note_result(int64_t result)
{
	last_result = result;
}

static void judge(int64_t result)
{
	enum explore_kind kind = explore_judge_call(result);

	if (kind)
		explore_die("a call before the one under test %s", explore_kind_names[kind]);
}

void explore_prelude_draw(uint32_t size)
{
	explore_call_begin(size);
	explore_run_undisturbed(judge);
}

int64_t explore_prelude_call(uint64_t entry, const uint64_t *args, unsigned int num_args)
{
	explore_call_begin_function(entry, args, num_args);
	explore_run_undisturbed(note_result);
	return last_result;
}

static uint8_t thread_before[EXPLORE_THREAD_LEN];

static bool thread_has_changed(void)
{
	return memcmp(thread_before, explore_machine.thread, EXPLORE_THREAD_LEN) != 0;
}

void explore_prelude_abandon(uint32_t size)
{
	memcpy(thread_before, explore_machine.thread, EXPLORE_THREAD_LEN);
	explore_call_begin(size);
	explore_run_until(thread_has_changed);
	explore_call_end();
}

uint32_t explore_prelude_left(const char *name)
{
	unsigned long left;
	char *end;

	if (strncmp(name, "left-", 5) != 0 || !name[5])
		return UINT32_MAX;
	left = strtoul(name + 5, &end, 10);
	return *end || left % 4 || left > EXPLORE_LEN_MAX ? UINT32_MAX : (uint32_t)left;
}
