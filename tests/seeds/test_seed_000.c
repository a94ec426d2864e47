// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Seed 000: MAP_DROPPABLE is a mapping type; it implies that the memory is wiped on fork and not
 * dumped; locked and growing mappings are refused; kernels that do not know it refuse it.
 *
 * Everything is asked of the kernel that runs here, on the memory that states are given.
 */
#define _GNU_SOURCE
#include "seeds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "guard.h"

#define MADV_KEEPONFORK_NUMBER 19
#define MADV_DODUMP_NUMBER     17
#define CORE_MAX               (64ul << 20)

Test(seed_000, types_that_do_not_exist_are_refused)
{
	static const int none[] = { 0x04, 0x05, 0x06, 0x07, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		cr_assert_eq(seeds_try_flags(none[i], -1), EINVAL, "type %#x: %s", none[i],
			     strerror(seeds_try_flags(none[i], -1)));
}

Test(seed_000, it_is_a_type_and_accepted_or_refused_with_einval)
{
	int err = seeds_try_flags(DROPPABLE, -1);

	/* ENOTSUPP and EOPNOTSUPP: an architecture without a bit for it. */
	cr_assert(err == 0 || err == EINVAL || err == 524 || err == EOPNOTSUPP, "%s",
		  strerror(err));
	if (err)
		cr_skip_test("this kernel has no MAP_DROPPABLE: refused with %s", strerror(err));
	cr_assert_eq(seeds_try_flags(DROPPABLE | MAP_PRIVATE, -1), EINVAL, "with MAP_PRIVATE");
	cr_assert_eq(seeds_try_flags(DROPPABLE | MAP_SHARED, -1), EINVAL, "with MAP_SHARED");
}

Test(seed_000, locked_growing_huge_and_file_mappings_are_refused)
{
	static const struct {
		const char *name;
		int flags;
	} refused[] = { { "MAP_LOCKED", MAP_LOCKED },
			{ "MAP_GROWSDOWN", MAP_GROWSDOWN },
			{ "MAP_HUGETLB", MAP_HUGETLB } };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)seeds_droppable();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int err = seeds_try_flags(DROPPABLE | refused[i].flags, -1);

		cr_assert(err == EINVAL || err == ENOMEM || err == EPERM, "%s: %s", refused[i].name,
			  strerror(err));
	}
	cr_assert_eq(seeds_try_flags(DROPPABLE, fd), EINVAL, "of a file: %s",
		     strerror(seeds_try_flags(DROPPABLE, fd)));
	close(fd);
}

Test(seed_000, wipe_on_fork_and_no_dump_are_implied_and_cannot_be_taken_back)
{
	unsigned char *p = seeds_droppable();
	struct vgt_vma vma = seeds_vma(p);

	cr_assert(vgt_vma_has(&vma, "dp") && vgt_vma_has(&vma, "wf") && vgt_vma_has(&vma, "dd") &&
			  vgt_vma_has(&vma, "nr"),
		  "VmFlags%s", vma.flags);
	errno = 0;
	cr_assert_eq(madvise(p, SEEDS_LEN, MADV_KEEPONFORK_NUMBER), -1);
	cr_assert_eq(errno, EINVAL, "MADV_KEEPONFORK: %s", strerror(errno));
	errno = 0;
	cr_assert_eq(madvise(p, SEEDS_LEN, MADV_DODUMP_NUMBER), -1);
	cr_assert_eq(errno, EINVAL, "MADV_DODUMP: %s", strerror(errno));
}

static void expect_zero_in_grandchild(void *p)
{
	if (!vgt_all_are(p, SEEDS_LEN, 0))
		vgt_child_fail("the child finds the parent's bytes");
	memset(p, MARK + 1, SEEDS_LEN);
	if (!seeds_child_finds_zeros(p))
		vgt_child_fail("the grandchild finds the child's bytes");
}

