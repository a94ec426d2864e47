// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A seccomp(2) filter, run here: classic BPF (S. McCanne, V. Jacobson, "The BSD Packet Filter",
 * USENIX 1993) as far as seccomp lets programs have it. Jumps only go forward, so it ends.
 */
#include "filter.h"

#include <stddef.h>
#include <string.h>

struct machine {
	uint32_t a, x, memory[BPF_MEMWORDS];
	const struct seccomp_data *data;
};

static uint32_t calculate(uint32_t operation, uint32_t a, uint32_t operand)
{
	switch (operation) {
	case BPF_ADD:
		return a + operand;
	case BPF_SUB:
		return a - operand;
	case BPF_MUL:
		return a * operand;
	case BPF_DIV:
		return operand ? a / operand : 0;
	case BPF_AND:
		return a & operand;
	case BPF_OR:
		return a | operand;
	case BPF_XOR:
		return a ^ operand;
	case BPF_LSH:
		return operand < 32 ? a << operand : 0;
	case BPF_RSH:
		return operand < 32 ? a >> operand : 0;
	default: /* BPF_NEG */
		return -a;
	}
}

static int compare(uint32_t operation, uint32_t a, uint32_t operand)
{
	switch (operation) {
	case BPF_JEQ:
		return a == operand;
	case BPF_JGT:
		return a > operand;
	case BPF_JGE:
		return a >= operand;
	default: /* BPF_JSET */
		return (a & operand) != 0;
	}
}

/* What a load takes: a word of the system call's data, one of the memory, a number. */
static uint32_t source(const struct machine *m, const struct sock_filter *step)
{
	uint32_t word = 0;

	switch (BPF_MODE(step->code)) {
	case BPF_ABS:
		if (step->k <= sizeof(*m->data) - sizeof(word))
			memcpy(&word, (const unsigned char *)m->data + step->k, sizeof(word));
		return word;
	case BPF_MEM:
		return step->k < BPF_MEMWORDS ? m->memory[step->k] : 0;
	case BPF_LEN:
		return sizeof(*m->data);
	default:
		return step->k;
	}
}

static void compute(struct machine *m, const struct sock_filter *step)
{
	switch (BPF_CLASS(step->code)) {
	case BPF_LD:
		m->a = source(m, step);
		break;
	case BPF_LDX:
		m->x = source(m, step);
		break;
	case BPF_ST:
	case BPF_STX:
		if (step->k < BPF_MEMWORDS)
			m->memory[step->k] = BPF_CLASS(step->code) == BPF_ST ? m->a : m->x;
		break;
	case BPF_ALU:
		m->a = calculate(BPF_OP(step->code), m->a,
				 BPF_SRC(step->code) == BPF_X ? m->x : step->k);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(step->code) == BPF_TAX)
			m->x = m->a;
		else
			m->a = m->x;
		break;
	}
}

uint32_t vgr_filter_answer(const struct sock_fprog *program, const struct seccomp_data *data)
{
	struct machine m = { .data = data };

	for (size_t at = 0; at < program->len; at++) {
		const struct sock_filter *step = &program->filter[at];
		uint32_t operand = BPF_SRC(step->code) == BPF_X ? m.x : step->k;

		if (BPF_CLASS(step->code) == BPF_RET)
			return BPF_RVAL(step->code) == BPF_A ? m.a : step->k;
		if (BPF_CLASS(step->code) != BPF_JMP)
			compute(&m, step);
		else if (BPF_OP(step->code) == BPF_JA)
			at += step->k;
		else
			at += compare(BPF_OP(step->code), m.a, operand) ? step->jt : step->jf;
	}
	return SECCOMP_RET_KILL_PROCESS;
}
