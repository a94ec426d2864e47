// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * ends KIND [ARGUMENT]: a program that draws 16 bytes and ends well, status 3, in a way in which a
 * line on stderr at its end could go wrong. It knows nothing of the shim.
 *
 * limited BYTES:   no file may grow beyond BYTES any more (sshd before authentication: 0)
 * waits:           not before its stdin has ended
 * daemon:          its child is a daemon, which ends when descriptor 9 does
 * titled:          it writes a title over its arguments
 * replaced FILE:   it closes stderr, and FILE becomes number 2
 * reopened FILE:   the same, but FILE is opened as it is, to be read and written from its beginning
 * cancelled:       the thread that ends the process is to be cancelled
 * jailed FOLDER:   in a chroot(2)
 * moved FOLDER:    in another current folder
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define STATUS 3

static void must(int good)
{
	if (!good)
		_exit(1);
}

static void limit_files(const char *bytes)
{
	struct rlimit limit = { strtoul(bytes, NULL, 10), strtoul(bytes, NULL, 10) };

	must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static void wait_for_end_of(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
}

static void become_daemon(void)
{
	must(daemon(0, 0) == 0);
	wait_for_end_of(9);
	_exit(0);
}

/* Over all arguments, as setproctitle(3) of PostgreSQL, sshd and others does. */
static void write_title(int argc, char **argv)
{
	char *end = argv[argc - 1] + strlen(argv[argc - 1]);

	for (char *p = argv[0]; p < end; p++)
		*p = '\n';
}

static void replace_stderr(const char *path, int flags)
{
	must(close(STDERR_FILENO) == 0);
	must(open(path, flags, 0600) == STDERR_FILENO);
	if (flags & O_CREAT)
		must(write(STDERR_FILENO, "DATA\n", 5) == 5);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";
	unsigned char buf[16];

	must(getrandom(buf, sizeof(buf), 0) == sizeof(buf));
	if (strcmp(kind, "limited") == 0)
		limit_files(argument);
	else if (strcmp(kind, "waits") == 0)
		wait_for_end_of(STDIN_FILENO);
	else if (strcmp(kind, "daemon") == 0)
		become_daemon();
	else if (strcmp(kind, "titled") == 0)
		write_title(argc, argv);
	else if (strcmp(kind, "replaced") == 0)
		replace_stderr(argument, O_RDWR | O_CREAT | O_TRUNC);
	else if (strcmp(kind, "reopened") == 0)
		replace_stderr(argument, O_RDWR);
	else if (strcmp(kind, "cancelled") == 0)
		must(pthread_cancel(pthread_self()) == 0);
	else if (strcmp(kind, "jailed") == 0)
		must(chroot(argument) == 0 && chdir("/") == 0);
	else if (strcmp(kind, "moved") == 0)
		must(chdir(argument) == 0);
	else
		must(0);
	return STATUS;
}
