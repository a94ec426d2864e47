// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The table of scenarios, their processes, and the comparison of what they drew. */
#define _GNU_SOURCE
#include "scenarios.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "json-file.h"
#include "progress.h"
#include "run.h"
#include "windows.h"

static const struct check_scenario scenarios[] = {
	{ "fork", "fork(), both draw", check_scenario_fork, false },
	{ "vfork", "vfork(), the child draws in the parent's memory", check_scenario_vfork, false },
	{ "_Fork", "_Fork(), which runs no handlers", check_scenario_libc_fork, false },
	{ "raw-clone", "clone(2) without the C library", check_scenario_raw_clone, false },
	{ "double-fork", "a child's child, whose parent is gone", check_scenario_double_fork,
	  false },
	{ "pid-reuse", "a child with the process ID of its grandparent", check_scenario_pid_reuse,
	  false },
	{ "pid-namespace", "a raw clone with the process ID of its parent",
	  check_scenario_pid_namespace, false },
	{ "stopped-clock", "fork(), both draw at the same time to the nanosecond",
	  check_scenario_stopped_clock, false },
	{ "handler-fork", "a timer's handler forks in the middle of calls",
	  check_scenario_handler_fork, true },
	{ "threads-fork", "a thread forks while others draw", check_scenario_threads_fork, false },
	{ "thread-churn", "many short threads", check_scenario_thread_churn, false },
	{ "pressure", "a memory cgroup that is full", check_scenario_pressure, false },
	{ "mremap", "the state's page is moved, and mirrored", check_scenario_mremap, false },
	{ "restore", "the process's memory is put back as it was", check_scenario_restore, false },
};

#define NUM_SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

enum outcome { PASSED, FAILED, SKIPPED, LIMIT };

struct verdict {
	enum outcome outcome;
	unsigned int num;
	char why[192];
};

void check_draw_outputs(struct check_outputs *outputs, unsigned int num)
{
	uint8_t buf[CHECK_OUTPUT_LEN];

	for (; num; num--) {
		unsigned int i;

		memset(buf, 0, sizeof(buf));
		if (!check_target_succeeded(check_target_draw(buf, sizeof(buf)), sizeof(buf)))
			outputs->failed = true;
		i = __atomic_fetch_add(&outputs->num, 1, __ATOMIC_RELAXED);
		if (i < CHECK_OUTPUTS_MAX)
			memcpy(outputs->data[i], buf, sizeof(buf));
	}
}

void check_wait_child(long pid)
{
	while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void check_skip(struct check_outputs *outputs, const char *why)
{
	snprintf(outputs->skipped, sizeof(outputs->skipped), "%s", why);
}

void check_fail(struct check_outputs *outputs, const char *why)
{
	outputs->failed = true;
	snprintf(outputs->note, sizeof(outputs->note), "%s", why);
}

static void run_in_child(const struct check_scenario *scenario, const struct check_target *target,
			 struct check_outputs *outputs, struct check_report *report)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		check_silence();
		scenario->run(target, outputs);
		_exit(0);
	}
	/* There is no call to look at, only an end. */
	report->parent.done = true;
	/* Some wait for processes that are nobody's children. */
	check_run_wait(pid, CHECK_SCENARIO_IDLE_SECONDS, CHECK_SCENARIO_SLEEP_SECONDS, report);
}

/* An output that came twice, or that is not random. */
static bool compare(const struct check_outputs *outputs, struct verdict *v)
{
	static struct check_windows *set;
	static const uint8_t not_written[CHECK_OUTPUT_LEN];

	if (!set)
		set = check_windows_new((size_t)CHECK_OUTPUTS_MAX * CHECK_OUTPUT_LEN);
	check_windows_clear(set, (size_t)v->num * CHECK_OUTPUT_LEN);
	for (unsigned int i = 0; i < v->num; i++) {
		const uint8_t *p = outputs->data[i];
		int other;

		/* Of a process that ended between taking the place and filling it. */
		if (memcmp(p, not_written, sizeof(not_written)) == 0 && !outputs->failed)
			continue;
		other = check_windows_add(set, p, CHECK_OUTPUT_LEN, (int)i);
		if (other >= 0)
			snprintf(v->why, sizeof(v->why), "outputs %d and %u have bytes in common",
				 other, i);
		else if (check_has_zeros(p, CHECK_OUTPUT_LEN))
			snprintf(v->why, sizeof(v->why), "output %u has zeros", i);
		else if (check_has_zero_keystream(p, CHECK_OUTPUT_LEN))
			snprintf(v->why, sizeof(v->why), "output %u is of a key of zeros", i);
		if (v->why[0])
			return false;
	}
	return true;
}

static void run_one(const struct check_scenario *scenario, const struct check_target *target,
		    struct verdict *v)
{
	struct check_outputs *outputs = check_shared_alloc(sizeof(*outputs));
	struct check_report *report = check_shared_alloc(sizeof(*report));

