/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A configuration: all that decides how a run goes on. Registers and memory, the calls that are
 * under way, what was handed out so far, and how many faults may still come.
 */
#ifndef EXPLORE_CONFIG_H
#define EXPLORE_CONFIG_H

#include "arch.h"
#include "words.h"

#define EXPLORE_PAST_MAX 160

/* Whose a word was that must not come again. */
enum explore_owner {
	EXPLORE_OWN,    /* handed out in this process */
	EXPLORE_OTHER,  /* in the one that forked it, or will be */
	EXPLORE_SHARED, /* the same, by call EXPLORE_SHARED + n, which was under way in both */
};

/* Words of one source, or one word that is of none. */
struct explore_past {
	uint32_t source; /* EXPLORE_NO_SOURCE: words[0] is the word */
	uint32_t owner;  /* enum explore_owner */
	uint64_t words[EXPLORE_SOURCE_WORDS / 64];
};

#define EXPLORE_NO_SOURCE UINT32_MAX

/* A call under way. */
struct explore_call {
	uint32_t size;
	uint32_t more; /* calls that the same handler makes after it */
	uint64_t entry_sp;

	/* ChaCha20 under way: source + 1 of its keystream; how many of its stores are done. */
	uint32_t chacha, chacha_step;

	/* getrandom(2) under way: bytes that are copied. */
	bool copying;
	uint32_t copied;

	/*
	 * What the call did since the last fork: looked at the state, or stored to its buffer. If
	 * neither, the fork came in its tail, and both processes have the same bytes.
	 */
	bool looked_since_fork;

	/* The same since the last reseed, and at the data page. */
	bool looked_since_reseed;

	/* Seeds from this one on are new enough; the other is that before the last reseed. */
	uint32_t seed_needed, seed_needed_before;

	/* Of a call that was interrupted. */
	uint64_t regs[EXPLORE_REGS_MAX];
};

struct explore_config {
	uint64_t regs[EXPLORE_REGS_MAX];
	uint64_t generation;
	uint64_t clock;                   /* seconds, of the provider inprocess */
	uint8_t heap[EXPLORE_HEAP_PAGES]; /* enum explore_fate of each page */
	uint32_t num_calls;               /* under way; the last one runs */
	uint32_t phase;                   /* 0: the call under test; then the next calls */
	uint32_t faults_left;
	uint32_t num_seeds;   /* getrandom(2) calls so far */
	uint32_t seed_needed; /* by calls that begin now */
	uint32_t step;        /* boundaries so far, for the schedule */
	uint32_t trail;       /* the last fault, report.h */
	bool is_reserved;     /* an exclusive store will find its load's reservation */
	int fail;             /* what the next getrandom(2) returns, or 0 */
	uint32_t failed;      /* bit n: fault n made it fail, so a call may say so */
	uint32_t num_past;
	struct explore_call calls[EXPLORE_DEPTH_MAX];
	struct explore_past past[EXPLORE_PAST_MAX];
};

/* The one that is looked at. Its memory is that of explore_machine. */
extern struct explore_config explore_now;

struct explore_call *explore_top(void);

/* A copy of it and its memory. */
struct explore_snapshot;
struct explore_snapshot *explore_snapshot_take(void);
void explore_snapshot_put_back(const struct explore_snapshot *snapshot);
void explore_snapshot_free(struct explore_snapshot *snapshot);

/* The stack of call @n that is in use. */
void explore_stack_range(unsigned int n, uint64_t *begin, uint64_t *end);

/* Puts @generation onto the data page. */
void explore_set_generation(uint64_t generation);

#endif
