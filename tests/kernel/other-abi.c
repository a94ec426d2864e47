// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program of another ABI (i386, x32, 32-bit ARM) on a kernel whose 64-bit vDSO has our function:
 * its own vDSO, if it has one, has the time functions, which tell the time that the system call
 * tells, and no getrandom(); random bytes come by the system call, and vgetrandom_alloc() is none
 * of its calls.
 *
 * Compiled by harness/other_abi.py without anything else of this folder, which is 64-bit code.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS       1000

#define FIRST_UNUSED 548
#define LAST_UNUSED  1024

/* x32's are those of x86-64 with a bit set; it is 0 where numbers are plain. */
#ifdef __x86_64__
#define OF_THIS_ABI (SYS_getrandom & 0x40000000L)
#else
#define OF_THIS_ABI 0L
#endif

/* An arm64 kernel has one for 32-bit programs if it was built with a second compiler. */
#ifdef __arm__
#define MAY_LACK_VDSO true
#else
#define MAY_LACK_VDSO false
#endif

/* Of a kernel without CONFIG_COMPAT_32BIT_TIME; both are 64 bits wide in each of the ABIs. */
#if defined(__i386__) || defined(__arm__)
#define CLOCK_FUNCTION "__vdso_clock_gettime64"
#define CLOCK_CALL     SYS_clock_gettime64
#else
#define CLOCK_FUNCTION "__vdso_clock_gettime"
#define CLOCK_CALL     SYS_clock_gettime
#endif

struct point {
	int64_t s, ns;
};

typedef int clock_gettime_fn(clockid_t clock, struct point *now);

static unsigned int num_failed, num_checks;

static void check(bool good, const char *what)
{
	num_checks++;
	if (good)
		return;
	num_failed++;
	printf("FAIL: %s\n", what);
}

struct vdso {
	const char *base, *strings;
	const ElfW(Sym) * symbols;
	size_t num;
};

/* The dynamic section of an image whose first segment begins at address 0, as each vDSO's does. */
static bool read_dynamic(const ElfW(Dyn) * dynamic, struct vdso *vdso)
{
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		const char *p = vdso->base + dynamic->d_un.d_ptr;

		if (dynamic->d_tag == DT_STRTAB)
			vdso->strings = p;
		else if (dynamic->d_tag == DT_SYMTAB)
			vdso->symbols = (const void *)p;
		else if (dynamic->d_tag == DT_HASH)
			vdso->num = ((const uint32_t *)p)[1]; /* chains are as many as symbols */
	}
	return vdso->strings && vdso->symbols && vdso->num;
}

static bool open_vdso(struct vdso *vdso)
{
	const ElfW(Ehdr) *header = (const void *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	const ElfW(Phdr) * segment;

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	vdso->base = (const char *)header;
	segment = (const void *)(vdso->base + header->e_phoff);
	for (unsigned int i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_DYNAMIC)
			return read_dynamic((const void *)(vdso->base + segment[i].p_vaddr), vdso);
	return false;
}

/* The address of the symbol whose name is @name, or has it within if @within. */
static const char *find(const struct vdso *vdso, const char *name, bool within)
{
	for (size_t i = 1; i < vdso->num; i++) {
		const char *found = vdso->strings + vdso->symbols[i].st_name;

		if (within ? strstr(found, name) != NULL : strcmp(found, name) == 0)
			return vdso->base + vdso->symbols[i].st_value;
	}
	return NULL;
}

static bool is_earlier(const struct point *a, const struct point *b)
{
	return a->s != b->s ? a->s < b->s : a->ns < b->ns;
}

/* The system call before it, and the one after it. */
static void check_time(clock_gettime_fn *function)
{
	struct point before, now, after;
	bool agrees = true;

	for (int i = 0; i < ROUNDS && agrees; i++)
		agrees = syscall(CLOCK_CALL, CLOCK_MONOTONIC, &before) == 0 &&
			 function(CLOCK_MONOTONIC, &now) == 0 &&
			 syscall(CLOCK_CALL, CLOCK_MONOTONIC, &after) == 0 &&
			 !is_earlier(&now, &before) && !is_earlier(&after, &now);
	check(agrees, "the vDSO tells the time that the system call tells");
}

static void check_random(void)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };

	check(syscall(SYS_getrandom, a, sizeof(a), 0) == sizeof(a) &&
		      syscall(SYS_getrandom, b, sizeof(b), 0) == sizeof(b) &&
		      memcmp(a, b, sizeof(a)) != 0,
	      "the system call draws");
}

/*
 * Which number it has 64-bit programs are told, and this one not. Above those of x32 and of 32-bit
 * ARM there is no call of Linux's, so none of these may be one.
 */
static void check_numbers(void)
{
	struct {
		uint64_t words[4];
	} args = { { 0 } };

	for (long number = FIRST_UNUSED; number < LAST_UNUSED; number++) {
		errno = 0;
		if (syscall(OF_THIS_ABI | number, &args, sizeof(args)) == -1 && errno == ENOSYS)
			continue;
		printf("FAIL: there is a system call %ld\n", number);
		num_failed++;
	}
	num_checks++;
}

static void check_vdso(const struct vdso *vdso)
{
	const char *clock = find(vdso, CLOCK_FUNCTION, false);

	check(clock && find(vdso, "__vdso_gettimeofday", false), "the vDSO has time functions");
	check(!find(vdso, "getrandom", true), "the vDSO has no getrandom()");
	if (clock)
		check_time((clock_gettime_fn *)clock);
}

int main(void)
{
	struct vdso vdso = { 0 };

	if (open_vdso(&vdso))
		check_vdso(&vdso);
	else
		check(MAY_LACK_VDSO, "there is a vDSO with symbols");
	check_random();
	check_numbers();
	printf("= %zu symbols, %u checks\n", vdso.num, num_checks);
	return num_failed ? 1 : 0;
}
