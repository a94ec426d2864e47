// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See criterion.h. Exit status 0, 1, or 77 if every test was skipped. */
#include <criterion/criterion.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SKIPPED 77

static struct vgt_test *tests;
static const struct vgt_test *running;

void vgt_register(struct vgt_test *test)
{
	test->next = tests;
	tests = test;
}

static void say(const char *format, va_list arguments)
{
	vprintf(format, arguments);
	putchar('\n');
	fflush(stdout);
}

void vgt_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void vgt_fail(const char *file, int line, const char *condition, const char *format, ...)
{
	va_list arguments;

	printf("%s:%d: %s::%s: FAIL: %s: ", file, line, running->suite, running->name, condition);
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	_exit(1);
}

/* In the format that tests/junit.awk looks for. */
void vgt_skip(const char *format, ...)
{
	va_list arguments;

	printf("skipped: %s::%s: ", running->suite, running->name);
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	_exit(EXIT_SKIPPED);
}

static int run(const struct vgt_test *test)
{
	int status = 1;
	pid_t pid;

	running = test;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		test->run();
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (!WIFEXITED(status))
		printf("%s::%s: FAIL: ended by signal %d\n", test->suite, test->name,
		       WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void)
{
	int passed = 0, failed = 0, skipped = 0;

	for (const struct vgt_test *test = tests; test; test = test->next) {
		int status = run(test);

		passed += status == 0;
		skipped += status == EXIT_SKIPPED;
		failed += status != 0 && status != EXIT_SKIPPED;
	}
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed || !tests ? 1 : passed ? 0 : EXIT_SKIPPED;
}
