/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Checks in a forked child.
 *
 * A child of the test framework must neither assert nor return: it would run the rest
 * of the framework a second time. Here the child runs one function and ends with _exit();
 * what went wrong comes back through a pipe.
 */
#ifndef VGT_CHILD_H
#define VGT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VGT_CHILD_SECONDS  600
#define VGT_CHILD_WHY_SIZE 512

/*
 * Forks and runs @body(@arg) in the child. @body returns or ends by vgt_child_fail().
 *
 * Returns whether it returned; if not, @why (VGT_CHILD_WHY_SIZE bytes) says what happened:
 * the message, the signal that killed it, the exit status, or that it took longer than
 * VGT_CHILD_SECONDS.
 */
bool vgt_run_child(void (*body)(void *arg), void *arg, char *why);

/* The second half of it, for a child that the caller has made in its own way. */
struct vgt_child {
	pid_t pid;
	int report_fd;
};

/* Returns 0 in the child, which must end by vgt_child_pass() or vgt_child_fail(). */
pid_t vgt_fork(struct vgt_child *child);
bool vgt_wait_for(struct vgt_child *child, char *why);

/* In the child. Both end it. */
void vgt_child_pass(void) __attribute__((noreturn));
void vgt_child_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Zeroed memory that a child and its parent see both; never given back. */
void *vgt_shared(size_t len);

#endif