static void expect_wiped_on_fork(unsigned char *p)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(expect_zero_in_grandchild, p, why), "%s", why);
	cr_assert(vgt_all_are(p, SEEDS_LEN, MARK), "the parent lost its own");
}

Test(seed_000, children_and_grandchildren_find_zeros_and_parents_keep_theirs)
{
	expect_wiped_on_fork(seeds_droppable());
}

/* In a child: becomes a core dump in @folder. @p are states. */
static void dump_core(const char *folder, unsigned char *p)
{
	struct rlimit unlimited = { CORE_MAX, CORE_MAX };
	unsigned char *kept =
		mmap(NULL, PAGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (chdir(folder) != 0 || setrlimit(RLIMIT_CORE, &unlimited) != 0)
		_exit(1);
	/* What must be in the dump, so that the search is known to find something. */
	memset(kept, MARK + 2, PAGE_LEN);
	memset(p, MARK, SEEDS_LEN);
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* Whether @path has @len bytes of @value in a row. */
static bool has_run(const char *path, unsigned char value, size_t len)
{
	FILE *file = fopen(path, "re");
	size_t found = 0;
	int c;

	while (file && found < len && (c = getc(file)) != EOF)
		found = c == value ? found + 1 : 0;
	if (file)
		fclose(file);
	return found == len;
}

static bool core_goes_to_current_folder(void)
{
	char pattern[8] = "";
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");

	if (file && !fgets(pattern, sizeof(pattern), file))
		pattern[0] = '\0';
	if (file)
		fclose(file);
	file = fopen("/proc/sys/kernel/core_uses_pid", "re");
	if (file && getc(file) != '0')
		pattern[0] = '\0';
	if (file)
		fclose(file);
	return strcmp(pattern, "core\n") == 0;
}

Test(seed_000, a_real_core_dump_has_none_of_it)
{
	char folder[] = "/tmp/vgetrandom-core-XXXXXX", path[64];
	unsigned char *p = seeds_droppable();
	bool has_kept, has_states;
	int status = 0;
	pid_t pid;

	if (!core_goes_to_current_folder())
		cr_skip_test("core dumps do not go to the current folder here");
	cr_assert(mkdtemp(folder));
	pid = fork();
	if (pid == 0)
		dump_core(folder, p);
	waitpid(pid, &status, 0);
	snprintf(path, sizeof(path), "%s/core", folder);
	if (!WIFSIGNALED(status) || !WCOREDUMP(status)) {
		rmdir(folder);
		cr_skip_test("no core was dumped, status %x", status);
	}
	has_kept = has_run(path, MARK + 2, PAGE_LEN);
	/* Whole pages: a register that filled them may hold some bytes. */
	has_states = has_run(path, MARK, PAGE_LEN);
	unlink(path);
	rmdir(folder);
	cr_assert(has_kept, "ordinary memory is not in the dump: nothing was tested");
	cr_assert(!has_states, "the states are in the dump");
}

/* Kernels before 6.11: the library's other memory must be as good, but for dropping. */
static void expect_the_same_without(void *unused)
{
	unsigned char *p = seeds_not_droppable();
	struct vgt_vma vma = seeds_vma(p);

	(void)unused;
	if (vgt_vma_has(&vma, "dp") || !vgt_vma_has(&vma, "wf") || !vgt_vma_has(&vma, "dd"))
		vgt_child_fail("VmFlags%s", vma.flags);
	expect_zero_in_grandchild(memset(p, 0, SEEDS_LEN));
	memset(p, MARK, SEEDS_LEN);
	if (!seeds_child_finds_zeros(p) || !vgt_all_are(p, SEEDS_LEN, MARK))
		vgt_child_fail("not wiped on fork, or the parent lost its own");
}

Test(seed_000, without_it_states_are_wiped_and_not_dumped_too)
{
	char why[VGT_CHILD_WHY_SIZE];

	cr_assert(vgt_run_child(expect_the_same_without, NULL, why), "%s", why);
}
