/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Calls a function on a stack of its own and keeps what it left there and in the registers.
 *
 * The stack is painted before the call, so whatever else is on it afterwards came from the
 * function; nothing of the test framework or of a sanitizer can hide or add to it.
 */
#ifndef VGT_PROBE_H
#define VGT_PROBE_H

#define VGT_PROBE_STACK_LEN 16384

/* Layout of struct vgt_call for call.S. */
#define VGT_CALL_FUNCTION    0
#define VGT_CALL_ARGS        8
#define VGT_CALL_STACK_TOP   56
#define VGT_CALL_VECTOR_LEN  64
#define VGT_CALL_RESULT      72
#define VGT_CALL_GPRS        80
#define VGT_CALL_KEPT        224
#define VGT_CALL_OLD_STACK   320
#define VGT_CALL_VECTORS     336

#define VGT_CALL_NUM_GPRS    18
#define VGT_CALL_NUM_KEPT    12
#define VGT_CALL_NUM_VECTORS 32

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vgt_call {
	const void *function;
	uint64_t args[6];
	void *stack_top;
	uint64_t vector_len; /* 16, 32 or 64: what the machine has */
	uint64_t result;
	/* After the call: rax rcx rdx rsi rdi r8-r11; x0-x17 */
	uint64_t gprs[VGT_CALL_NUM_GPRS];
	/* In: for r12-r15, or x19-x22 and d8-d15; out: what they were after the call */
	uint64_t kept[VGT_CALL_NUM_KEPT];
	void *old_stack;
	_Alignas(16) uint8_t vectors[VGT_CALL_NUM_VECTORS][64];
};
_Static_assert(offsetof(struct vgt_call, stack_top) == VGT_CALL_STACK_TOP, "call.S");
_Static_assert(offsetof(struct vgt_call, vector_len) == VGT_CALL_VECTOR_LEN, "call.S");
_Static_assert(offsetof(struct vgt_call, result) == VGT_CALL_RESULT, "call.S");
_Static_assert(offsetof(struct vgt_call, gprs) == VGT_CALL_GPRS, "call.S");
_Static_assert(offsetof(struct vgt_call, kept) == VGT_CALL_KEPT, "call.S");
_Static_assert(offsetof(struct vgt_call, old_stack) == VGT_CALL_OLD_STACK, "call.S");
_Static_assert(offsetof(struct vgt_call, vectors) == VGT_CALL_VECTORS, "call.S");

/* In call.S: clears the vector registers, calls, and fills in what comes after `result`. */
void vgt_call_raw(struct vgt_call *call);

struct vgt_probe {
	struct vgt_call call;
	unsigned char *stack;
};

void vgt_probe_init(struct vgt_probe *probe);
void vgt_probe_exit(struct vgt_probe *probe);

/* Paints the stack and calls @function(@args[0], ...); returns its result. */
uint64_t vgt_probe_call(struct vgt_probe *probe, const void *function, const uint64_t args[6]);

/* Whether kept[] survived the last call. (Without rbx and rbp, or x27 and x28, it had not come
 * back.) */
bool vgt_probe_kept_registers(const struct vgt_probe *probe);

/*
 * Whether a 6-byte window of @secret was left on the stack, or in a register that the
 * caller is allowed to find changed, by the last call. *@at is the offset in the stack (or in the
 * array of registers).
 */
bool vgt_probe_stack_has(const struct vgt_probe *probe, const void *secret, size_t len, size_t *at);
bool vgt_probe_registers_have(const struct vgt_probe *probe, const void *secret, size_t len,
			      size_t *at);

#endif
#endif
