// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process may do to memory: states excluded from forks, locked, unreachable; a second copy
 * of the library, and one that is unloaded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boundary.h"
#include "child.h"
#include "maps.h"
#include "outputs.h"
#include "providers.h"
#include "spy.h"
#include "victim.h"

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
TEST_EACH_PROVIDER(memory, state_that_is_not_inherited_is_not_used)
{
	int status;

	spy_on(vgetrandom_get_provider());
	cr_assert_eq(madvise(page_of(spy_draw()), PAGE_LEN, MADV_DONTFORK), 0);
	status = status_of_drawing_child();
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "expected SIGSEGV, actual status %x", status);
}

TEST_EACH_PROVIDER(memory, state_that_is_unreachable_is_not_used)
{
	int status;

	spy_on(vgetrandom_get_provider());
	cr_assert_eq(mprotect(page_of(spy_draw()), PAGE_LEN, PROT_NONE), 0);
	status = status_of_drawing_child();
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "expected SIGSEGV, actual status %x", status);
}

/* MADV_FREE and MADV_DONTNEED are page drops that the process itself asked for. */
TEST_EACH_PROVIDER(memory, state_that_is_freed_is_a_wiped_one)
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
TEST_EACH_PROVIDER(memory, states_are_droppable_under_mlockall)
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

typedef ssize_t draw_fn(void *buf, size_t len, unsigned int flags);

static draw_fn *draw_from_copy;
static unsigned char from_copy[3][16];

static void draw_from_copy_in_handler(void *unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++)
		if (draw_from_copy(from_copy[i], 16, 0) != 16)
			memset(from_copy[i], 0, 16);
}

static void load_copy_with_provider(void)
{
	int (*set_provider)(enum vgetrandom_provider);
	void *library = dlmopen(LM_ID_NEWLM, VGETRANDOM_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	cr_assert(library, "%s", dlerror());
	draw_from_copy = (draw_fn *)(uintptr_t)dlsym(library, "vgetrandom");
	set_provider = (int (*)(enum vgetrandom_provider))(uintptr_t)dlsym(
		library, "vgetrandom_set_provider");
	cr_assert(draw_from_copy && set_provider);
	cr_assert_eq(set_provider(vgetrandom_get_provider()), 0);
}

/* Two copies know nothing of each other, and one interrupts the other at every instruction. */
TEST_EACH_PROVIDER(memory, second_copy_in_its_own_namespace_draws_mid_call)
{
	static const size_t lens[] = { 4, 32, 200, 5000 };
	static struct boundaries found;
	static struct one_call call;
	struct outputs seen;

	if (HAS_ADDRESS_SANITIZER)
		cr_skip_test("AddressSanitizer cannot be in two namespaces");
	outputs_init(&seen, 1 << 20);
	load_copy_with_provider();
	call.victim = vgetrandom_get_provider() == VGETRANDOM_PROVIDER_NATIVE ? &library_native
									      : &library_inprocess;
	cr_assert(call.victim->start());
	for (size_t n = 0; n < sizeof(lens) / sizeof(lens[0]); n++) {
		call.len = lens[n];
		found.num = 0;
		boundaries_find(&found, make_one_call, &call);
		for (size_t i = 0; i < found.num; i++) {
			boundary_break(found.at[i].address, draw_from_copy_in_handler, NULL);
			make_one_call(&call);
			cr_assert_eq(call.ret, (ssize_t)call.len);
			cr_assert(outputs_add(&seen, call.buf, call.len), "boundary %zu: %s", i,
				  seen.why);
			if (!boundary_clear())
				continue;
			for (int k = 0; k < 3; k++)
				cr_assert(outputs_add(&seen, from_copy[k], 16),
					  "the copy at boundary %zu: %s", i, seen.why);
		}
		cr_assert_gt(found.num, 60);
	}
}

static void *draw_from_loaded(void *buf)
{
	return draw_from_copy(buf, 16, 0) == 16 ? NULL : buf;
}

/* It stays, because threads have its destructor: dlclose() must harm nobody. */
Test(memory, library_is_opened_and_closed_while_threads_use_it)
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
