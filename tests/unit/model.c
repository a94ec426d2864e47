// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "oracle.h"

#define BLOCK    VGR_CHACHA20_BLOCK_LEN
#define COST_MAX 7

/* What is left of a batch below this is never handed out. */
#define REMNANT_MAX 31

size_t vgt_measure_batch_read_max(vgr_getrandom_fn *fn, struct vgr_state *st, uint64_t generation)
{
	uint8_t buf[VGR_BATCH_LEN];
	size_t len;

	for (len = 33; len <= sizeof(buf); len++) {
		memset(st, 0, sizeof(*st));
		st->generation = generation;
		st->seed_id = 1;
		if (fn(buf, len, 0, st, sizeof(*st)) != (ssize_t)len)
			abort();
		/* A whole block may have come straight from the refill. */
		if (st->position < VGR_BATCH_OFFSET + len - (len < BLOCK ? 0 : BLOCK))
			break;
	}
	memset(st, 0, sizeof(*st));
	return len - 1;
}

void vgt_model_init(struct vgt_model *m, size_t batch_read_max, struct vgr_state *st,
		    uint64_t generation, struct vgt_random *r)
{
	memset(m, 0, sizeof(*m));
	m->batch_read_max = batch_read_max;
	vgt_random_fill(r, m->key, sizeof(m->key));
	memset(st, 0, sizeof(*st));
	st->generation = generation;
	st->seed_id = vgt_random_next(r) | 1;
	memcpy(st->key, m->key, sizeof(m->key));
}

/* Whoever wants a whole block gets the one behind the batch. Returns how many bytes that is. */
static size_t refill(struct vgt_model *m, uint8_t *out, size_t len)
{
	uint8_t blocks[(VGR_REFILL_BLOCKS + 1) * BLOCK];
	size_t put = len < BLOCK ? 0 : BLOCK;

	vgt_oracle_chacha20(blocks, VGR_REFILL_BLOCKS + 1, m->key, 0);
	memcpy(m->key, blocks, sizeof(m->key));
	memcpy(m->batch, blocks + sizeof(m->key), sizeof(m->batch));
	memcpy(out, blocks + VGR_REFILL_BLOCKS * BLOCK, put);
	m->unread = VGR_BATCH_LEN;
	return put;
}

static void draw_from_batch(struct vgt_model *m, uint8_t *out, size_t len)
{
	while (len) {
		size_t part = m->unread & ~(size_t)7;

		if (m->unread <= REMNANT_MAX)
			part = 0;
		if (part > len)
			part = len;
		memcpy(out, m->batch + VGR_BATCH_LEN - m->unread, part);
		m->unread -= part;
		out += part;
		len -= part;
		if (len) {
			part = refill(m, out, len);
			out += part;
			len -= part;
		}
	}
}

/* Whole blocks, half a block, the new key; the rest comes from the batch. */
static void draw_blocks(struct vgt_model *m, uint8_t *out, size_t len)
{
	size_t whole = (len - 1) / BLOCK, rest = len - whole * BLOCK;
	size_t half = rest < BLOCK / 2 ? rest : BLOCK / 2;
	uint8_t *blocks = malloc((whole + 1) * BLOCK);

	if (!blocks)
		abort();
	vgt_oracle_chacha20(blocks, whole + 1, m->key, 0);
	memcpy(out, blocks, whole * BLOCK + half);
	memcpy(m->key, blocks + whole * BLOCK + BLOCK / 2, sizeof(m->key));
	free(blocks);
	draw_from_batch(m, out + whole * BLOCK + half, rest - half);
}

void vgt_model_draw(struct vgt_model *m, uint8_t *out, size_t len)
{
	if (len > m->batch_read_max)
		draw_blocks(m, out, len);
	else
		draw_from_batch(m, out, len);
}

const char *vgt_model_compare(struct vgt_model *m, const struct vgr_state *st)
{
	const uint8_t *end = (const uint8_t *)(st + 1);
	size_t unread = sizeof(*st) - st->position;

	/* No batch yet. */
	if (m->unread == 0 && st->position == 0)
		unread = 0;
	if (unread > m->unread || m->unread - unread > COST_MAX)
		return "the position is not what the bytes handed out account for";
	m->unread = unread;
	if (memcmp(st->key, m->key, sizeof(m->key)) != 0)
		return "the key is not the one that follows from the last";
	if (!vgt_all_are(st->batch, VGR_BATCH_LEN - unread, 0))
		return "bytes that were handed out are still in the batch";
	if (memcmp(end - unread, m->batch + VGR_BATCH_LEN - unread, unread) != 0)
		return "the unread part of the batch was changed";
	if (!vgt_all_are(st->tail, sizeof(st->tail), 0))
		return "the tail of a large read was not erased";
	if (st->token != 0)
		return "the state is still marked as in use";
	return NULL;
}
