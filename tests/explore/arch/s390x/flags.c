// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Where the condition code decides what comes. The emulator writes it back only at the end of a
 * block, so that between instructions it cannot be had.
 *
 * No fault has to come there. Between what sets it and the branch stand instructions on registers
 * and on the call's own frame; a fault changes neither, so it may as well come behind them, at the
 * branch's target, where it is tried. An instruction there that loads or stores anything else ends
 * the explorer.
 */
#include "flags.h"

#include <capstone/capstone.h>
#include <string.h>

#include "../../machine.h"

#define LOOKED_AHEAD 16

enum { UNKNOWN, DEAD, LIVE };

enum effect { NONE, READS, WRITES, ENDS };

static uint8_t known[EXPLORE_IMAGE_MAX / 2];

static size_t len_of(const uint8_t *insn)
{
	return *insn < 0x40 ? 2 : *insn < 0xc0 ? 4 : 6;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strncmp(name, *names, strlen(*names)) != 0)
		names++;
	return *names != NULL;
}

static enum effect effect_of(const cs_insn *insn)
{
	static const char *const readers[] = { "loc", "ipm", "alc", "slb", NULL };
	static const char *const ends[] = { "br", "bas", "svc", NULL };
	const char *name = insn->mnemonic;

	if (strcmp(name, "j") == 0 || strcmp(name, "jg") == 0 || is_one_of(name, ends))
		return ENDS;
	if (name[0] == 'j' || is_one_of(name, readers))
		return READS;
	for (int i = 0; i < insn->detail->regs_write_count; i++)
		if (insn->detail->regs_write[i] == SYSZ_REG_CC)
			return WRITES;
	return NONE;
}

/* Addresses that are computed, and amounts to shift by, look like it. */
static bool uses_memory(const cs_insn *insn)
{
	static const char *const computing[] = { "la", "sll", "srl", "sra", "rll", NULL };
	const cs_sysz *detail = &insn->detail->sysz;

	if (is_one_of(insn->mnemonic, computing) && strncmp(insn->mnemonic, "laa", 3) != 0 &&
	    strncmp(insn->mnemonic, "lax", 3) != 0)
		return false;
	for (int i = 0; i < detail->op_count; i++)
		if (detail->operands[i].type == SYSZ_OP_MEM &&
		    detail->operands[i].mem.base != SYSZ_REG_15)
			return true;
	return false;
}

/* Of the instruction at @pc and those behind it: whether one reads the flags before one writes
 * them. */
static bool look_ahead(csh handle, uint64_t pc)
{
	const struct explore_image *image = explore_machine.image;
	bool first_uses_memory = false;

	for (int i = 0; i < LOOKED_AHEAD && pc - EXPLORE_IMAGE + 6 < image->len; i++) {
		const uint8_t *bytes = &image->bytes[pc - EXPLORE_IMAGE];
		enum effect effect;
		cs_insn *insn;

		if (cs_disasm(handle, bytes, len_of(bytes), pc, 1, &insn) != 1)
			return false;
		effect = effect_of(insn);
		if (i == 0)
			first_uses_memory = uses_memory(insn);
		cs_free(insn, 1);
		if (effect == READS && first_uses_memory)
			explore_die("at %#llx memory is used while the flags decide: no fault can "
				    "be tried there",
				    (unsigned long long)(pc - EXPLORE_IMAGE));
		if (effect != NONE)
			return effect == READS;
		pc += len_of(bytes);
	}
	return false;
}

bool explore_s390x_flags_decide(uint64_t pc)
{
	const struct explore_arch *arch = explore_machine.arch;
	uint8_t *answer;
	csh handle;

	if (pc - EXPLORE_IMAGE >= explore_machine.image->len)
		return false;
	answer = &known[(pc - EXPLORE_IMAGE) / 2];
	if (*answer == UNKNOWN) {
		if (cs_open((cs_arch)arch->cs_arch, (cs_mode)arch->cs_mode, &handle) != CS_ERR_OK)
			explore_die("Capstone does not know this architecture");
		cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
		*answer = look_ahead(handle, pc) ? LIVE : DEAD;
		cs_close(&handle);
	}
	return *answer == LIVE;
}
