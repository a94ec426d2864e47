// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A set-user-ID program (AT_SECURE) takes nothing from its environment: who runs it must not choose
 * its provider. Runs a copy of itself that belongs to another user. A plain program.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vgetrandom/vgetrandom.h>

#include "inprocess.h"

#define OWNER   65533
#define RUNNER  65534
#define SKIPPED 77

/* What the copy tells, in its exit status: 0 to 7 */
#define IS_SECURE   1
#define IS_SYSCALL  2
#define IS_PORTABLE 4
#define IS_BROKEN   8

static char folder[] = "/tmp/vgetrandom-secure-XXXXXX", copy[64];

static int show(void)
{
	unsigned char buf[16];
	int status = 0;

	if (getauxval(AT_SECURE))
		status |= IS_SECURE;
	if (vgetrandom_get_provider() == VGETRANDOM_PROVIDER_SYSCALL)
		status |= IS_SYSCALL;
	if (vgetrandom(buf, sizeof(buf), 0) != sizeof(buf) ||
	    vgetrandom_set_provider(VGETRANDOM_PROVIDER_INPROCESS) != 0)
		status |= IS_BROKEN;
	if (vgr_inprocess_rng_data()->chacha == VGETRANDOM_CHACHA_GENERIC)
		status |= IS_PORTABLE;
	return status;
}

static __attribute__((noreturn, format(printf, 2, 3))) void end(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	unlink(copy);
	rmdir(folder);
	exit(status);
}

/* The whole of this program, as a file that is not executable yet. */
static void copy_program(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	struct stat stat;

	if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
		end(1, "mkdtemp: %m");
	snprintf(copy, sizeof(copy), "%s/copy", folder);
	to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (from < 0 || to < 0 || fstat(from, &stat) != 0)
		end(1, "%s: %m", copy);
	for (off_t done = 0; done < stat.st_size;)
		if (sendfile(to, from, &done, (size_t)(stat.st_size - done)) <= 0)
			end(1, "%s: %m", copy);
	if (fchown(to, OWNER, OWNER) != 0)
		end(1, "%s: %m", copy);
	close(from);
	close(to);
}

/* As a user who owns nothing of it, with an environment that wants the slowest of everything. */
static int run_copy(mode_t mode)
{
	char *argv[] = { copy, "show", NULL };
	char *env[] = { "VGETRANDOM_PROVIDER=syscall", "VGETRANDOM_CHACHA=generic",
			"ASAN_OPTIONS=detect_leaks=0", NULL };
	int status = 0;
	pid_t pid;

	if (chmod(copy, mode) != 0)
		end(1, "%s: %m", copy);
	pid = fork();
	if (pid == 0) {
		if (setresgid(RUNNER, RUNNER, RUNNER) == 0 &&
		    setresuid(RUNNER, RUNNER, RUNNER) == 0)
			execve(copy, argv, env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) >= IS_BROKEN)
		end(1, "the copy with mode %o: expected to be told, actual status %x", mode,
		    status);
	return WEXITSTATUS(status);
}

static void need_set_user_id(void)
{
	struct statvfs statvfs_of_tmp;

	if (geteuid() != 0)
		end(SKIPPED, "skipped: only root can make a program that belongs to another user");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
		end(SKIPPED, "skipped: set-user-ID has no effect here (no_new_privs)");
	if (statvfs("/tmp", &statvfs_of_tmp) != 0 ||
	    statvfs_of_tmp.f_flag & (ST_NOSUID | ST_NOEXEC))
		end(SKIPPED, "skipped: set-user-ID has no effect in /tmp (nosuid or noexec)");
}

static void expect_nothing_taken(const char *what, mode_t mode)
{
	int status = run_copy(mode);

	if (!(status & IS_SECURE))
		end(1, "%s: expected AT_SECURE", what);
	if (status != IS_SECURE)
		end(1, "%s: expected the environment to be ignored, actual:%s%s", what,
		    status & IS_SYSCALL ? " VGETRANDOM_PROVIDER is obeyed" : "",
		    status & IS_PORTABLE ? " VGETRANDOM_CHACHA is obeyed" : "");
	printf("%s: AT_SECURE, environment ignored\n", what);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "show") == 0)
		return show();
	need_set_user_id();
	if (vgr_cpu_chacha_level() == VGETRANDOM_CHACHA_GENERIC)
		end(SKIPPED, "skipped: this machine has no better ChaCha20 than the portable one");
	copy_program();
	if (run_copy(0755) != (IS_SYSCALL | IS_PORTABLE))
		end(1, "without set-user-ID: expected the environment to be obeyed");
	expect_nothing_taken("set-user-ID", 04755);
	expect_nothing_taken("set-group-ID", 02755);
	end(0, "without: environment obeyed");
}
