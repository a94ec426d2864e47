// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Which mappings are taken for states, of texts that a kernel or a hostile process could make up:
 * the folder of a process is one of ours.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mappings.h"
#include "random.h"

#define FUZZ_ROUNDS 1000

#define STACK       "7ffc0000-7ffd0000 rw-p 00000000 00:00 0    [stack]\nVmFlags: rd wr mr gd ac \n"
#define DROPPABLE   "1000-3000 rw-p 00000000 00:00 0 \nSize: 8 kB\nVmFlags: rd wr nr wf dd dp \n"
#define WIPED       "5000-6000 rw-p 00000000 00:00 0 \nVmFlags: rd wr wf dd \n"
#define DEVICE      "7000-8000 rw-s 00002000 00:06 77   /dev/vgetrandom\nVmFlags: rd wr sh dd \n"
#define IMAGE       "8000-9000 r-xs 00001000 00:06 77   /dev/vgetrandom\nVmFlags: rd ex sh \n"
#define NAMED       "9000-a000 rw-p 00000000 00:00 0    [anon:glibc: getrandom]\nVmFlags: rd wr \n"

static char folder[] = "/tmp/vgetrandom-smaps-XXXXXX";
static int proc_fd;

static void make_folder(void)
{
	cr_assert(mkdtemp(folder));
	proc_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(proc_fd, 0);
}

static void remove_folder(void)
{
	unlinkat(proc_fd, "smaps", 0);
	close(proc_fd);
	rmdir(folder);
}

TestSuite(mappings, .init = make_folder, .fini = remove_folder);

