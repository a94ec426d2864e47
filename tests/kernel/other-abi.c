// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program of another ABI (i386, x32) on a kernel whose x86-64 vDSO has our function: its own vDSO
 * has the time functions, which tell the time that the system call tells, and no getrandom();
 * random bytes come by the system call.
 *
 * Compiled by harness/other_abi.py without anything else of this folder, which is x86-64 code.
 */
#define _GNU_SOURCE
#include <elf.h>
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

#define ROUNDS 1000

/* Of a kernel without CONFIG_COMPAT_32BIT_TIME; both are 64 bits wide in each of the ABIs. */
#ifdef __i386__
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

int main(void)
{
	struct vdso vdso = { 0 };
	const char *clock;

	if (!open_vdso(&vdso)) {
		printf("FAIL: there is no vDSO with symbols\n");
		return 1;
	}
	clock = find(&vdso, CLOCK_FUNCTION, false);
	check(clock && find(&vdso, "__vdso_gettimeofday", false), "the vDSO has time functions");
	check(!find(&vdso, "getrandom", true), "the vDSO has no getrandom()");
	if (clock)
		check_time((clock_gettime_fn *)clock);
	check_random();
	printf("= %zu symbols, %u checks\n", vdso.num, num_checks);
	return num_failed ? 1 : 0;
}
