// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program whose draws are interrupted: by handlers that draw, by cancellation, by jumps; and
 * whose threads draw until their very end. It knows nothing of the shim. Nothing may come twice,
 * and in the end its draws have to be without the system call, as before; unless the argument is
 * "syscall".
 *
 * Prints "done".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "outputs.h"
#include "seccomp.h"

#define LEN          64
#define INTERRUPTED  200
#define THREADS      200
#define CANCELLED    200
#define DRAWS_AT_END (PTHREAD_DESTRUCTOR_ITERATIONS + 2)

/* Each costs a state; the shim has 64 of them to spare for a program that will be in a sandbox. */
#define JUMPS 40

/*
 * A thread that jumped goes to the kernel for a few calls, until it is given another state. (With
 * glibc 2.41's own getrandom() it does so for the rest of its life.)
 */
#define CALLS_AFTER_JUMP 20

/* Others may have the kernel reseed, but not between most of so many. */
#define DRAWS_COUNTED 1000

struct output {
	unsigned char bytes[LEN];
};

static struct outputs seen;

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static void draw(struct output *output)
{
	if (getrandom(output->bytes, LEN, 0) != LEN)
		fail("getrandom() failed, errno %d", errno);
}

static void keep(const char *what, const struct output *output)
{
	if (!outputs_add(&seen, output->bytes, LEN))
		fail("%s: %s", what, seen.why);
}

static void draw_and_keep(const char *what)
{
	struct output output;

	draw(&output);
	keep(what, &output);
}

static void call_every(long microseconds, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct itimerval timer = { .it_interval.tv_usec = microseconds,
				   .it_value.tv_usec = microseconds };

	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0)
		fail("setitimer: errno %d", errno);
}

static struct output in_handler[INTERRUPTED];
static volatile sig_atomic_t num_in_handler;

static void draw_in_handler(int signal)
{
	(void)signal;
	if (num_in_handler == INTERRUPTED)
		return;
	draw(&in_handler[num_in_handler]);
	num_in_handler++;
}

/* The program does nothing but draw, so that is what the handler interrupts. */
static void handlers_draw(void)
{
	struct output output;

	call_every(100, draw_in_handler);
	while (num_in_handler < INTERRUPTED) {
		int before = num_in_handler;

		draw(&output);
		if (num_in_handler != before)
			keep("an interrupted draw", &output);
	}
	call_every(0, SIG_IGN);
	for (int i = 0; i < INTERRUPTED; i++)
		keep("a draw of a handler", &in_handler[i]);
}

/* As the C++ runtime registers the destructor of a thread_local variable. */
extern void *__dso_handle;
int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *dso);

struct ending {
	struct output drawn[DRAWS_AT_END];
	int num;
};

static pthread_key_t key;

static void draw_in_destructor(void *arg)
{
	struct ending *ending = arg;

	draw(&ending->drawn[ending->num++]);
	if (ending->num < DRAWS_AT_END)
		pthread_setspecific(key, ending);
}

static void draw_in_thread_local(void *arg)
{
	struct ending *ending = arg;

	draw(&ending->drawn[ending->num++]);
}

static void *draw_until_the_end(void *arg)
{
	struct ending *ending = arg;

	pthread_setspecific(key, ending);
	__cxa_thread_atexit_impl(draw_in_thread_local, ending, &__dso_handle);
	draw(&ending->drawn[ending->num++]);
	return NULL;
}

/* In its destructors, too, in each of the rounds there are: the shim's has run by then. */
static void threads_draw_until_their_end(void)
{
	static struct ending endings[THREADS];
	pthread_t threads[THREADS];

	pthread_key_create(&key, draw_in_destructor);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, draw_until_the_end, &endings[i]) != 0)
			fail("pthread_create() failed");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		if (endings[i].num != DRAWS_AT_END)
			fail("expected %d draws of a thread, actual %d", DRAWS_AT_END,
			     endings[i].num);
		for (int n = 0; n < DRAWS_AT_END; n++)
			keep("a thread at its end", &endings[i].drawn[n]);
	}
}

