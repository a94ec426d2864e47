/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The emulated process: Unicorn, an image or the library, stack, buffers, and what memory.h says.
 */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H

#include "arch.h"
#include "image.h"

enum explore_access {
	EXPLORE_READS_STATE,
	EXPLORE_READS_RNG, /* the data page */
	EXPLORE_WRITES_BUFFER,
	EXPLORE_TOUCHES, /* any other memory but the stack */
};

struct explore_events {
	/*
	 * Before the instruction of the image at @pc. False stops in front of it. The other
	 * registers are those of an earlier one until explore_machine_sync().
	 */
	bool (*boundary)(uint64_t pc);
	/* @address is what it reads or writes, and the instruction is the one of the boundary. */
	void (*access)(enum explore_access access, uint64_t address);
};

enum explore_stop {
	EXPLORE_STOPPED,  /* by the event */
	EXPLORE_RETURNED, /* to EXPLORE_RETURN */
	EXPLORE_CRASHED,
};

struct explore_machine {
	const struct explore_arch *arch;
	const struct explore_image *image;

	/* Whoever calls, and what a call may see of it. */
	uint8_t *buffers, *stack;
	const char *crash;

	/* The state that calls are given; the library has its own. */
	uint8_t *state;
	size_t state_len;
	uint64_t state_address;

	/* The generation that reseeds change; NULL: there is none. */
	uint8_t *generation;

	/* Of the library. */
	uint8_t *data, *thread;
	uint64_t thread_pointer;

	/* Bytes below the stack pointer that are in use. */
	uint64_t red_zone;
};

extern struct explore_machine explore_machine;

/* Then one of the next two. */
void explore_machine_open(const struct explore_image *image, const struct explore_events *events);

/* A state, and the data pages of the image in front of it. Returns these, at *@address. */
uint8_t *explore_machine_add_state(size_t state_len, uint64_t *address);

/* What the library writes to, a thread's own memory, and pages that it can map. */
void explore_machine_add_library(void);

/* Loads from there are EXPLORE_READS_RNG. */
void explore_machine_watch_rng(uint64_t address, size_t len);

/* The image or the library, as it lies in the process. */
uint8_t *explore_machine_text(uint64_t address);

/* From @regs on, where they are put again by explore_machine_sync() and at the end. */
enum explore_stop explore_machine_run(uint64_t *regs);

/* During an event: puts the registers where they belong. */
void explore_machine_sync(void);

struct explore_store {
	uint32_t offset, len;
};

/*
 * Runs a function to its end without events, and notes its stores to @len bytes at @address.
 * Returns how many there were. What it stores besides must be on its stack.
 */
unsigned int explore_machine_record(uint64_t *regs, uint64_t address, size_t len,
				    struct explore_store *stores, unsigned int max);

/* @len bytes of the process, or NULL: it has none there that can be written. */
uint8_t *explore_machine_at(uint64_t address, size_t len);

/* Where buffer @n begins, for @len bytes. */
uint64_t explore_buffer_address(unsigned int n, size_t len);

/* Instructions that were emulated. */
unsigned long explore_machine_steps(void);

#endif
