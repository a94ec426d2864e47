// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process may do to memory: states excluded from forks, locked, unreachable (traps 20 and
 * 21); a second copy of the library, and one that is unloaded (trap 24).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "maps.h"
#include "outputs.h"
#include "providers.h"
#include "spy.h"

#define PAGE_LEN 4096

static void *page_of(void *state)
{
	return (void *)((uintptr_t)state & ~(uintptr_t)(PAGE_LEN - 1));
}

/* How a child ends that draws from a state it cannot reach: not with bytes. */
static int status_of_drawing_child(void)
{
	unsigned char buf[16];
	long pid = raw_fork();
	int status = 0;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit(vgetrandom(buf, sizeof(buf), 0) == sizeof(buf) ? 0 : 1);
	}
	waitpid((pid_t)pid, &status, 0);
	return status;
}

/* Whoever takes the state away is told so by a crash; bytes never come from elsewhere. */
TEST_EACH_PROVIDER(memory, trap_20_state_that_is_not_inherited_is_not_used)
{
	int status;

	spy_on(vgetrandom_get_provider());
	cr_assert_eq(madvise(page_of(spy_draw()), PAGE_LEN, MADV_DONTFORK), 0);
	status = status_of_drawing_child();
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "expected SIGSEGV, actual status %x", status);
}

TEST_EACH_PROVIDER(memory, trap_20_state_that_is_unreachable_is_not_used)
{
	int status;

	spy_on(vgetrandom_get_provider());
	cr_assert_eq(mprotect(page_of(spy_draw()), PAGE_LEN, PROT_NONE), 0);
	status = status_of_drawing_child();
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "expected SIGSEGV, actual status %x", status);
}

/* MADV_FREE and MADV_DONTNEED are page drops that the process itself asked for. */
TEST_EACH_PROVIDER(memory, trap_20_state_that_is_freed_is_a_wiped_one)
{
	static const int advices[] = { MADV_FREE, MADV_DONTNEED };
	unsigned char buf[32];
	struct outputs seen;
	void *page;

	outputs_init(&seen, 1 << 14);
	spy_on(vgetrandom_get_provider());
	page = page_of(spy_draw());
	for (int i = 0; i < 200; i++) {
		cr_assert_eq(madvise(page, PAGE_LEN, advices[i % 2]), 0);
		for (int n = 0; n < 3; n++) {
			cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), (ssize_t)sizeof(buf));
			cr_assert(outputs_add(&seen, buf, sizeof(buf)), "%s", seen.why);
		}
	}
}

static void *draw_first(void *state)
{
	*(void **)state = spy_draw();
	return NULL;
}

/* Every new mapping is to be locked; a droppable page must stay droppable. */
TEST_EACH_PROVIDER(memory, trap_21_states_are_droppable_under_mlockall)
{
	struct vgt_vma vma;
	pthread_t thread;
	void *state;

	need_droppable();
	if (mlockall(MCL_FUTURE | MCL_ONFAULT) != 0)
		cr_skip_test("mlockall() is not permitted");
	spy_on(vgetrandom_get_provider());
	cr_assert_eq(vgetrandom_prepare(70), 0);
	cr_assert_eq(pthread_create(&thread, NULL, draw_first, &state), 0);
	pthread_join(thread, NULL);
	state = spy_draw();
	cr_assert(vgt_vma_of(state, &vma));
	cr_assert(!vgt_vma_has(&vma, "lo"), "expected a state that is not locked, actual%s",
		  vma.flags);
	cr_assert(drop_pages(page_of(state), PAGE_LEN), "expected the page to be dropped");
}

static void *load_copy(Lmid_t namespace, const char *name)
{
	void *library = dlmopen(namespace, VGETRANDOM_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void *function;

	cr_assert(library, "%s", dlerror());
	function = dlsym(library, name);
	cr_assert(function, "%s", dlerror());
	return function;
}

typedef ssize_t draw_fn(void *buf, size_t len, unsigned int flags);

static draw_fn *draw_from_copy;
static struct outputs seen_copy;
static volatile bool copy_failed;

static void draw_from_copy_in_handler(int signal)
{
	unsigned char buf[16];

	(void)signal;
	if (seen_copy.num > seen_copy.size / 2)
		return;
	if (draw_from_copy(buf, sizeof(buf), 0) != 16 || !outputs_add(&seen_copy, buf, 16))
		copy_failed = true;
}

/* Two copies know nothing of each other, and one interrupts the other in the middle of a call. */
TEST_EACH_PROVIDER(memory, trap_24_second_copy_in_its_own_namespace)
{
	struct sigaction action = { .sa_handler = draw_from_copy_in_handler };
	double end = seconds_now() + 0.3;
	unsigned char buf[32];
	struct outputs seen;

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer cannot be in two namespaces");
	outputs_init(&seen, 1 << 22);
	outputs_init(&seen_copy, 1 << 20);
	draw_from_copy = (draw_fn *)(uintptr_t)load_copy(LM_ID_NEWLM, "vgetrandom");
	sigaction(SIGALRM, &action, NULL);
	while (seconds_now() < end && seen.num < 1 << 21) {
		for (int i = 0; i < 50; i++) {
			if (i == 7)
				raise(SIGALRM);
			cr_assert_eq(vgetrandom(buf, sizeof(buf), 0), 32);
			cr_assert(outputs_add(&seen, buf, sizeof(buf)), "%s", seen.why);
		}
	}
	cr_assert(!copy_failed, "%s", seen_copy.why);
	cr_assert(outputs_merge(&seen, &seen_copy), "both copies: %s", seen.why);
}

static void *draw_from_loaded(void *buf)
{
	return draw_from_copy(buf, 16, 0) == 16 ? NULL : buf;
}

/* It stays, because threads have its destructor: dlclose() must harm nobody. */
Test(memory, trap_24_library_is_opened_and_closed_while_threads_use_it)
{
	static unsigned char drawn[400][16];
	pthread_t threads[4];
	struct outputs seen;

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer must be there before everything else");
	outputs_init(&seen, 4096);
	for (int i = 0; i < 400; i += 4) {
		void *library = dlopen(VGETRANDOM_LIBRARY, RTLD_NOW | RTLD_LOCAL), *result;

		cr_assert(library, "%s", dlerror());
		draw_from_copy = (draw_fn *)(uintptr_t)dlsym(library, "vgetrandom");
		cr_assert(draw_from_copy);
		for (int n = 0; n < 4; n++)
			cr_assert_eq(
				pthread_create(&threads[n], NULL, draw_from_loaded, drawn[i + n]),
				0);
		dlclose(library);
		for (int n = 0; n < 4; n++) {
			pthread_join(threads[n], &result);
			cr_assert(!result);
			cr_assert(outputs_add(&seen, drawn[i + n], 16), "%s", seen.why);
		}
	}
}