static atomic_int num_drawn;

static void *draw_when_cancelled(void *unused)
{
	struct output output;

	pthread_cancel(pthread_self());
	for (int i = 0; i < CANCELLED; i++) {
		draw(&output);
		atomic_fetch_add(&num_drawn, 1);
	}
	pthread_testcancel();
	return unused;
}

static void *draw_for_ever(void *unused)
{
	struct output output;

	draw(&output);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;) {
		draw(&output);
		atomic_store(&num_drawn, 1);
	}
	return unused;
}

static void cancel_in_a_draw(int i)
{
	pthread_t thread;
	void *result;

	atomic_store(&num_drawn, 0);
	if (pthread_create(&thread, NULL, draw_for_ever, NULL) != 0)
		fail("pthread_create() failed");
	while (!atomic_load(&num_drawn))
		sched_yield();
	for (volatile int wait = 0; wait < i; wait++)
		;
	pthread_cancel(thread);
	pthread_join(thread, &result);
	if (result != PTHREAD_CANCELED)
		fail("expected a thread to be cancelled");
	draw_and_keep("after a cancelled draw");
}

/* No draw is a cancellation point; one that is cancelled all the same leaves no lock held. */
static void threads_are_cancelled(void)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, draw_when_cancelled, NULL) != 0)
		fail("pthread_create() failed");
	pthread_join(thread, &result);
	if (num_drawn != CANCELLED || result != PTHREAD_CANCELED)
		fail("a thread that is to be cancelled: expected %d draws, actual %d", CANCELLED,
		     num_drawn);
	for (int i = 0; i < CANCELLED; i++)
		cancel_in_a_draw(i);
}

static sigjmp_buf back;

static void jump(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

static void handlers_jump(void)
{
	static volatile int num;
	struct output output;

	while (num < JUMPS) {
		if (sigsetjmp(back, 1) == 0) {
			call_every(200, jump);
			for (;;)
				draw(&output);
		}
		call_every(0, SIG_IGN);
		num++;
		for (int i = 0; i < CALLS_AFTER_JUMP; i++)
			draw_and_keep("after a jump");
	}
}

static int urandom_fd;
static volatile sig_atomic_t num_calls;

/*
 * In the kernel's place: counts the call and gives it its bytes, so that a state whose key the
 * kernel reseeded away has a new one, and the next draw can be without the system call again.
 */
static void answer_call(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	int saved_errno = errno;

	(void)signal;
	(void)info;
	regs[REG_RAX] = read(urandom_fd, (void *)regs[REG_RDI], (size_t)regs[REG_RSI]);
	errno = saved_errno;
	num_calls++;
}

/* Any of these draws may need a new key, but each only once for a reseed of the kernel. */
static void expect_no_system_call(void)
{
	static const struct vgt_rule rule = { .nr = SYS_getrandom,
					      .arg = -1,
					      .action = SECCOMP_RET_TRAP };
	struct sigaction action = { .sa_sigaction = answer_call, .sa_flags = SA_SIGINFO };
	int num_without = 0;

	urandom_fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (urandom_fd < 0 || sigaction(SIGSYS, &action, NULL) != 0)
		fail("cannot play the kernel, errno %d", errno);
	vgt_seccomp_install(&rule, 1);
	for (int i = 0; i < DRAWS_COUNTED; i++) {
		int before = num_calls;

		draw_and_keep("in the end");
		num_without += num_calls == before;
	}
	if (num_without < DRAWS_COUNTED / 2)
		fail("expected draws without the system call in the end, actual %d calls for %d",
		     (int)num_calls, DRAWS_COUNTED);
}

int main(int argc, char **argv)
{
	bool is_syscall = argc == 2 && strcmp(argv[1], "syscall") == 0;

	outputs_init(&seen, 1 << 17);
	handlers_draw();
	threads_draw_until_their_end();
	threads_are_cancelled();
	handlers_jump();
	if (!is_syscall && vgt_seccomp_works())
		expect_no_system_call();
	printf("done\n");
	return 0;
}
