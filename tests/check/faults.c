// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The table of faults. A pair is a fault whose actions come at two boundaries. */
#include "faults.h"

#include <errno.h>
#include <string.h>

#define D CHECK_DROP
#define F CHECK_FORK
#define S CHECK_SIGNAL
#define R CHECK_RESEED

const struct check_fault check_faults[] = {
	{ "none", "nothing", 0, { 0 }, 0, 0 },
	{ "fork", "a fork", 1, { F }, 0, 0 },
	{ "drop", "a page drop", 1, { D }, 0, 0 },
	{ "signal", "a nested call", 1, { S }, 0, 0 },
	{ "drop+signal", "a page drop, then a nested call", 2, { D, S }, 0, 0 },
	{ "fork+signal", "a fork, then a nested call in the child", 2, { F, S }, 0, 0 },
	{ "drop+signal+drop", "a drop, a nested call, a drop", 3, { D, S, D }, 0, 0 },
	{ "drop+signal+signal",
	  "a drop and a nested call, later another one",
	  3,
	  { D, S, S },
	  2,
	  0 },
	{ "fork+signal+signal",
	  "a fork and a nested call in the child, later another one",
	  3,
	  { F, S, S },
	  2,
	  0 },
	{ "fork+drop", "a fork, then a page drop in both", 2, { F, D }, 0, 0 },
	{ "reseed", "a change of the generation", 1, { R }, 0, 0 },
	{ "reseed+signal", "a change of the generation, then a nested call", 2, { R, S }, 0, 0 },
	{ "fail-eintr", "the next getrandom(2) fails with EINTR", 1, { CHECK_FAIL }, 0, EINTR },
	{ "fail-eagain", "the next getrandom(2) fails with EAGAIN", 1, { CHECK_FAIL }, 0, EAGAIN },
	{ "fail-enosys", "the next getrandom(2) fails with ENOSYS", 1, { CHECK_FAIL }, 0, ENOSYS },
	{ "longjmp", "a handler that leaves by siglongjmp()", 1, { CHECK_JUMP }, 0, 0 },
	{ "drop..signal", "a drop, later a nested call", 2, { D, S }, 1, 0 },
	{ "fork..signal", "a fork, later a nested call in the child", 2, { F, S }, 1, 0 },
	{ "signal..drop", "a nested call, later a drop", 2, { S, D }, 1, 0 },
	{ "signal..fork", "a nested call, later a fork", 2, { S, F }, 1, 0 },
	{ "signal..signal", "a nested call, later another one", 2, { S, S }, 1, 0 },
	{ "drop..drop", "a drop, later another one", 2, { D, D }, 1, 0 },
	{ "drop..fork", "a drop, later a fork", 2, { D, F }, 1, 0 },
	{ "reseed..drop", "a change of the generation, later a drop", 2, { R, D }, 1, 0 },
};

const unsigned int check_num_faults = sizeof(check_faults) / sizeof(check_faults[0]);

bool check_fault_has(const struct check_fault *fault, enum check_action action)
{
	for (unsigned int i = 0; i < fault->num; i++)
		if (fault->actions[i] == action)
			return true;
	return false;
}

bool check_fault_forks_late(const struct check_fault *fault)
{
	return fault->split && fault->actions[fault->num - 1] == CHECK_FORK;
}

bool check_fault_is_named(const struct check_fault *fault, const char *text, size_t len)
{
	if (len == 4 && memcmp(text, "fail", 4) == 0)
		return strncmp(fault->name, "fail-", 5) == 0;
	return strlen(fault->name) == len && memcmp(fault->name, text, len) == 0;
}
