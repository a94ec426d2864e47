// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A painted stack, one call, and a look at what it left behind. */
#include "probe.h"

#include <string.h>

#include "guard.h"
#include "inprocess.h"

#define PAINT 0xa5

static const uint64_t kept_values[VGT_CALL_NUM_KEPT] = {
	0x1212121212121212, 0x1313131313131313, 0x1414141414141414, 0x1515151515151515,
	0x1616161616161616, 0x1717171717171717, 0x1818181818181818, 0x1919191919191919,
	0x2020202020202020, 0x2121212121212121, 0x2222222222222222, 0x2323232323232323,
};

void vgt_probe_init(struct vgt_probe *probe)
{
	uint32_t level = vgr_cpu_chacha_level();

	memset(&probe->call, 0, sizeof(probe->call));
	probe->stack = vgt_guarded_alloc(VGT_PROBE_STACK_LEN / VGT_PAGE_LEN);
	probe->call.stack_top = probe->stack + VGT_PROBE_STACK_LEN;
	probe->call.vector_len = level >= VGETRANDOM_CHACHA_AVX512 ? 64
				 : level == VGETRANDOM_CHACHA_AVX2 ? 32
								   : 16;
}

void vgt_probe_exit(struct vgt_probe *probe)
{
	vgt_guarded_free(probe->stack, VGT_PROBE_STACK_LEN / VGT_PAGE_LEN);
}

uint64_t vgt_probe_call(struct vgt_probe *probe, const void *function, const uint64_t args[6])
{
	memset(probe->stack, PAINT, VGT_PROBE_STACK_LEN);
	memset(probe->call.vectors, 0, sizeof(probe->call.vectors));
	probe->call.function = function;
	memcpy(probe->call.args, args, sizeof(probe->call.args));
	memcpy(probe->call.kept, kept_values, sizeof(kept_values));
	vgt_call_raw(&probe->call);
	return probe->call.result;
}

bool vgt_probe_kept_registers(const struct vgt_probe *probe)
{
	return memcmp(probe->call.kept, kept_values, sizeof(kept_values)) == 0;
}

bool vgt_probe_stack_has(const struct vgt_probe *probe, const void *secret, size_t len, size_t *at)
{
	return vgt_find_window(probe->stack, VGT_PROBE_STACK_LEN, secret, len, at);
}

bool vgt_probe_registers_have(const struct vgt_probe *probe, const void *secret, size_t len,
			      size_t *at)
{
	return vgt_find_window(probe->call.gprs, sizeof(probe->call.gprs), secret, len, at) ||
	       vgt_find_window(probe->call.vectors, sizeof(probe->call.vectors), secret, len, at);
}
