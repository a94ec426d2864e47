// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * foreign-launch IMAGE PROGRAM [ARGUMENT]...: runs PROGRAM with IMAGE as its vDSO. Whoever looks
 * for __vdso_getrandom() where AT_SYSINFO_EHDR points, as glibc 2.41 and Go's runtime do, finds
 * the image's. The kernel's vDSO stays mapped, but nothing points to it: the clock is a system
 * call.
 *
 * The program is stopped at the end of its execve(), before its first instruction. System calls are
 * made in its place that map the image behind a data page, and one entry of its auxiliary vector is
 * changed; then it is let go. Its forks keep all that, what it executes does not.
 *
 * The exit status is the program's, 127 if it cannot be executed, 125 if it did not get the image.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/abi.h>

#include "inprocess.h"

#define PAGE_LEN       4096

#define STATUS_FAILED  125
#define STATUS_NOT_RUN 127

/* The instruction "syscall", as the first two bytes of a word. */
#define SYSCALL_LEN 2
#define SYSCALL     0x050fL

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "foreign-launch: %s: %s\n", what, strerror(errno));
	_exit(STATUS_FAILED);
}

/* What is mapped: the data page, and the image behind it. The program inherits it, for the mmap().
 */
static int make_file(const char *path, size_t *len)
{
	/* No kernel is behind it that could tell of a reseed: one generation for ever. */
	const struct vgetrandom_rng_data data = {
		.generation = 1,
		.is_ready = 1,
		.chacha = vgr_cpu_chacha_level(),
	};
	int image = open(path, O_RDONLY | O_CLOEXEC), file = memfd_create("image", 0);
	struct stat st;

	if (image < 0 || fstat(image, &st) != 0)
		fail(path);
	if (file < 0 || pwrite(file, &data, sizeof(data), 0) != sizeof(data) ||
	    lseek(file, PAGE_LEN, SEEK_SET) != PAGE_LEN ||
	    sendfile(file, image, NULL, (size_t)st.st_size) != st.st_size)
		fail("cannot make what is to be mapped");
	close(image);
	*len = PAGE_LEN + (size_t)st.st_size;
	return file;
}

static void wait_for_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	if (WIFSTOPPED(status))
		return;
	/* It said why. */
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED);
}

static long peek(pid_t pid, uintptr_t address)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, (void *)address, NULL);
	if (errno)
		fail("cannot read the program's memory");
	return word;
}

static void poke(pid_t pid, uintptr_t address, long word)
{
	if (ptrace(PTRACE_POKEDATA, pid, (void *)address, (void *)word) != 0)
		fail("cannot write the program's memory");
}

/* The program makes a system call where it stands, and stands there again. */
static long make_call(pid_t pid, const struct user_regs_struct *saved, long number,
		      const unsigned long *args)
{
	struct user_regs_struct regs = *saved;
	long code = peek(pid, saved->rip);

	regs.rax = (unsigned long)number;
	regs.orig_rax = -1UL; /* no call that is to be restarted */
	regs.rdi = args[0];
	regs.rsi = args[1];
	regs.rdx = args[2];
	regs.r10 = args[3];
	regs.r8 = args[4];
	regs.r9 = args[5];
	poke(pid, saved->rip, (code & ~0xffffL) | SYSCALL);
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) != 0 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0)
		fail("cannot make a system call in the program");
	wait_for_stop(pid);
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0 || regs.rip != saved->rip + SYSCALL_LEN)
		fail("the program did not make a system call");
	poke(pid, saved->rip, code);
	if (ptrace(PTRACE_SETREGS, pid, NULL, saved) != 0)
		fail("cannot set the program's registers");
	errno = (int)-(long)regs.rax;
	return (long)regs.rax;
}

/* Where the value of AT_SYSINFO_EHDR is: behind the arguments and the environment. */
static uintptr_t find_entry(pid_t pid, uintptr_t stack)
{
	uintptr_t at = stack + ((uintptr_t)peek(pid, stack) + 2) * sizeof(long);

	while (peek(pid, at))
		at += sizeof(long);
	for (at += sizeof(long); peek(pid, at) != AT_NULL; at += 2 * sizeof(long))
		if (peek(pid, at) == AT_SYSINFO_EHDR)
			return at + sizeof(long);
	errno = ENOENT;
	fail("this kernel gives programs no AT_SYSINFO_EHDR");
}

/* As the kernel maps a module's image: the data page read-only, and nothing writable. */
static void put_image_in(pid_t pid, int file, size_t len)
{
	struct user_regs_struct saved;
	unsigned long base;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &saved) != 0)
		fail("cannot read the program's registers");
	base = (unsigned long)make_call(pid, &saved, SYS_mmap,
					(unsigned long[6]){ 0, len, PROT_READ | PROT_EXEC,
							    MAP_PRIVATE, (unsigned)file, 0 });
	if ((long)base < 0 && (long)base > -4096)
		fail("mmap in the program");
	if (make_call(pid, &saved, SYS_mprotect, (unsigned long[6]){ base, PAGE_LEN, PROT_READ }) !=
	    0)
		fail("mprotect in the program");
	if (make_call(pid, &saved, SYS_close, (unsigned long[6]){ (unsigned)file }) != 0)
		fail("close in the program");
	poke(pid, find_entry(pid, saved.rsp), (long)(base + PAGE_LEN));
}

static _Noreturn void become(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		fail("ptrace");
	execvp(argv[0], argv);
	fprintf(stderr, "foreign-launch: %s: %s\n", argv[0], strerror(errno));
	_exit(STATUS_NOT_RUN);
}

/* As the program ended, core file excepted. */
static _Noreturn void end_like(int status)
{
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED);
}

int main(int argc, char **argv)
{
	int file, status;
	size_t len;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: foreign-launch IMAGE PROGRAM [ARGUMENT]...\n");
		return STATUS_FAILED;
	}
	file = make_file(argv[1], &len);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		become(argv + 2);
	wait_for_stop(pid);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_EXITKILL) != 0)
		fail("ptrace");
	put_image_in(pid, file, len);
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
		fail("ptrace");
	close(file);
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	end_like(status);
}
