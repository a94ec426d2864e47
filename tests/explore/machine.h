/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The emulated process: Unicorn, with the memory of a process that has one state. The memory is the
 * explorer's own, so it is copied and put back without asking the emulator.
 */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H

#include "arch.h"
#include "image.h"

enum explore_access {
	EXPLORE_READS_STATE,
	EXPLORE_READS_RNG, /* the data page */
	EXPLORE_WRITES_BUFFER,
};

struct explore_events {
	/*
	 * Before the instruction of the image at @pc. False stops in front of it. The other
	 * registers are those of an earlier one until explore_machine_sync().
	 */
	bool (*boundary)(uint64_t pc);
	void (*access)(enum explore_access access);
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
	uint8_t *state_page, *buffers, *stack;
	uint8_t *rng_data;
	uint64_t rng_address;
	size_t state_len;
	uint64_t state_address;
	const char *crash;

	/* Bytes below the stack pointer that are in use. */
	uint64_t red_zone;
};

extern struct explore_machine explore_machine;

/* @data_len bytes in front of the image are its data pages. */
void explore_machine_open(const struct explore_image *image, size_t state_len,
			  const struct explore_events *events);

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

/* The state, in our memory. */
uint8_t *explore_machine_state(void);

/* Where buffer @n begins, for @len bytes. */
uint64_t explore_buffer_address(unsigned int n, size_t len);

/* Instructions that were emulated. */
unsigned long explore_machine_steps(void);

#endif