	*v = (struct verdict){ .outcome = FAILED };
	if (scenario->needs_signal_safe && !target->signal_safe)
		check_skip(outputs, "the function is not made for signal handlers");
	else
		run_in_child(scenario, target, outputs, report);
	v->num = outputs->num < CHECK_OUTPUTS_MAX ? outputs->num : CHECK_OUTPUTS_MAX;
	if (outputs->skipped[0]) {
		v->outcome = SKIPPED;
		snprintf(v->why, sizeof(v->why), "%s", outputs->skipped);
	} else if (report->end == CHECK_HUNG) {
		snprintf(v->why, sizeof(v->why), "a hang");
	} else if (report->end != CHECK_ENDED) {
		snprintf(v->why, sizeof(v->why), "a crash (%s)", strsignal(report->signal));
	} else if (outputs->failed) {
		snprintf(v->why, sizeof(v->why), "%s",
			 outputs->note[0] ? outputs->note : "a call failed");
	} else if (v->num == 0) {
		snprintf(v->why, sizeof(v->why), "nothing was drawn");
	} else if (compare(outputs, v)) {
		v->outcome = PASSED;
		snprintf(v->why, sizeof(v->why), "%s", outputs->note);
	} else if (outputs->is_limit) {
		v->outcome = LIMIT;
	}
}

_Static_assert(NUM_SCENARIOS <= 32, "a bit for each");

int check_scenario_number(const char *name, size_t name_len)
{
	for (size_t i = 0; i < NUM_SCENARIOS; i++)
		if (strlen(scenarios[i].name) == name_len &&
		    memcmp(scenarios[i].name, name, name_len) == 0)
			return (int)i;
	return -1;
}

void check_scenarios_help(void)
{
	for (size_t i = 0; i < NUM_SCENARIOS; i++)
		printf("  %-20s %s\n", scenarios[i].name, scenarios[i].what);
}

static bool is_wanted(const struct check_options *options, size_t i)
{
	return !options->only || options->only & 1u << i;
}

static const char *const outcome_names[] = { "passed", "FAILED", "skipped", "limit" };

struct results {
	const struct check_options *options;
	struct verdict verdicts[NUM_SCENARIOS];
};

static void put_results(FILE *file, const void *arg)
{
	const struct results *results = arg;
	const char *separator = "";

	fprintf(file, "{\n  \"target\": ");
	vgr_json_string(file, results->options->target_name);
	fprintf(file, ",\n  \"scenarios\": [");
	for (size_t i = 0; i < NUM_SCENARIOS; i++) {
		const struct verdict *v = &results->verdicts[i];

		if (!is_wanted(results->options, i))
			continue;
		fprintf(file, "%s\n    { \"name\": \"%s\", \"outcome\": \"%s\", \"outputs\": %u",
			separator, scenarios[i].name, outcome_names[v->outcome], v->num);
		fprintf(file, ", \"why\": ");
		vgr_json_string(file, v->why);
		fprintf(file, " }");
		separator = ",";
	}
	fprintf(file, "\n  ]\n}\n");
}

static void print_verdict(const struct check_scenario *scenario, const struct verdict *v)
{
	printf("  %-13s %-8s %8u  %s\n", scenario->name, outcome_names[v->outcome], v->num,
	       v->why[0] ? v->why : scenario->what);
}

static void require(struct verdict *v)
{
	char why[sizeof(v->why)];

	if (v->outcome != SKIPPED)
		return;
	v->outcome = FAILED;
	snprintf(why, sizeof(why), "%s", v->why);
	snprintf(v->why, sizeof(v->why), "required, but skipped: %.160s", why);
}

int check_scenarios(const struct check_options *options)
{
	static struct results results;
	unsigned int by_outcome[4] = { 0 };
	int err;

	results.options = options;
	printf("%s (%s)\n\n  %-13s %-8s %8s\n", options->target_name, options->target->what,
	       "scenario", "", "outputs");
	vgr_progress_start(NUM_SCENARIOS);
	for (size_t i = 0; i < NUM_SCENARIOS; i++) {
		if (!is_wanted(options, i))
			continue;
		run_one(&scenarios[i], options->target, &results.verdicts[i]);
		if (options->required & 1u << i)
			require(&results.verdicts[i]);
		by_outcome[results.verdicts[i].outcome]++;
		vgr_progress_clear();
		print_verdict(&scenarios[i], &results.verdicts[i]);
		vgr_progress_step();
	}
	vgr_progress_clear();
	printf("\n%u passed, %u failed, %u skipped, %u beyond what a process can notice\n",
	       by_outcome[PASSED], by_outcome[FAILED], by_outcome[SKIPPED], by_outcome[LIMIT]);
	err = options->json_path ? vgr_json_write(options->json_path, put_results, &results) : 0;
	if (err)
		check_error("cannot write '%s': %s", options->json_path, strerror(err));
	if (by_outcome[FAILED] || err)
		return CHECK_EXIT_UNSAFE;
	return by_outcome[PASSED] ? 0 : CHECK_EXIT_SKIPPED;
}
