// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What was found out, for people and for programs. */
#define _GNU_SOURCE
#include "probe.h"

#include <stdio.h>

#include "json-file.h"
#include "map-types.h"
#include "terminal.h"

#define TITLE_LEN       36
#define ANSWER_LEN      4
#define CELL_ANSWER_LEN 8
#define CELL_INDENT     (2 + 24 + 1 + CELL_ANSWER_LEN + 1 + 11 + 1)

static const char *const answers[] = {
	[PROBE_NO] = "no",
	[PROBE_YES] = "yes",
	[PROBE_NOTHING] = "nothing",
	[PROBE_UNKNOWN] = "unknown",
};

static const struct {
	const char *key, *title;
} guarantees[PROBE_NUM_GUARANTEES] = {
	[PROBE_ZERO_ON_FORK] = { "zero_on_fork", "zero on fork" },
	[PROBE_DROPPABLE] = { "droppable", "droppable" },
	[PROBE_NEVER_SWAPPED] = { "never_swapped", "never swapped" },
	[PROBE_NEVER_DUMPED] = { "never_dumped", "never dumped" },
	[PROBE_RESEEDS_WITH_KERNEL] = { "reseeds_with_kernel", "reseeds with the kernel" },
	[PROBE_SEES_VM_CLONE] = { "sees_vm_clone", "sees a VM clone" },
};

static struct {
	unsigned int columns;
	bool has_colours;
} terminal;

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[m"

/* Padded without the colour, which takes no room. */
static void print_answer(enum probe_answer answer, int width)
{
	const char *colour = answer == PROBE_YES ? GREEN : answer == PROBE_NO ? RED : "";

	if (!terminal.has_colours)
		colour = "";
	printf("%s%-*s%s", colour, width, answers[answer], colour[0] ? PLAIN : "");
}

/* A line of the form "title answer text". */
static void print_line(const char *title, const enum probe_answer *answer, const char *text)
{
	printf("%-*s ", TITLE_LEN, title);
	if (answer)
		print_answer(*answer, ANSWER_LEN);
	else
		printf("%*s", ANSWER_LEN, "");
	putchar(' ');
	vgr_terminal_print(stdout, text, TITLE_LEN + ANSWER_LEN + 2, terminal.columns);
	putchar('\n');
}

static void print_cell(const char *title, const struct probe_cell *cell)
{
	printf("  %-24s ", title);
	print_answer(cell->answer, CELL_ANSWER_LEN);
	printf(" %-11s ", cell->is_tested ? "tested" : "documented");
	vgr_terminal_print(stdout, cell->text, CELL_INDENT, terminal.columns);
	putchar('\n');
}

static void print_provider(const struct probe *probe, enum vgetrandom_provider number)
{
	const struct probe_provider *provider = &probe->providers[number];

	printf("\n%s%s: %s\n", vgetrandom_provider_name(number),
	       number == probe->chosen ? " (in use)" : "", provider->reason);
	for (unsigned int i = 0; provider->works && i < PROBE_NUM_GUARANTEES; i++)
		print_cell(guarantees[i].title, &provider->cells[i]);
}

void probe_print(const struct probe *probe)
{
	terminal.columns = vgr_terminal_columns(stdout);
	terminal.has_colours = vgr_terminal_has_colours(stdout);
	for (unsigned int i = 0; i < probe->num_facts; i++) {
		const struct probe_fact *fact = &probe->facts[i];

		print_line(fact->title, fact->has_answer ? &fact->answer : NULL, fact->text);
	}
	putchar('\n');
	print_line("provider", NULL, vgetrandom_provider_name(probe->chosen));
	print_line("  because", NULL, probe->why_chosen);
	for (unsigned int i = PROBE_FIRST_PROVIDER; i < PROBE_NUM_PROVIDERS; i++)
		print_provider(probe, i);
	putchar('\n');
	vgr_terminal_print(stdout, probe->advice, 0, terminal.columns);
	putchar('\n');
}

static void json_member(const char *key, const char *text)
{
	printf("\"%s\": ", key);
	vgr_json_string(stdout, text);
}

static void json_facts(const struct probe *probe)
{
	for (unsigned int i = 0; i < probe->num_facts; i++) {
		const struct probe_fact *fact = &probe->facts[i];

		printf("  \"%s\": {", fact->key);
		if (fact->has_answer)
			printf("\"answer\": \"%s\", ", answers[fact->answer]);
		json_member("text", fact->text);
		printf("},\n");
	}
}

static void json_map_types(void)
{
	const struct cli_map_types *here = cli_map_types_here();

	printf("  \"map_types\": {\"map_droppable\": %u, \"impossible_type\": %u, \"here\": \"%s\"",
	       CLI_MAP_DROPPABLE, CLI_MAP_IMPOSSIBLE_TYPE, here->architecture);
	for (size_t i = 0; i < cli_num_map_types; i++)
		printf(",\n    \"%s\": {\"map_type\": %u, \"map_fixed\": %u, "
		       "\"droppable_is_a_type\": %s}",
		       cli_map_types[i].architecture, cli_map_types[i].mask, cli_map_types[i].fixed,
		       cli_is_type_of_its_own(&cli_map_types[i], CLI_MAP_DROPPABLE) ? "true"
										    : "false");
	printf("},\n");
}

static void json_provider(const struct probe *probe, enum vgetrandom_provider number)
{
	const struct probe_provider *provider = &probe->providers[number];

	printf("    \"%s\": {\"works\": %s, ", vgetrandom_provider_name(number),
	       provider->works ? "true" : "false");
	json_member("reason", provider->reason);
	printf(", \"guarantees\": {");
	for (unsigned int i = 0; provider->works && i < PROBE_NUM_GUARANTEES; i++) {
		const struct probe_cell *cell = &provider->cells[i];

		printf("%s\n      \"%s\": {\"answer\": \"%s\", \"tested\": %s, ", i ? "," : "",
		       guarantees[i].key, answers[cell->answer],
		       cell->is_tested ? "true" : "false");
		json_member("text", cell->text);
		putchar('}');
	}
	printf("}}");
}

void probe_print_json(const struct probe *probe)
{
	printf("{\n");
	json_facts(probe);
	json_map_types();
	printf("  \"provider\": {\"name\": \"%s\", ", vgetrandom_provider_name(probe->chosen));
	json_member("because", probe->why_chosen);
	printf("},\n  \"ns_per_call\": %.1f,\n  \"ns_per_syscall\": %.1f,\n  ", probe->ns_per_call,
	       probe->ns_per_syscall);
	json_member("advice", probe->advice);
	printf(",\n  \"providers\": {\n");
	for (unsigned int i = PROBE_FIRST_PROVIDER; i < PROBE_NUM_PROVIDERS; i++) {
		printf("%s", i == PROBE_FIRST_PROVIDER ? "" : ",\n");
		json_provider(probe, i);
	}
	printf("\n  }\n}\n");
}
