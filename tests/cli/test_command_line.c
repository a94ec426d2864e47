// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What the command lines of all programs share: numbers, and where the dynamic linker has no say.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "command.h"
#include "map-types.h"

static void expect_number(const char *text, unsigned long max, bool good, unsigned long value)
{
	unsigned long number = 4711;

	cr_assert_eq(vgr_parse_number(text, strlen(text), max, &number), good, "'%s', at most %lu",
		     text, max);
	if (good)
		cr_assert_eq(number, value, "'%s': %lu", text, number);
}

Test(command_line, numbers_are_decimal_whole_and_bounded)
{
	static const char *const none[] = { "",   " 1",  "1 ", "+1",  "-1", "0x1",
					    "1k", "1.0", "a",  "1\n", "--" };

	expect_number("0", ULONG_MAX, true, 0);
	expect_number("007", 7, true, 7);
	expect_number("18446744073709551615", ULONG_MAX, true, ULONG_MAX);
	expect_number("18446744073709551616", ULONG_MAX, false, 0);
	expect_number("99999999999999999999999999", ULONG_MAX, false, 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		expect_number(none[i], ULONG_MAX, false, 0);
	for (unsigned long max = 0; max < 130; max++) {
		char text[8];

		for (unsigned long n = 0; n < 140; n++) {
			snprintf(text, sizeof(text), "%lu", n);
			expect_number(text, max, n <= max, n);
		}
	}
}

Test(command_line, a_number_ends_where_it_is_said_to)
{
	unsigned long number;

	cr_assert(vgr_parse_number("12345", 3, ULONG_MAX, &number));
	cr_assert_eq(number, 123);
}

static void expect_items(const char *list, const char *const *items, size_t num)
{
	const char *rest = list, *item;
	size_t len = 4711, n = 0;

	for (; (item = vgr_list_next(&rest, &len)) != NULL; n++) {
		cr_assert_lt(n, num, "'%s': an item more, '%s'", list, item);
		cr_assert(strlen(items[n]) == len && memcmp(items[n], item, len) == 0,
			  "'%s': item %zu is '%.*s', expected '%s'", list, n, (int)len, item,
			  items[n]);
	}
	cr_assert_eq(n, num, "'%s': %zu items, expected %zu", list, n, num);
}

Test(command_line, a_list_has_an_item_more_than_commas)
{
	expect_items("4,32,a", (const char *const[]){ "4", "32", "a" }, 3);
	expect_items("4", (const char *const[]){ "4" }, 1);
	/* What is missing is there and empty, so that it is refused. */
	expect_items("", (const char *const[]){ "" }, 1);
	expect_items(",4,,", (const char *const[]){ "", "4", "", "" }, 4);
}

Test(command_line, types_of_mappings_are_such_on_every_architecture)
{
	for (size_t i = 0; i < cli_num_map_types; i++) {
		const struct cli_map_types *types = &cli_map_types[i];

		cr_assert(cli_is_type_of_its_own(types, CLI_MAP_DROPPABLE), "%s",
			  types->architecture);
		cr_assert(cli_is_type_of_its_own(types, CLI_MAP_IMPOSSIBLE_TYPE), "%s",
			  types->architecture);
		/* MAP_SHARED, MAP_PRIVATE and MAP_SHARED_VALIDATE are others' names. */
		for (unsigned int taken = 0; taken <= 3; taken++)
			cr_assert(!cli_is_type_of_its_own(types, taken), "%s: %u",
				  types->architecture, taken);
		if (strcmp(types->architecture, "parisc") == 0)
			cr_assert(!cli_is_type_of_its_own(types, 0x0d),
				  "parisc: 0x04 is MAP_FIXED");
	}
}

Test(command_line, commands_are_found_as_by_execvp)
{
	char path[PATH_MAX];

	cr_assert_eq(setenv("PATH", "/no/such/folder::/bin:/usr/bin", 1), 0);
	cr_assert_eq(cli_find_command("sh", path, sizeof(path)), 0);
	cr_assert_str_eq(path, "/bin/sh");
	cr_assert_eq(cli_find_command("/bin/sh", path, sizeof(path)), 0);
	cr_assert_eq(cli_find_command("no-such-command", path, sizeof(path)), ENOENT);
	cr_assert_eq(cli_find_command("", path, sizeof(path)), ENOENT);
	cr_assert_eq(cli_find_command("/etc/passwd", path, sizeof(path)), EACCES);
	cr_assert_eq(cli_find_command("/etc", path, sizeof(path)), EACCES);
}
