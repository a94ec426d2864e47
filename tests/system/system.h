/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the system tests share.
 */
#ifndef VGS_SYSTEM_H
#define VGS_SYSTEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/vgetrandom.h>

/*
 * Its runtime takes part in thread starts, jumps and ends; and everything is several times slower.
 */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#else
#define HAS_ADDRESS_SANITIZER 0
#endif

/* Chooses @provider; false if this kernel does not have it. */
bool use_provider(enum vgetrandom_provider provider);

struct vgetrandom_stats stats_now(void);

/* A state of the image that the test owns itself, and the image's function. */
struct raw {
	ssize_t (*getrandom)(void *buf, size_t len, unsigned int flags, void *state,
			     size_t state_len);
	void *state;
	size_t state_len;
};

/* Of the in-process image, which it starts; @state has a page to itself. */
void raw_init(struct raw *raw);

/* The generation on the data page of the in-process image, and a change of it: a reseed. */
uint64_t generation(void);
void change_generation(void);

/*
 * Uses the provider inprocess with a clock that stands still, at @fake_now seconds, unless the test
 * moves it; the calling thread has a key of now. The wall clock is @fake_wall_ahead of that one,
 * and that grows by @fake_wall_step whenever it is read: with 1 each draw looks at the key's age.
 */
void use_fake_clock(void);
extern atomic_long fake_now, fake_wall_ahead;
extern long fake_wall_step;

/* System calls for a key: its seed, and with a judge that one's, too. */
unsigned int calls_for_key(void);

/* System calls that a few draws may make because the key was a minute old just then. */
unsigned int renewals_max(void);

/* What the calling thread owns; NULL: nothing. */
void *state_of_this_thread(void);

/* A page that the kernel may drop; NULL if it knows no such mapping. */
bool droppable_works(void);

/* Drops the pages of a droppable mapping, now. Returns whether they are gone. */
bool drop_pages(void *p, size_t len);

/*
 * The calling thread, and what it forks, runs on that CPU of those that it may use; the number is
 * taken modulo theirs. False: not permitted.
 */
bool stay_on_cpu(unsigned int number);

/* Bytes of all droppable mappings, and how many mappings. */
struct droppable {
	size_t len, num;
};
struct droppable count_droppable(void);

/* Calls @visit for each of them, up to 64; async-signal-safe once they were found. */
struct ranges {
	struct {
		void *p;
		size_t len;
	} range[64];
	unsigned int num;
};
void find_droppable(struct ranges *ranges);
void zero_ranges(const struct ranges *ranges);

/*
 * Makes this process, which must be a child, answer getrandom(2) itself and count. There
 * is no way back.
 *
 * @answer: what the system call @len bytes returns; NULL: always @len. So many bytes are filled
 */
typedef long answer_fn(size_t len, unsigned int flags);
void intercept_getrandom(answer_fn *answer);
extern volatile unsigned int num_getrandom_calls;

/* fork() as the kernel has it: none of the C library's handlers run. */
long raw_fork(void);

/* Waits; returns whether @pid ended with status 0. */
bool ended_well(long pid);

double seconds_now(void);

#endif
