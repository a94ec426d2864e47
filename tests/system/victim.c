// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* See victim.h. */
#include "victim.h"

#include <string.h>

#include "provider.h"
#include "system.h"
#include "thread.h"

static const struct vgr_slot *slot;
static struct raw raw;

static ssize_t draw_from_library(void *buf, size_t len)
{
	return vgetrandom(buf, len, 0);
}

static void wipe_library_state(void)
{
	memset(slot->opaque, 0, vgr_provider()->state_len);
}

static bool start_library(enum vgetrandom_provider provider)
{
	char byte;

	if (!use_provider(provider) || vgetrandom(&byte, 1, 0) != 1)
		return false;
	slot = vgr_get_slot();
	return slot != NULL;
}

static bool start_inprocess(void)
{
	return start_library(VGETRANDOM_PROVIDER_INPROCESS);
}

static bool start_native(void)
{
	return start_library(VGETRANDOM_PROVIDER_NATIVE);
}

static bool start_raw(void)
{
	raw_init(&raw);
	return true;
}

const void *raw_state(void)
{
	return raw.state;
}

static ssize_t draw_from_raw(void *buf, size_t len)
{
	return raw.getrandom(buf, len, 0, raw.state, raw.state_len);
}

static void wipe_raw_state(void)
{
	memset(raw.state, 0, raw.state_len);
}

const struct victim library_inprocess = {
	.name = "library, inprocess",
	.start = start_inprocess,
	.draw = draw_from_library,
	.wipe = wipe_library_state,
};

const struct victim library_native = {
	.name = "library, native",
	.start = start_native,
	.draw = draw_from_library,
	.wipe = wipe_library_state,
};

const struct victim raw_inprocess = {
	.name = "raw",
	.start = start_raw,
	.draw = draw_from_raw,
	.wipe = wipe_raw_state,
};

void make_one_call(void *one_call)
{
	struct one_call *call = one_call;

	call->ret = call->victim->draw(call->buf, call->len);
}
