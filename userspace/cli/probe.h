/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What vgetrandom probe finds out. For one thread; forks.
 */
#ifndef VGR_CLI_PROBE_H
#define VGR_CLI_PROBE_H

#include <stdbool.h>
#include <vgetrandom/vgetrandom.h>

#define PROBE_TEXT_LEN 160

enum probe_answer {
	PROBE_NO,
	PROBE_YES,
	PROBE_NOTHING, /* there is nothing that the question could be about */
	PROBE_UNKNOWN,
};

/* One thing that the machine offers or not. */
struct probe_fact {
	const char *key;   /* in JSON */
	const char *title; /* for people */
	enum probe_answer answer;
	bool has_answer; /* otherwise only a text */
	char text[PROBE_TEXT_LEN];
};

enum probe_guarantee {
	PROBE_ZERO_ON_FORK,
	PROBE_DROPPABLE,
	PROBE_NEVER_SWAPPED,
	PROBE_NEVER_DUMPED,
	PROBE_RESEEDS_WITH_KERNEL,
	PROBE_SEES_VM_CLONE,
	PROBE_NUM_GUARANTEES,
};

struct probe_cell {
	enum probe_answer answer;
	bool is_tested; /* just now, on this machine; otherwise documented */
	char text[PROBE_TEXT_LEN];
};

#define PROBE_FIRST_PROVIDER VGETRANDOM_PROVIDER_MODULE
#define PROBE_NUM_PROVIDERS  (VGETRANDOM_PROVIDER_SYSCALL + 1)

struct probe_provider {
	bool works;
	char reason[PROBE_TEXT_LEN]; /* why not */
	struct probe_cell cells[PROBE_NUM_GUARANTEES];
};

#define PROBE_MAX_FACTS 16

struct probe {
	struct probe_fact facts[PROBE_MAX_FACTS];
	unsigned int num_facts;
	struct probe_provider providers[PROBE_NUM_PROVIDERS];
	enum vgetrandom_provider chosen;
	char why_chosen[PROBE_TEXT_LEN];
	double ns_per_call, ns_per_syscall; /* of 16 bytes */
	char advice[2 * PROBE_TEXT_LEN];
};

void probe_facts(struct probe *probe);
void probe_providers(struct probe *probe);
void probe_guarantees(struct probe *probe);

/* After all others. */
void probe_advise(struct probe *probe);

/* probe-reseed.c: whether the kernel's function notices that the kernel reseeded. */
void probe_reseed(enum vgetrandom_provider provider, struct probe_cell *cell);

/* Whether the kernel is told when this machine is a clone of another. */
bool probe_has_vm_generation_device(void);

/*
 * Runs @body(@arg, @result) in a child. Returns whether it ended as it should; @result, of @len
 * bytes, is what the child made of it.
 */
bool probe_in_child(void (*body)(void *arg, void *result), void *arg, void *result, size_t len);

/* probe-report.c */
void probe_print(const struct probe *probe);
void probe_print_json(const struct probe *probe);

#endif
