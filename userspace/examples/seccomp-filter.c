// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A sandbox that allows read, write, exit and getrandom, and kills for anything else; and two
 * threads in it that draw random numbers.
 *
 * In this order: threads, vgetrandom_prepare() for them, the filter. Prints what was drawn; its
 * exit status is 0, or 1 with a line on stderr. Build: cc seccomp-filter.c -lvgetrandom -pthread
 */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#define DRAWS 100000

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#endif

#define LOAD(field)       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(action)    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define SKIP_UNLESS(k, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, n)
#define ALLOW(name)       SKIP_UNLESS(__NR_##name, 1), ANSWER(ALLOW)

/* The numbers mean what they say only in one architecture's calls. */
static struct sock_filter filter[] = {
	LOAD(arch),           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
	ANSWER(KILL_PROCESS), LOAD(nr),
	ALLOW(getrandom),     ALLOW(read),
	ALLOW(write),         ALLOW(exit),
	ALLOW(exit_group),    ANSWER(KILL_PROCESS),
};

static int to_worker[2], to_main[2];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* TSYNC: for all threads, those that run already included. */
static void install_filter(void)
{
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		fail("seccomp");
}

static uint32_t draw(void)
{
	uint32_t number = 0;

	for (int i = 0; i < DRAWS; i++)
		number ^= vgetrandom_arc4random();
	return number;
}

/*
 * Its first number is drawn inside the sandbox. It tells that it runs, because the C library's
 * first steps in a thread need other calls; and it does not return, because its last ones do.
 */
static void *work(void *unused)
{
	uint32_t number;
	char start;

	if (write(to_main[1], "", 1) == 1 && read(to_worker[0], &start, 1) == 1) {
		number = draw();
		if (write(to_main[1], &number, sizeof(number)) != sizeof(number))
			_exit(1);
	}
	syscall(SYS_exit, 0);
	return unused;
}

int main(void)
{
	uint32_t mine, theirs;
	pthread_t thread;
	char line[64], running;
	int len;

	if (pipe(to_worker) != 0 || pipe(to_main) != 0)
		fail("pipe");
	if (pthread_create(&thread, NULL, work, NULL) != 0 || read(to_main[0], &running, 1) != 1)
		fail("pthread_create");
	/* One more thread than this one will draw. */
	if (vgetrandom_prepare(1) != 0)
		fail("vgetrandom_prepare");
	install_filter();

	mine = draw();
	if (write(to_worker[1], "", 1) != 1 || read(to_main[0], &theirs, sizeof(theirs)) != 4)
		_exit(1);
	len = snprintf(line, sizeof(line), "%08x %08x\n", mine, theirs);
	_exit(write(STDOUT_FILENO, line, (size_t)len) == len ? 0 : 1);
}
