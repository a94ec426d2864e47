// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* One look, for people and for programs. */
#define _GNU_SOURCE
#include "look.h"

#include <inttypes.h>

#include "json-file.h"

static void print_run(const struct cli_process *process, const struct cli_run *run)
{
	const struct cli_page *page = &run->page;
	const char *where = page->present ? "present" : page->swapped ? "swapped" : "not present";

	printf("  %#" PRIx64 " %5" PRIu64 " %s  %s", run->start, run->num_pages,
	       run->num_pages == 1 ? "page " : "pages", where);
	if (page->present)
		printf(", %s", page->file ? "file or shared memory" : "anonymous");
	if (page->present && page->zero)
		printf(", the zero page");
	else if (page->present && process->knows.exclusive)
		printf(", %s", page->exclusive ? "exclusive" : "SHARED with another process");
	if (page->huge)
		printf(", huge");
	if (process->knows.soft_dirty && page->soft_dirty)
		printf(", soft-dirty");
	if (run->dropped)
		printf(", dropped since the last look");
	putchar('\n');
}

static void print_verdict(const struct cli_process *process, const struct cli_look *look)
{
	switch (cli_look_verdict(process, look)) {
	case CLI_VERDICT_NO_STATES:
		printf("no state mapping%s\n",
		       look->mappings.has_flags ? "" : " seen: smaps has no VmFlags here");
		break;
	case CLI_VERDICT_NOT_SHARED:
		printf("no state page is shared with another process\n");
		break;
	case CLI_VERDICT_SHARED:
		printf("%" PRIu64 " of %" PRIu64 " state pages %s shared with another process, "
		       "the first at %#" PRIx64 "\n",
		       look->num_shared, look->num_pages, look->num_shared == 1 ? "is" : "are",
		       look->first_shared);
		if (!process->knows.scan)
			printf("(or is the zero page: this kernel has no PAGEMAP_SCAN to tell)\n");
		break;
	case CLI_VERDICT_UNKNOWN:
		printf("cannot tell whether a state page is shared: %s\n",
		       look->is_whole ? "pagemap does not report sharing on this system"
				      : "there are too many pages to inspect all of them");
		break;
	}
}

void cli_look_print(const struct cli_process *process, const struct cli_look *look)
{
	size_t run = 0;

	printf("process %d (%s): %zu state mapping%s, %" PRIu64 " of %" PRIu64 " pages present\n",
	       process->pid, look->command, look->mappings.num, look->mappings.num == 1 ? "" : "s",
	       look->num_present, look->num_pages);
	for (size_t i = 0; i < look->mappings.num; i++) {
		const struct cli_mapping *m = &look->mappings.list[i];

		printf("%#" PRIx64 "-%#" PRIx64 " %s %s%s%s, VmFlags %s\n", m->start, m->end,
		       m->permissions, cli_mapping_kind_name(m->kind), m->name[0] ? " " : "",
		       m->name, m->flags);
		for (; run < look->num_runs && look->runs[run].mapping == i; run++)
			print_run(process, &look->runs[run]);
	}
	print_verdict(process, look);
	if (look->blocks.lost)
		printf("%#" PRIx64 " is memory for states that is no longer wiped on fork, as "
		       "checkpointers leave it: a child by clone(2) draws the same bytes\n",
		       look->blocks.lost);
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static void json_run(FILE *file, const struct cli_process *process, const struct cli_look *look,
		     const struct cli_run *run)
{
	const struct cli_page *page = &run->page;

	fprintf(file,
		"{\"address\": \"%#" PRIx64 "\", \"pages\": %" PRIu64 ", \"present\": %s, "
		"\"swapped\": %s, \"file\": %s, \"exclusive\": %s, ",
		run->start, run->num_pages, truth(page->present), truth(page->swapped),
		truth(page->file), process->knows.exclusive ? truth(page->exclusive) : "null");
	fprintf(file, "\"zero\": %s, \"huge\": %s, \"soft_dirty\": %s, \"dropped\": %s}",
		process->knows.scan ? truth(page->zero) : "null",
		process->knows.scan ? truth(page->huge) : "null",
		process->knows.soft_dirty ? truth(page->soft_dirty) : "null",
		look->is_first ? "null" : truth(run->dropped));
}

static void json_mapping(FILE *file, const struct cli_process *process, const struct cli_look *look,
			 size_t index)
{
	const struct cli_mapping *m = &look->mappings.list[index];
	const char *separator = "";

	fprintf(file, "{\"start\": \"%#" PRIx64 "\", \"end\": \"%#" PRIx64 "\", \"kind\": \"%s\", ",
		m->start, m->end, cli_mapping_kind_name(m->kind));
	fprintf(file, "\"permissions\": ");
	vgr_json_string(file, m->permissions);
	fprintf(file, ", \"name\": ");
	vgr_json_string(file, m->name);
	fprintf(file, ", \"vm_flags\": ");
	vgr_json_string(file, m->flags);
	fprintf(file, ", \"pages\": [");
	for (size_t i = 0; i < look->num_runs; i++) {
		if (look->runs[i].mapping != index)
			continue;
		fprintf(file, "%s", separator);
		json_run(file, process, look, &look->runs[i]);
		separator = ", ";
	}
	fprintf(file, "]}");
}

void cli_look_print_json(FILE *file, const struct cli_process *process, const struct cli_look *look)
{
	static const char *const verdicts[] = {
		[CLI_VERDICT_NO_STATES] = "no-states",
		[CLI_VERDICT_NOT_SHARED] = "not-shared",
		[CLI_VERDICT_SHARED] = "shared",
		[CLI_VERDICT_UNKNOWN] = "unknown",
	};

	fprintf(file, "{\"pid\": %d, \"command\": ", process->pid);
	vgr_json_string(file, look->command);
	fprintf(file,
		", \"pages\": %" PRIu64 ", \"present\": %" PRIu64 ", \"swapped\": %" PRIu64
		", \"shared\": %" PRIu64 ", \"dropped\": %" PRIu64 ", \"verdict\": \"%s\", ",
		look->num_pages, look->num_present, look->num_swapped, look->num_shared,
		look->num_dropped, verdicts[cli_look_verdict(process, look)]);
	if (look->blocks.lost)
		fprintf(file, "\"not_wiped_on_fork\": \"%#" PRIx64 "\", ", look->blocks.lost);
	else
		fprintf(file, "\"not_wiped_on_fork\": %s, ",
			look->blocks.is_known ? "false" : "null");
	fprintf(file, "\"kernel_tells\": {\"exclusive\": %s, \"soft_dirty\": %s, \"scan\": %s}, ",
		truth(process->knows.exclusive), truth(process->knows.soft_dirty),
		truth(process->knows.scan));
	fprintf(file, "\"mappings\": [");
	for (size_t i = 0; i < look->mappings.num; i++) {
		fprintf(file, "%s", i ? ", " : "");
		json_mapping(file, process, look, i);
	}
	fprintf(file, "]}\n");
}
