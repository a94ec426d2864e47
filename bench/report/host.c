// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Where and with what the benchmark ran. A figure without this is a rumour.
 */
#define _GNU_SOURCE
#include "report.h"

#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench-config.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* x86-64 and some others have a line "model name"; false if this machine has not. */
static bool read_model_name(char *cpu, size_t cpu_len)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (!value || strncmp(line, "model name", strlen("model name")) != 0)
			continue;
		value += 1 + strspn(value + 1, " \t");
		value[strcspn(value, "\n")] = '\0';
		snprintf(cpu, cpu_len, "%s", value);
		found = true;
	}
	if (file)
		fclose(file);
	return found;
}

void bench_host_get(struct bench_host *host)
{
	struct utsname name = { 0 };
	struct tm utc = { 0 };
	time_t now = time(NULL);

	/*
	 * Not the node name: results are published. And of the release only the version that is
	 * Linux's own: what a distribution or a hoster appends names them, and says nothing that
	 * somebody else could compare with.
	 */
	uname(&name);
	name.release[strspn(name.release, "0123456789.")] = '\0';
	snprintf(host->kernel, sizeof(host->kernel), "%s %s", name.sysname, name.release);
	if (!read_model_name(host->cpu, sizeof(host->cpu)))
		snprintf(host->cpu, sizeof(host->cpu), "%s", name.machine);
	host->cores = sysconf(_SC_NPROCESSORS_ONLN);
	host->compiler = COMPILER;
	host->flags = BENCH_FLAGS;
	host->commit = BENCH_COMMIT;
	gmtime_r(&now, &utc);
	strftime(host->date, sizeof(host->date), "%Y-%m-%dT%H:%M:%SZ", &utc);
}
