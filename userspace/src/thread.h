/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A thread's record: which slot it owns, and which call is using that.
 *
 * The in-use flag lies here and not in the state's page, which may be wiped at any time: a signal
 * handler that interrupts a call finds the slot in use and asks the kernel, whatever happened to
 * the page. The child of a fork inherits the flag, which is right for the interrupted call.
 *
 * A handler may also switch contexts, so that a call begins on one thread and ends on another. So
 * the flag is a token that names the call, and every look at the record is one at that of the
 * thread which runs the instruction. A call that does not find its token any more was moved, or a
 * handler on top of it took it for dead: its bytes do not count.
 */
#ifndef VGR_THREAD_H
#define VGR_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vgetrandom/port.h>

#include "access.h"
#include "arch.h"
#include "pool.h"

struct vgr_thread {
	uint64_t in_use;       /* the token of a call; 0: none is under way */
	struct vgr_slot *slot; /* NULL: none */

	uint64_t busy_in_a_row;     /* calls that found another one under way since one ended */
	uint64_t calls_until_retry; /* after a refusal to map memory */
	uint64_t exiting;
};

_Static_assert(sizeof(struct vgr_thread) <= VGETRANDOM_THREAD_LEN, "port.h says so");
_Static_assert(_Alignof(struct vgr_thread) <= VGETRANDOM_THREAD_ALIGN, "port.h says so");

#ifdef VGETRANDOM_PORT_THREAD
#include VGETRANDOM_PORT_THREAD
#else
extern __thread struct vgr_thread vgr_this_thread
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline long vgr_port_thread_offset(void)
{
	return VGR_THREAD_LOCAL_OFFSET(vgr_this_thread);
}
#endif

/*
 * The record of the thread that runs this now. Not for a call, which may be moved right after that,
 * and outlive the thread and the record: it uses what follows.
 */
static inline struct vgr_thread *vgr_thread(void)
{
	return (struct vgr_thread *)(vgr_thread_pointer() + vgr_port_thread_offset());
}

#define VGR_THREAD_FIELD(field) \
	(vgr_port_thread_offset() + (long)offsetof(struct vgr_thread, field))
#define VGR_THREAD_GET(field)    vgr_thread_load(VGR_THREAD_FIELD(field))
#define VGR_THREAD_SET(field, v) vgr_thread_store(VGR_THREAD_FIELD(field), v)

static inline uint64_t vgr_get_in_use(void)
{
	return VGR_THREAD_GET(in_use);
}

static inline void vgr_set_in_use(uint64_t token)
{
	VGR_THREAD_SET(in_use, token);
}

/* A call that ends was not stuck, so the count of busy calls starts over. */
static inline void vgr_set_idle(void)
{
	VGR_THREAD_SET(busy_in_a_row, 0);
	vgr_set_in_use(0);
}

static inline struct vgr_slot *vgr_get_slot(void)
{
	return (struct vgr_slot *)VGR_THREAD_GET(slot);
}

/*
 * The slot for the call that @token names, which is under way: the thread's own, or one that it
 * gets now, with a state of @provider. NULL: there is none to be had, or the call was moved, which
 * vgr_thread_leave() tells.
 */
struct vgr_slot *vgr_thread_get_slot(const struct vgr_provider *provider, uint64_t token);

/* Lets go of @slot (NULL: none) for a call whose token is gone, unless the thread still has it. */
void vgr_thread_note_lost(struct vgr_slot *slot);

/*
 * The end of the call that @token names, on @slot. Returns false if the flag is not the call's any
 * more: then what it drew does not count.
 */
static inline bool vgr_thread_leave(uint64_t token, struct vgr_slot *slot)
{
	if (likely(vgr_thread_cmpxchg(VGR_THREAD_FIELD(in_use), token, 0))) {
		VGR_THREAD_SET(busy_in_a_row, 0);
		return true;
	}
	vgr_thread_note_lost(slot);
	return false;
}

/*
 * For a call that finds another one under way: after enough of them in a row that one will never
 * end, because it was left by siglongjmp(). Returns whether it was given up, so that the thread can
 * draw.
 */
bool vgr_thread_give_up_if_stuck(void);

/* The thread ends: its slot goes back, and whatever it draws now is a system call. */
void vgr_thread_exit(void);

/*
 * From now on not more than @num slots may be given up and not come back; each is lost to other
 * threads. A thread that is stuck when there is none left makes system calls.
 */
void vgr_thread_set_spares(unsigned int num);

/* Lets the calling thread try again at once to get a slot that was refused. */
void vgr_thread_retry(void);

#endif
