/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What checkpointers do to memory that is wiped on fork, when they restore a process. Both return
 * how many mappings were wiped on fork before.
 */
#ifndef VGT_RESTORED_H
#define VGT_RESTORED_H

#include <stddef.h>

/* They are what they were, but no longer wiped: MADV_KEEPONFORK, which droppable memory refuses. */
size_t vgt_restore_kept_on_fork(void);

/* They are ordinary memory with the same content. */
size_t vgt_restore_as_ordinary_memory(void);

#endif
