// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Instructions as text, by Capstone. */
#include "report.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

#define SHOWN_AROUND 2
#define FUNCTION_MAX 8192

static bool open_capstone(csh *handle)
{
	const struct explore_arch *arch = explore_machine.arch;

	if (arch->cs_arch == EXPLORE_NO_DISASSEMBLER ||
	    cs_open((cs_arch)arch->cs_arch, (cs_mode)arch->cs_mode, handle) != CS_ERR_OK)
		return false;
	cs_option(*handle, CS_OPT_SKIPDATA, CS_OPT_ON);
	return true;
}

/* What can be said without a disassembler; objdump knows the rest. */
static void show_place(uint64_t pc, const char *name, uint64_t into)
{
	const uint8_t *p = explore_machine.image->bytes + (pc - EXPLORE_IMAGE);

	printf("      => %6" PRIx64 " <%s+%#" PRIx64 "> %02x %02x %02x %02x\n", pc - EXPLORE_IMAGE,
	       name ? name : "image", into, p[0], p[1], p[2], p[3]);
}

void explore_disassemble(uint64_t pc)
{
	const struct explore_image *image = explore_machine.image;
	uint64_t into = 0, begin;
	const char *name = explore_image_name(image, pc, &into);
	size_t num, here = 0;
	cs_insn *insns;
	csh handle;

	if (pc - EXPLORE_IMAGE >= image->len - 4)
		return;
	if (!open_capstone(&handle)) {
		show_place(pc, name, into);
		return;
	}
	/* From the beginning of the function: instructions are found only forwards. */
	begin = pc - into - EXPLORE_IMAGE;
	num = cs_disasm(handle, image->bytes + begin,
			into + 64 < image->len - begin ? into + 64 : image->len - begin,
			EXPLORE_IMAGE + begin, 0, &insns);
	while (here < num && insns[here].address != pc)
		here++;
	for (size_t i = here > SHOWN_AROUND ? here - SHOWN_AROUND : 0;
	     i < num && i <= here + SHOWN_AROUND; i++)
		printf("      %s %6" PRIx64 " <%s+%#" PRIx64 "> %s %s\n", i == here ? "=>" : "  ",
		       insns[i].address - EXPLORE_IMAGE, name ? name : "image",
		       insns[i].address - (pc - into), insns[i].mnemonic, insns[i].op_str);
	cs_free(insns, num);
	cs_close(&handle);
}

/* "[rsp - 0x8]": Capstone writes no other operand like this. */
bool explore_has_red_zone(void)
{
	const struct explore_image *image = explore_machine.image;
	bool found = false;
	cs_insn *insns;
	csh handle;
	size_t num;

	if (!explore_machine.arch->return_on_stack || !open_capstone(&handle))
		return false;
	num = cs_disasm(handle, image->bytes, image->len, EXPLORE_IMAGE, 0, &insns);
	for (size_t i = 0; i < num; i++)
		found |= strstr(insns[i].op_str, "[rsp - ") != NULL;
	cs_free(insns, num);
	cs_close(&handle);
	return found;
}
