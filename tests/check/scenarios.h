/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The coarse tests, for any platform: whole processes and threads, and no stepping. A
 * scenario draws in many places; all outputs go to one table, and none may come twice.
 */
#ifndef VGR_CHECK_SCENARIOS_H
#define VGR_CHECK_SCENARIOS_H

#include "options.h"

#define CHECK_OUTPUTS_MAX 65536
#define CHECK_OUTPUT_LEN  32

/* Shared by all processes of a scenario. */
struct check_outputs {
	unsigned int num;
	bool failed;       /* a call did, or what the note says */
	bool is_limit;     /* what repeats here, no generator in a process can notice */
	char skipped[128]; /* why it is not possible here; empty: it is */
	char note[128];    /* what is to be said of it */
	uint8_t data[CHECK_OUTPUTS_MAX][CHECK_OUTPUT_LEN];
};

struct check_scenario {
	const char *name;
	const char *what;
	void (*run)(const struct check_target *target, struct check_outputs *outputs);
	bool needs_signal_safe;
};

/* Draws @num outputs in any process or thread, or signal handler if the target can do that. */
void check_draw_outputs(struct check_outputs *outputs, unsigned int num);

/* Waits for a child; async-signal-safe. */
void check_wait_child(long pid);

void check_skip(struct check_outputs *outputs, const char *why);
void check_fail(struct check_outputs *outputs, const char *why);

/* scenario-clock.c, scenario-fork.c, scenario-thread.c, scenario-memory.c, scenario-pressure.c */
typedef void check_scenario_fn(const struct check_target *target, struct check_outputs *outputs);
check_scenario_fn check_scenario_fork, check_scenario_vfork, check_scenario_libc_fork;
check_scenario_fn check_scenario_raw_clone, check_scenario_double_fork, check_scenario_pid_reuse;
check_scenario_fn check_scenario_handler_fork, check_scenario_threads_fork;
check_scenario_fn check_scenario_thread_churn, check_scenario_pressure, check_scenario_mremap;
check_scenario_fn check_scenario_restore, check_scenario_pid_namespace;
check_scenario_fn check_scenario_stopped_clock;

/* The number of the scenario @name of @name_len, below 32; -1: there is none. */
int check_scenario_number(const char *name, size_t name_len);
void check_scenarios_help(void);

/* Runs them all, or some, and prints a table; returns the exit status. */
int check_scenarios(const struct check_options *options);

#endif