static void put_smaps(const char *text, size_t len)
{
	int fd = openat(proc_fd, "smaps", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static struct cli_mappings read_text(const char *text, uint64_t address)
{
	struct cli_mappings mappings;

	put_smaps(text, strlen(text));
	cr_assert_eq(cli_mappings_read(proc_fd, address, &mappings), 0, "'%s'", text);
	return mappings;
}

static void expect_kinds(const char *text, uint64_t address, size_t num,
			 const enum cli_mapping_kind *kinds)
{
	struct cli_mappings mappings = read_text(text, address);

	cr_assert_eq(mappings.num, num, "%zu mappings, expected %zu in: %s", mappings.num, num,
		     text);
	for (size_t i = 0; i < num; i++)
		cr_assert_eq(mappings.list[i].kind, kinds[i], "mapping %zu is %s, in: %s", i,
			     cli_mapping_kind_name(mappings.list[i].kind), text);
	cli_mappings_free(&mappings);
}

#define EXPECT_KINDS(text, address, ...)                                              \
	do {                                                                          \
		static const enum cli_mapping_kind kinds[] = { __VA_ARGS__ };         \
		expect_kinds(text, address, sizeof(kinds) / sizeof(kinds[0]), kinds); \
	} while (0)

Test(mappings, states_are_told_from_the_rest)
{
	expect_kinds(STACK IMAGE, 0, 0, NULL);
	EXPECT_KINDS(STACK DROPPABLE, 0, CLI_MAPPING_DROPPABLE);
	EXPECT_KINDS(DROPPABLE STACK DEVICE IMAGE NAMED, 0, CLI_MAPPING_DROPPABLE,
		     CLI_MAPPING_MODULE, CLI_MAPPING_NAMED);
}

Test(mappings, wiped_on_fork_is_a_guess_that_is_dropped_for_something_better)
{
	EXPECT_KINDS(STACK WIPED, 0, CLI_MAPPING_WIPE_ON_FORK);
	EXPECT_KINDS(WIPED DROPPABLE WIPED, 0, CLI_MAPPING_DROPPABLE);
}

Test(mappings, address_chooses_one_whatever_it_is)
{
	EXPECT_KINDS(DROPPABLE STACK WIPED, 0x7ffc0000, CLI_MAPPING_ASKED_FOR);
	EXPECT_KINDS(DROPPABLE STACK WIPED, 0x7ffcffff, CLI_MAPPING_ASKED_FOR);
	expect_kinds(DROPPABLE STACK WIPED, 0x7ffd0000, 0, NULL);
	expect_kinds(DROPPABLE STACK WIPED, 0xfff, 0, NULL);
}

Test(mappings, fields_are_read)
{
	struct cli_mappings mappings = read_text(STACK DROPPABLE NAMED, 0);
	const struct cli_mapping *m = mappings.list;

	cr_assert_eq(mappings.num, 2);
	cr_assert(mappings.has_flags);
	cr_assert_eq(m[0].start, 0x1000);
	cr_assert_eq(m[0].end, 0x3000);
	cr_assert_str_eq(m[0].permissions, "rw-p");
	cr_assert_str_eq(m[0].flags, "rd wr nr wf dd dp");
	cr_assert_str_eq(m[0].name, "");
	cr_assert_str_eq(m[1].name, "[anon:glibc: getrandom]");
	cr_assert(cli_mapping_has(&m[0], "rd") && cli_mapping_has(&m[0], "dp"));
	cr_assert(!cli_mapping_has(&m[0], "dw") && !cli_mapping_has(&m[0], "r "));
	cli_mappings_free(&mappings);
}

Test(mappings, no_mapping_at_all_is_a_process_without_memory)
{
	struct cli_mappings mappings;

	cr_assert_eq(cli_mappings_read(proc_fd, 0, &mappings), ESRCH, "no file");
	put_smaps("", 0);
	cr_assert_eq(cli_mappings_read(proc_fd, 0, &mappings), ESRCH, "an empty file");
	cr_assert_eq(mappings.num, 0);
}

Test(mappings, without_vm_flags_nothing_is_claimed)
{
	struct cli_mappings mappings =
		read_text("1000-3000 rw-p 00000000 00:00 0 \nSize: 8 kB\n", 0);

	cr_assert_eq(mappings.num, 0);
	cr_assert(!mappings.has_flags);
	cli_mappings_free(&mappings);
}

/* A file name may have anything in it but a zero; the kernel writes a newline as \012. */
Test(mappings, names_lead_nobody_astray)
{
	char text[8192];
	char name[5000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "1000-3000 rw-p 00000000 08:01 5    /%s\nVmFlags: dp \n",
		 name);
	EXPECT_KINDS(text, 0, CLI_MAPPING_DROPPABLE);
	expect_kinds("1000-3000 rw-p 0 08:01 5 /tmp/[anon:getrandom]\nVmFlags: rd \n", 0, 0, NULL);
	expect_kinds("1000-3000 rw-p 0 08:01 5 /tmp/dev/vgetrandom\nVmFlags: rd \n", 0, 0, NULL);
	expect_kinds("1000-3000 rw-p 0 08:01 5 /tmp/VmFlags: dp\nVmFlags: rd \n", 0, 0, NULL);
}

/* Whatever comes, there is an answer. The sanitizers look on. */
Test(mappings, damaged_texts_are_survived)
{
	static const char whole[] = STACK DROPPABLE WIPED DEVICE IMAGE NAMED;
	struct vgt_random random;

	vgt_random_init(&random);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		char text[sizeof(whole)];
		size_t len = 1 + vgt_random_below(&random, sizeof(whole) - 1);
		struct cli_mappings mappings;
		int err;

		memcpy(text, whole, sizeof(whole));
		for (int i = 0; i < 8; i++)
			text[vgt_random_below(&random, len)] = (char)vgt_random_next(&random);
		put_smaps(text, len);
		err = cli_mappings_read(proc_fd, round % 2 ? 0x1000 : 0, &mappings);
		cr_assert(err == 0 || err == ESRCH, "seed %lu, round %d: %s",
			  (unsigned long)random.seed, round, strerror(err));
		for (size_t i = 0; i < mappings.num; i++)
			cr_assert_lt(mappings.list[i].start, mappings.list[i].end, "seed %lu",
				     (unsigned long)random.seed);
		cli_mappings_free(&mappings);
	}
}
