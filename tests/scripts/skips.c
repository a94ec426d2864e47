// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A Criterion program with tests that skip, for check_skips.py. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

Test(never, with_a_reason)
{
	cr_skip_test("1 < 2 & \"so\"");
}

Test(never, without)
{
	cr_skip();
}

ParameterizedTestParameters(sometimes, by_number)
{
	static int numbers[] = { 1, 2, 3 };

	return cr_make_param_array(int, numbers, 3);
}

ParameterizedTest(int *number, sometimes, by_number)
{
	if (*number == 2)
		cr_skip_test("not %d", *number);
}

Test(bad, fails)
{
	cr_assert_fail("on purpose");
}
