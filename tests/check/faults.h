/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What is done to a call.
 */
#ifndef VGR_CHECK_FAULTS_H
#define VGR_CHECK_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#define CHECK_ACTIONS_MAX 4

enum check_action {
	CHECK_DROP,   /* the page of the state is dropped */
	CHECK_FORK,   /* what follows happens in the child; a drop, in both */
	CHECK_SIGNAL, /* a handler calls the same function */
	CHECK_RESEED, /* the generation changes */
	CHECK_FAIL,   /* the next getrandom(2) fails */
	CHECK_JUMP,   /* the handler does not return */
};

/*
 * split: this action and those after it come at a later boundary; 0: all at one
 * error: of CHECK_FAIL
 */
struct check_fault {
	const char *name;
	const char *what;
	unsigned int num;
	enum check_action actions[CHECK_ACTIONS_MAX];
	unsigned int split;
	int error;
};

extern const struct check_fault check_faults[];
extern const unsigned int check_num_faults;

/* Row 0: nothing is injected. */
#define CHECK_NO_FAULT   0
#define CHECK_PLAIN_FORK 1

bool check_fault_has(const struct check_fault *fault, enum check_action action);

/* Whether a fork is the last of two, at the second boundary. */
bool check_fault_forks_late(const struct check_fault *fault);

/* Does @text of @len name this row? "fail" names all that begin with it. */
bool check_fault_is_named(const struct check_fault *fault, const char *text, size_t len);

#endif
