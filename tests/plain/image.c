// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The raw function of the embedded image: what it hands out and erases, which states it takes, and
 * that a signal handler that calls in again, or a wipe, never makes bytes repeat. Under an emulator
 * the in-process side refuses its memory, so this is a kernel side of its own: it maps the data
 * page, and a wipe is a memset() in a handler.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "arch.h"
#include "elf-symbol.h"
#include "guard.h"
#include "image.h"
#include "model.h"
#include "oracle.h"
#include "plain.h"
#include "probe.h"
#include "random.h"

#define LEN_MAX   8192
#define STATE_LEN sizeof(struct vgr_state)
#define NUM_DRAWS 100000

static struct vgetrandom_rng_data *data;
static struct vgr_state *states;
static vgr_getrandom_fn *fn;
static struct vgt_random r;
static uint8_t want[LEN_MAX], got[LEN_MAX];

static void start_image(void)
{
	void *page = (void *)(uintptr_t)vgr_inprocess_rng_data();

	expect(mmap(page, VGT_PAGE_LEN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page,
	       "no data page");
	data = page;
	data->generation = 1;
	data->is_ready = 1;
	fn = (vgr_getrandom_fn *)vgr_elf_symbol(vgr_inprocess_image(), "__vdso_getrandom",
						"LINUX_2.6");
	expect(fn, "no function");
	states = vgt_states_alloc();
}

static void parameters_and_errors(void)
{
	struct vgetrandom_opaque_params params;
	unsigned char *p = (unsigned char *)states;

	expect(fn(NULL, 0, 0, &params, ~0UL) == 0, "parameters");
	expect(params.size_of_opaque_state == STATE_LEN, "%u", params.size_of_opaque_state);
	expect(fn(got, 16, 0, p + 4096 - STATE_LEN + 8, STATE_LEN) == -EFAULT, "straddles");
	expect(fn(got, 16, 8, states, STATE_LEN) == -EINVAL, "unknown flag");
	expect(fn(got, 0, 0, states, STATE_LEN) == 0, "nothing");
}

/* A state at any address that does not straddle a page gives bytes; from where is its affair. */
static void odd_states_work(void)
{
	unsigned char *p = (unsigned char *)states;

	for (size_t at = 0; at < 40; at++) {
		for (size_t len = 1; len <= 700; len += 1 + len / 8) {
			memset(got, 0, len + 1);
			expect(fn(got, len, 0, p + at, STATE_LEN) == (ssize_t)len, "state at %zu",
			       at);
			expect(len < 16 || !vgt_all_are(got, len, 0), "zeros from %zu", at);
		}
		memset(p, 0, VGT_PAGE_LEN);
	}
}

/* I4, I8: exactly the keystream of the key; what was handed out is erased; alignment stays. */
static void output_is_the_keystream(uint32_t level)
{
	size_t batch_read_max;
	struct vgt_model model;

	data->chacha = level;
	batch_read_max = vgt_measure_batch_read_max(fn, states, data->generation);
	vgt_model_init(&model, batch_read_max, &states[1], data->generation, &r);
	for (unsigned int i = 0; i < 6000; i++) {
		size_t len = i % 8 ? 1 + vgt_random_below(&r, 40)
				   : 1 + vgt_random_below(&r, i % 16 ? 1200 : LEN_MAX);
		const char *difference;

		vgt_model_draw(&model, want, len);
		expect(fn(got, len, 0, &states[1], STATE_LEN) == (ssize_t)len, "%zu bytes", len);
		expect(memcmp(want, got, len) == 0, "%s, call %u: %s; seed %lu",
		       vgt_level_name(level), i, vgt_difference(want, got, len),
		       (unsigned long)r.seed);
		difference = vgt_model_compare(&model, &states[1]);
		expect(!difference, "%s, call %u, %zu bytes: %s; seed %lu", vgt_level_name(level),
		       i, len, difference, (unsigned long)r.seed);
		expect(states[1].token == 0, "the token is still there");
		expect(states[1].position % VGR_LOCAL_ALIGN == 0, "position %lu",
		       (unsigned long)states[1].position);
	}
	expect(vgt_all_are(&states[2], 2 * STATE_LEN, 0), "a neighbour was written to");
	memset(states, 0, VGT_PAGE_LEN);
}

/* I1, I5: a new key after a wipe and after a reseed. */
static void wiped_and_reseeded_states_take_a_new_key(void)
{
	uint64_t seed_id;

	fn(got, 4, 0, states, STATE_LEN);
	seed_id = states->seed_id;
	expect(seed_id, "no key");
	data->generation++;
	fn(got, 4, 0, states, STATE_LEN);
	expect(states->seed_id != seed_id && states->generation == data->generation, "reseed");
	memset(states, 0, STATE_LEN);
	fn(got, 4, 0, states, STATE_LEN);
	expect(states->seed_id && states->generation == data->generation, "wipe");
}

/* I9: of what a call handed out, and of the batch, nothing is on the stack. */
static void nothing_is_left_on_the_stack(uint32_t level)
{
	struct vgr_state before;
	struct vgt_probe probe;
	size_t at = 0;

	data->chacha = level;
	vgt_probe_init(&probe);
	for (size_t len = 1; len <= 1500; len += 1 + len / 20) {
		const uint64_t args[6] = { (uint64_t)got, len, 0, (uint64_t)states, STATE_LEN };

		/* Also a call that finds the batch exhausted, and one that has to take a key. */
		if (len % 3 == 0)
			states->position = 0;
		if (len % 7 == 0)
			states->generation = 0;
		before = *states;
		expect(vgt_probe_call(&probe, (const void *)fn, args) == len, "%zu bytes", len);
		expect(vgt_probe_kept_registers(&probe), "%zu bytes: registers changed", len);
		expect(!vgt_probe_stack_has(&probe, got, len, &at) &&
			       !vgt_probe_stack_has(&probe, states->key,
						    sizeof(before.key) + sizeof(before.batch),
						    &at) &&
			       !vgt_probe_stack_has(&probe, before.key,
						    sizeof(before.key) + sizeof(before.batch), &at),
		       "%s, %zu bytes: byte %zu of the stack; seed %lu", vgt_level_name(level), len,
		       at, (unsigned long)r.seed);
	}
	vgt_probe_exit(&probe);
	memset(states, 0, VGT_PAGE_LEN);
}

static uint64_t drawn[2 * NUM_DRAWS];
static volatile size_t num_nested;
static volatile unsigned int interrupts;

/* By turns: a nested call, a wipe, a wipe and a nested call, a reseed and a nested call. */
static void interrupt(int unused)
{
	unsigned int what = interrupts++ % 4;

	(void)unused;
	if (what == 1 || what == 2)
		memset(states, 0, STATE_LEN);
	if (what == 3)
		data->generation++;
	if (what != 1 && num_nested < NUM_DRAWS &&
	    fn(&drawn[NUM_DRAWS + num_nested], 8, 0, states, STATE_LEN) == 8)
		num_nested++;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* I2 to I6: eight bytes that were seen before, or zeros, would be a fault. */
static void interrupted_calls_never_repeat(void)
{
	const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };
	size_t num = NUM_DRAWS;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (size_t i = 0; i < NUM_DRAWS; i++) {
		/* Short and long reads; of each the last eight bytes are looked at. */
		size_t len = i % 5 ? 8 : 8 + 8 * (i % 100);

		expect(fn(got, len, 0, states, STATE_LEN) == (ssize_t)len, "call %zu", i);
		memcpy(&drawn[i], got + len - 8, 8);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	for (size_t i = 0; i < num_nested; i++)
		drawn[num++] = drawn[NUM_DRAWS + i];
	qsort(drawn, num, sizeof(*drawn), compare);
	expect(drawn[0] != 0, "zeros were handed out");
	for (size_t i = 1; i < num; i++)
		expect(drawn[i] != drawn[i - 1], "%016lx came twice", (unsigned long)drawn[i]);
	printf("%zu calls, %zu nested ones, %u interrupts\n", (size_t)NUM_DRAWS, num_nested,
	       interrupts);
}

int main(void)
{
	uint32_t max = vgr_cpu_chacha_max();

	expect_pages_of(VGT_PAGE_LEN);
	vgt_random_init(&r);
	start_image();
	parameters_and_errors();
	odd_states_work();
	for (uint32_t level = 0; level <= max; level++) {
		output_is_the_keystream(level);
		nothing_is_left_on_the_stack(level);
	}
	wiped_and_reseeded_states_take_a_new_key();
	interrupted_calls_never_repeat();
	return 0;
}
