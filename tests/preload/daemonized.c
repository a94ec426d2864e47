// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * daemonized plain|locked: a daemon whose work is done by a thread, and whose thread that forked
 * never drew. locked: it gave up new privileges first, which has the shim prepare itself; then what
 * the child's thread draws from must be a free state of the parent.
 */
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRAWS 1000

static void *work(void *unused)
{
	unsigned char buf[16];

	for (int i = 0; i < DRAWS; i++)
		if (getrandom(buf, sizeof(buf), 0) != sizeof(buf))
			_exit(1);
	return unused;
}

static void work_in_a_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL) != 0 || pthread_join(thread, NULL) != 0)
		_exit(1);
}

int main(int argc, char **argv)
{
	int status = 1;
	pid_t pid;

	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "locked") == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 1;
	work_in_a_thread();
	pid = fork();
	if (pid == 0) {
		work_in_a_thread();
		_exit(0);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}
